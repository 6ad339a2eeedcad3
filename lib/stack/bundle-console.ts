/**
 * The console beside its function: `console/` of the sources as scripts, one style sheet and one picture under names that follow from
 * their content, the page that names them, and the list of what an address and a language need beside the page.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { build, buildSync, type Metafile, type Plugin } from 'esbuild';
import { PAGE_FILE, PRELOADS_FILE, type Preloads } from '../console/console-files.ts';
import type { Language } from '../console/languages.ts';
import { numberTexts } from './number-texts.ts';

const FILES = '/console/';
const COMMON = {
  write: false as const,
  bundle: true,
  minify: true,
  target: ['chrome120', 'firefox121', 'safari17.4'],
  legalComments: 'none' as const,
  logLevel: 'warning' as const,
};

export async function buildConsole(root: string, into: string): Promise<void> {
  const from = join(root, 'console');
  const folder = join(into, 'app', 'functions', 'console');
  mkdirSync(folder, { recursive: true });
  const { main, preloads } = await buildScripts(from, folder);
  const names: Record<string, string> = {
    'main.tsx': main,
    'console.css': writeHashed(folder, 'console.css', styles(from)),
    'icon.svg': writeHashed(folder, 'icon.svg', readFileSync(join(from, 'icon.svg'))),
  };
  const page = readFileSync(join(from, PAGE_FILE), 'utf8').replace(
    /\{([a-z]+\.[a-z]+)\}/g,
    (whole, source: string) => (names[source] === undefined ? whole : `${FILES}${names[source]}`),
  );
  writeFileSync(join(folder, PAGE_FILE), page);
  writeFileSync(join(folder, PRELOADS_FILE), JSON.stringify(preloads));
}

/** The script that begins, with what it shares with pages and languages, each of which is a script of its own. */
async function buildScripts(from: string, folder: string): Promise<{ main: string; preloads: Preloads }> {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    absWorkingDir: from,
    entryPoints: ['main.tsx'],
    outdir: '.',
    splitting: true,
    format: 'esm',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    metafile: true as const,
    // Preact's own warnings for developers are left out.
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [oneScript, await numberTexts(from)],
  });
  for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents);
  const main = scriptOf(metafile, 'main.tsx');
  const first = new Set(closureOf(metafile, main));
  const beside = (source: string): string[] =>
    closureOf(metafile, scriptOf(metafile, source)).filter((name) => !first.has(name));
  const wordsOf = (language: Language) => ({
    first: beside(`words/${language}.ts`),
    more: beside(`words/${language}-more.ts`),
  });
  const preloads: Preloads = {
    first: [...first].filter((name) => name !== main),
    more: beside('pages/more.ts'),
    languages: { en: wordsOf('en'), de: wordsOf('de') },
  };
  return { main, preloads };
}

/**
 * What the first pages are made of is one script, and not what the others share with them and the rest: the others come after it in any
 * case, and a script that is cut takes more room and another request.
 */
const oneScript: Plugin = {
  name: 'one-script',
  setup(build) {
    build.onLoad({ filter: /[\\/]pages[\\/]more\.ts$/ }, ({ path }) => ({
      contents: `import '../main.tsx';\n${readFileSync(path, 'utf8')}`,
      loader: 'ts',
    }));
  },
};

function scriptOf({ outputs }: Metafile, source: string): string {
  const found = Object.keys(outputs).find((name) => outputs[name]!.entryPoint === source);
  if (found === undefined) throw new Error(`the console has no script of ${source}`);
  return found;
}

/** A script and all that it cannot begin without. */
function closureOf({ outputs }: Metafile, name: string, known = new Set<string>()): string[] {
  if (known.has(name)) return [];
  known.add(name);
  for (const { path, kind } of outputs[name]?.imports ?? []) {
    if (kind === 'import-statement') closureOf({ inputs: {}, outputs }, path, known);
  }
  return [...known];
}

function styles(from: string): Uint8Array {
  return buildSync({ ...COMMON, entryPoints: [join(from, 'console.css')] }).outputFiles[0]!.contents;
}

function writeHashed(folder: string, source: string, contents: Uint8Array): string {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12);
  const ending = extname(source);
  const name = `${basename(source, ending)}-${hash}${ending}`;
  writeFileSync(join(folder, name), contents);
  return name;
}
