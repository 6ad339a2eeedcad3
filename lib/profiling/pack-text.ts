/** Pieces of a pack as text. */
import { KEYWORDS } from '../packs/expression-functions.ts';

const OTHER_WORDS =
  /^(over|filter|where|interval|select|from|with|values|table|date|time|timestamp|extract|cast)$/i;

/** Plain where YAML reads it back as the same text, in quotes otherwise. */
export function yamlText(text: string): string {
  const plain =
    /^[A-Za-z_][\w.()*/ -]*$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|y|n|nan)$/i.test(text) &&
    !text.endsWith(' ');
  return plain ? text : JSON.stringify(text);
}

export function yamlList(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

/** `{ key: value, … }` of values that are YAML already; null leaves one out. */
export function yamlMap(entries: Readonly<Record<string, string | null>>): string {
  const shown = Object.entries(entries).flatMap(([key, value]) =>
    value === null ? [] : [`${key}: ${value}`],
  );
  return `{ ${shown.join(', ')} }`;
}

/** The name of a column in an expression. */
export function sqlName(name: string): string {
  const isPlain =
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name.toLowerCase()) && !OTHER_WORDS.test(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** The name of a column in a sentence; null: it cannot stand in one. */
export function sentencePlace(name: string): string | null {
  return /[{}:|]/.test(name) ? null : `{${name}}`;
}

/** What a column is called at the beginning of a sentence: its header, where that is words; `counterparty_country` → Counterparty country. */
export function phraseOf(name: string): string {
  const words = /[\s(]/.test(name.trim())
    ? name.trim()
    : name
        .replace(/[_.-]+/g, ' ')
        .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
        .trim();
  return sentenceText(words.charAt(0).toUpperCase() + words.slice(1));
}

/** Braces of a name would be places of a sentence. */
export function sentenceText(text: string): string {
  return text.replaceAll('{', '{{').replaceAll('}', '}}');
}
