/**
 * The command line as JavaScript, for the npm package: Node strips no types below `node_modules`.
 *
 *     dist/cli/assay.js         the entry; what a command needs is a chunk of its own beside it, loaded when it is called
 *     dist/cli/<x>-worker.js    threads that lib/forest starts
 *     dist/cli/shipped-packs/*.yaml    what lib/packs/load-pack.ts reads beside its module
 *     dist/cli/review-policies/*.yaml  the same of lib/packs/load-review-policy.ts
 *     dist/cli/pack-texts/*.yaml     the same of lib/packs/load-pack-texts.ts
 *
 * `model-artifacts` is found two folders up, as it is from the sources.
 */
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';

import { join } from 'node:path';
import { build } from 'esbuild';
import { rewriteWorkers } from '../lib/stack/bundle-plugins.ts';

const WORKERS = ['lib/forest/shap/explain-worker.ts', 'lib/forest/train/grow-worker.ts'];

/** Builds `dist` under `root`, replacing what was there; resolves to the packages that it imports. */
export async function buildPackage(root: string): Promise<readonly string[]> {
  const out = join(root, 'dist', 'cli');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['bin/assay.ts', ...WORKERS],
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outdir: out,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    packages: 'external',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [rewriteWorkers],
  });
  for (const folder of ['shipped-packs', 'review-policies', 'pack-texts'])
    cpSync(join(root, 'lib', 'packs', folder), join(out, folder), { recursive: true });
  chmodSync(join(out, 'assay.js'), 0o755);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [...new Set(imports.filter(({ external }) => external).map(({ path }) => packageName(path)))]
    .filter((name) => !name.startsWith('node:'))
    .sort();
}

function packageName(path: string): string {
  return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
}
