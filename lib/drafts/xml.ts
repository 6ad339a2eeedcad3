/** XML written by hand for drafts: elements in order, what is open as a comment in its place. */

export type XmlNode = XmlElement | XmlOpen;

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: string | readonly XmlNode[];
}

export interface XmlOpen {
  readonly open: string;
}

export function element(
  name: string,
  content: string | readonly (XmlNode | null)[],
  attributes: Readonly<Record<string, string>> = {},
): XmlElement {
  return {
    name,
    attributes,
    content: typeof content === 'string' ? content : content.filter((one) => one !== null),
  };
}

/** An element, or a comment that says what is to be filled in. */
export function filled(name: string, value: string | null): XmlNode {
  return value === null ? { open: name } : element(name, value);
}

/** An element that some authorities ask for and others do not have. */
export function given(name: string, value: string | null): XmlElement | null {
  return value === null ? null : element(name, value);
}

export function formatXml(root: XmlElement, note: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!-- ${comment(note)} -->\n${format(root, '')}`;
}

function format(node: XmlNode, indent: string): string {
  if ('open' in node) return `${indent}<!-- TODO ${comment(node.open)} -->\n`;
  const { name, content } = node;
  const attributes = Object.entries(node.attributes)
    .map(([key, value]) => ` ${key}="${escapeText(value).replaceAll('"', '&quot;')}"`)
    .join('');
  if (typeof content === 'string') return `${indent}<${name}${attributes}>${escapeText(content)}</${name}>\n`;
  const inner = content.map((one) => format(one, `${indent}  `)).join('');
  return `${indent}<${name}${attributes}>\n${inner}${indent}</${name}>\n`;
}

/** Characters that XML cannot hold become the sign for such. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function comment(text: string): string {
  return escapeText(text).replaceAll(/--+|-$/g, '–');
}
