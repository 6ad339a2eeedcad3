/**
 * The console's texts by number instead of by name, in what is built: `t('queue.take')` becomes `t(88)`, and the words of a language a
 * list. A text that is named at run time, `t(`status.${verdict}`)`, keeps its name. The sources know names only.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import type { Text } from '../../console/words/text.ts';
import { LANGUAGES } from '../console/languages.ts';

type Texts = Readonly<Record<string, Text>>;

/** In words/: what the first pages say, and what the others say beside it. */
const PARTS = ['', '-more'] as const;

/** `from` is the folder of the console's sources. */
export async function numberTexts(from: string): Promise<Plugin> {
  const tables = await readTables(join(from, 'words'));
  const [first, more] = PARTS.map((part) => Object.keys(tables.get(`${LANGUAGES[0]}${part}.ts`)!.texts));
  const keys = [...first!, ...more!];
  const sources = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('words'))
    .map((name) => readFileSync(join(from, name), 'utf8'));
  const named = namedAtRunTime(keys, sources);
  const numbers = new Map(keys.filter((key) => !named.has(key)).map((key, at) => [key, at]));
  return {
    name: 'number-texts',
    setup(build) {
      build.onLoad({ filter: /[\\/]console[\\/].+\.tsx?$/ }, ({ path }) => {
        const table = tables.get(basename(path));
        if (table !== undefined) return { contents: writeTable(table, numbers), loader: 'js' };
        const text = readFileSync(path, 'utf8');
        return { contents: withNumbers(text, numbers), loader: path.endsWith('x') ? 'tsx' : 'ts' };
      });
    },
  };
}

interface Table {
  /** Of what it exports. */
  readonly name: string;
  readonly texts: Texts;
}

async function readTables(folder: string): Promise<ReadonlyMap<string, Table>> {
  const names = LANGUAGES.flatMap((language) => PARTS.map((part) => `${language}${part}.ts`));
  const read = names.map(async (file) => {
    const exported = (await import(pathToFileURL(join(folder, file)).href)) as Readonly<
      Record<string, Texts>
    >;
    const [name] = Object.keys(exported);
    return [file, { name: name!, texts: exported[name!]! }] as const;
  });
  return new Map(await Promise.all(read));
}

/** Keys that a source puts together, and words that may be something else than a key where they stand. */
export function namedAtRunTime(keys: readonly string[], sources: readonly string[]): ReadonlySet<string> {
  const all = sources.join('\n');
  const made = [...all.matchAll(/`([a-z._-]+)\$\{[^}]+\}([a-z._-]*)`/g)].map(
    ([, start, end]) => new RegExp(`^${start!.replaceAll('.', '\\.')}[\\w-]+${end!.replaceAll('.', '\\.')}$`),
  );
  const rest = all.replaceAll(CALL, '');
  return new Set(
    keys.filter(
      (key) => made.some((one) => one.test(key)) || (!key.includes('.') && rest.includes(`'${key}'`)),
    ),
  );
}

/** A word alone is a key for certain only here. */
const CALL = /\bt\('[^']+'/g;

/** A key with a dot is nothing but a key, wherever it stands. */
export function withNumbers(source: string, numbers: ReadonlyMap<string, number>): string {
  const inCalls = source.replaceAll(CALL, (whole) => {
    const number = numbers.get(whole.slice(3, -1));
    return number === undefined ? whole : `t(${number}`;
  });
  return inCalls.replaceAll(/'([a-z-]+(?:\.[\w-]+)+)'/g, (whole, key: string) =>
    String(numbers.get(key) ?? whole),
  );
}

/** The numbered ones as one text, which is cut when it is loaded. */
function writeTable({ name, texts }: Table, numbers: ReadonlyMap<string, number>): string {
  const entries = Object.entries(texts);
  const listed = entries.filter(([key]) => numbers.has(key));
  const named = Object.fromEntries(
    entries.filter(([key]) => !numbers.has(key)).map(([key, text]) => [key, packed(text)]),
  );
  const cut = `${JSON.stringify(listed.map(([, text]) => packed(text)).join(CUT))}.split(${JSON.stringify(CUT)})`;
  const start = numbers.get(listed[0]?.[0] ?? '') ?? 0;
  const numbered = start === 0 ? cut : `Object.fromEntries(${cut}.map((text, at) => [at + ${start}, text]))`;
  return `export const ${name} = { ...${numbered}, ...${JSON.stringify(named)} };`;
}

const CUT = '~';

/** `{ one: '{n} flag', other: '{n} flags' }` is `{n} flag[|s]`: see `fill` in console/words/words.ts. */
export function packed(text: Text): string {
  const forms = typeof text === 'string' ? [text] : [text.one, text.other];
  for (const form of forms)
    if (/[~[\]|]/.test(form)) throw new Error(`a text of the console may not hold ~, [, ] or |: ${form}`);
  const [one, other] = forms as [string, string?];
  if (other === undefined) return one;
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) start++;
  let end = 0;
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const middle = (form: string) => form.slice(start, form.length - end);
  return `${one.slice(0, start)}[${middle(one)}|${middle(other)}]${one.slice(one.length - end)}`;
}
