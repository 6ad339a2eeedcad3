/**
 * The console's page beside its function: `console/` of the sources as one script, one style sheet and one picture under names that
 * follow from their content, and the page that names them.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { buildSync } from 'esbuild';

/** In the page, where the files are named. */
const SOURCES = ['main.tsx', 'console.css', 'icon.svg'] as const;

export function buildConsole(root: string, into: string): void {
  const from = join(root, 'console');
  const folder = join(into, 'app', 'functions', 'console');
  mkdirSync(folder, { recursive: true });
  let page = readFileSync(join(from, 'index.html'), 'utf8');
  for (const source of SOURCES) {
    const contents = contentOf(from, source);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12);
    const ending = source === 'main.tsx' ? '.js' : extname(source);
    const name = `${basename(source, extname(source))}-${hash}${ending}`;
    writeFileSync(join(folder, name), contents);
    page = page.replace(`{${source}}`, `/console/${name}`);
  }
  writeFileSync(join(folder, 'index.html'), page);
}

function contentOf(from: string, source: (typeof SOURCES)[number]): Uint8Array {
  if (source.endsWith('.svg')) return readFileSync(join(from, source));
  const { outputFiles } = buildSync({
    entryPoints: [join(from, source)],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome120', 'firefox121', 'safari17.4'],
    // Preact's own warnings for developers are left out.
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles[0]!.contents;
}
