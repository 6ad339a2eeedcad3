/**
 * Markup that is safe by construction: `html` escapes whatever is interpolated unless it is markup already. A column named
 * `<script>` stays text because there is no other way in.
 */

/** Finished markup, as opposed to text. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | null | readonly Part[];

/** Markup with escaped holes: strings and numbers are escaped, markup is kept, arrays are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < parts.length; i++) text += write(parts[i]!) + strings[i + 1]!;
  return new Html(text);
}

function write(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(write).join('');
  if (typeof part === 'number' && !Number.isFinite(part)) return '–';
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What is shown as it is: most texts are, and a report has tens of thousands. */
const PLAIN = /^[ !#-%(-;=?-~]*$/;

/** `text` for an element or a quoted attribute, in HTML and in XML alike. */
export function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return cleanText(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/**
 * `text` without what a document cannot hold or a reader cannot see: control characters and lone surrogates (not
 * allowed in XML) and the marks that reverse the direction of reading (they let a value pose as another) become `�`;
 * line breaks and tabs become spaces.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\t\n\r]/g, ' ')
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu, '\uFFFD');
}

/** At most `length` characters of `text`, with an ellipsis where it was cut. */
export function shorten(text: string, length: number): string {
  const clean = PLAIN.test(text) ? text : cleanText(text);
  if (clean.length <= length) return clean;
  const characters = [...clean];
  if (characters.length <= length) return clean;
  return `${characters
    .slice(0, length - 1)
    .join('')
    .trimEnd()}…`;
}
