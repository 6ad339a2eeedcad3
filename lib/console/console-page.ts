/** The page of an address: the built one, with the scripts that the address and the reader's language need, and where people sign in. */
import type { BuiltConsole } from './console-files.ts';
import { LANGUAGES, type Language } from './languages.ts';

const PLACE = /^\/[^/]+\/([^/]+)/;
/** Where work begins: the page's own script has these. */
const FIRST = ['queue', 'cases'];
/** In the built page. */
const HEAD = '<!-- head -->';

export interface ConsoleSettings {
  /** As browsers reach it. */
  readonly issuer: string;
  /** The console's client at the issuer. */
  readonly client: string;
  /** Origins that the page may connect to, beside its own. */
  readonly origins: readonly string[];
}

export interface PageRequest {
  readonly path: string;
  /** The header. */
  readonly acceptLanguage: string | undefined;
}

export function pageOf(
  { page, preloads }: BuiltConsole,
  { issuer, client }: ConsoleSettings,
  { path, acceptLanguage = '' }: PageRequest,
): string {
  const isFirst = FIRST.includes(PLACE.exec(path)?.[1] ?? 'queue');
  const words = preloads.languages[languageOf(acceptLanguage)];
  const scripts = [
    ...[...preloads.first, ...words.first],
    ...(isFirst ? [] : [...preloads.more, ...words.more]),
  ];
  const head = [
    `<meta name="assay-issuer" content="${escaped(issuer)}">`,
    `<meta name="assay-client" content="${escaped(client)}">`,
    ...scripts.map((name) => `<link rel="modulepreload" href="/console/${name}">`),
  ];
  return page.replace(HEAD, () => head.join('\n    '));
}

/** The first that the reader's browser names and the console speaks. A hint only: who chose another in the console gets that one. */
function languageOf(acceptLanguage: string): Language {
  const wanted = acceptLanguage.toLowerCase().split(',');
  const found = wanted.map((tag) => LANGUAGES.find((one) => tag.trim().startsWith(one)));
  return found.find((one) => one !== undefined) ?? 'en';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
