/**
 * What Plot and d3 ask of a browser's document to draw one SVG element: elements in a tree, with attributes and text. A library
 * that is a whole browser's document takes as long to load as Plot itself.
 */

const SVG = 'http://www.w3.org/2000/svg';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\u00A0': '&#160;',
};

const escapeAll = (text: string, special: RegExp): string =>
  text.replace(special, (character) => ENTITIES[character]!);

export class SvgDocument {
  readonly documentElement: SvgElement = new SvgElement(this, 'html');

  createElementNS(namespace: string, tagName: string): SvgElement {
    if (namespace !== SVG) throw new Error(`<${tagName}> is not of SVG but of ${namespace}`);
    return new SvgElement(this, tagName);
  }
}

export class SvgElement {
  readonly namespaceURI = SVG;
  readonly ownerDocument: SvgDocument;
  readonly tagName: string;
  /** Only ever set on the SVG element itself, of which nothing but the content is used. */
  readonly style: Record<string, string> = {};
  parentNode: SvgElement | null = null;
  readonly children: SvgElement[] = [];
  readonly #attributes = new Map<string, string>();
  #text = '';

  constructor(ownerDocument: SvgDocument, tagName: string) {
    this.ownerDocument = ownerDocument;
    this.tagName = tagName;
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  /** An element holds text or other elements, never both. */
  set textContent(text: unknown) {
    this.children.length = 0;
    this.#text = String(text);
  }

  appendChild(child: SvgElement): SvgElement {
    return this.insertBefore(child, null);
  }

  insertBefore(child: SvgElement, next: SvgElement | null): SvgElement {
    child.parentNode?.removeChild(child);
    const at = next === null ? this.children.length : this.children.indexOf(next);
    this.children.splice(at, 0, child);
    child.parentNode = this;
    return child;
  }

  removeChild(child: SvgElement): SvgElement {
    this.children.splice(this.children.indexOf(child), 1);
    child.parentNode = null;
    return child;
  }

  /** All elements within, in the order of their tags. */
  *descendants(): Generator<SvgElement> {
    for (const child of this.children) {
      yield child;
      yield* child.descendants();
    }
  }

  get innerHTML(): string {
    const children = this.children.map((child) => child.outerHTML).join('');
    return `${escapeAll(this.#text, /[&<>\u00A0]/g)}${children}`;
  }

  /** The attribute that was set last comes first. */
  get outerHTML(): string {
    const attributes = [...this.#attributes].reverse();
    const tag = `<${this.tagName}${attributes.map(([name, value]) => ` ${name}="${escapeAll(value, /[&<>"]/g)}"`).join('')}`;
    const content = this.innerHTML;
    return content === '' ? `${tag} />` : `${tag}>${content}</${this.tagName}>`;
  }
}
