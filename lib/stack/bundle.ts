/**
 * The code of all functions as one folder, ready to be a Lambda asset.
 *
 *     app/functions/<name>.js        a function each, with what it imports (native packages apart: they are in the layer)
 *     app/functions/<x>-worker.js    threads that lib/forest starts
 *     app/functions/packs/*.yaml     what lib/domain/load-pack.ts reads beside its module
 *     model-artifacts/<domain>/…     what lib/models/model-folder.ts reads two folders up: the champions' model and card
 *
 * CommonJS, because Lambda finds a layer's packages by NODE_PATH, which only `require` looks at.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { HANDLERS } from './handlers.ts';
import { LAYER_PACKAGES } from './native-layer.ts';
import { rewriteWorkers } from './rewrite-workers.ts';

const WORKERS = ['lib/forest/explain-worker.ts', 'lib/forest/grow-worker.ts'];

/** `import.meta.url` has no meaning in CommonJS: a name that the banner gives each file stands for it. */
const MODULE_URL = '__moduleUrl';

/** Builds the folder from the sources under `root` at `into`, replacing what was there. */
export async function bundleFunctions(root: string, into: string): Promise<string> {
  rmSync(into, { recursive: true, force: true });
  const functions = join(into, 'app', 'functions');
  await build({
    absWorkingDir: root,
    entryPoints: [...HANDLERS.map((name) => `functions/${name}.ts`), ...WORKERS].map((file) =>
      join(root, file),
    ),
    entryNames: '[name]',
    outdir: functions,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    external: [...LAYER_PACKAGES],
    define: { 'import.meta.url': MODULE_URL },
    banner: { js: `const ${MODULE_URL}=require("node:url").pathToFileURL(__filename).href;` },
    plugins: [rewriteWorkers],
  });
  cpSync(join(root, 'lib', 'domain', 'packs'), join(functions, 'packs'), { recursive: true });
  copyChampions(join(root, 'model-artifacts'), join(into, 'model-artifacts'));
  return into;
}

/** Of each domain the champion's model and card: the reports and other versions are not for a function. */
function copyChampions(from: string, to: string): void {
  const domains = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: domain } of domains) {
    const pointer = join(from, domain, 'champion.json');
    if (!existsSync(pointer)) continue;
    const { version } = JSON.parse(readFileSync(pointer, 'utf8')) as { version: string };
    mkdirSync(join(to, domain, version), { recursive: true });
    cpSync(pointer, join(to, domain, 'champion.json'));
    for (const file of ['model.onnx', 'card.json']) {
      cpSync(join(from, domain, version, file), join(to, domain, version, file));
    }
  }
}
