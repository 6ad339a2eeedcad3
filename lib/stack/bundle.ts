/**
 * The code of each function as a folder of its own, ready to be a Lambda asset, with what that function needs and no more.
 *
 *     <name>/app/functions/<name>.js       the function with what it imports (native packages apart: they are in layers)
 *     <name>/app/functions/<x>-worker.js   threads that lib/forest starts
 *     <name>/app/functions/shipped-packs/*.yaml    what lib/packs/load-pack.ts reads beside its module
 *     <name>/app/functions/review-policies/*.yaml  what lib/packs/load-review-policy.ts reads beside its module
 *     <name>/app/functions/pack-texts/*.yaml       what lib/packs/load-pack-texts.ts reads beside its module
 *     <name>/app/functions/resolved/*.ttf          what lib/dossier/pdf-fonts.ts finds in a package
 *     <name>/model-artifacts/<domain>/…    what lib/models/shipped-models.ts reads two folders up: the champions' model and card
 *     task.js                              lib/tasks, for the definitions of tasks: a template holds it, so it is small
 *     source-maps/<name>.js.map            not deployed: lib/stack/resolve-trace.ts reads them
 *
 * CommonJS, because Lambda finds a layer's packages by NODE_PATH, which only `require` looks at.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type OutputFile } from 'esbuild';
import { FONTS } from '../dossier/pdf-fonts.ts';
import { buildConsole } from './bundle-console.ts';
import { dropLocales, rewriteWorkers } from './bundle-plugins.ts';
import { HANDLERS } from './handlers.ts';
import { LAYER_PACKAGES } from './native-layer.ts';

/** `import.meta.url` has no meaning in CommonJS: a name that the banner gives each file stands for it. */
const MODULE_URL = '__moduleUrl';
/** And for `import.meta.resolve` a function of that name: a file of a package stands beside the function. */
const RESOLVE = '__resolveModule';
const RESOLVED = 'resolved';
const BANNER = `const ${MODULE_URL}=require("node:url").pathToFileURL(__filename).href,${RESOLVE}=(name)=>new URL("${RESOLVED}/"+name.split("/").at(-1),${MODULE_URL}).href;`;

export const SOURCE_MAPS = 'source-maps';
export const TASK_SCRIPT = 'task.js';

/** Modules that open files or start threads beside themselves, and what is put beside a function that imports one. */
const BESIDE: Readonly<Record<string, Beside>> = {
  'lib/models/shipped-models.ts': { files: copyChampions },
  'lib/packs/load-pack.ts': { files: copyBesideModule('shipped-packs') },
  'lib/packs/load-review-policy.ts': { files: copyBesideModule('review-policies') },
  'lib/packs/load-pack-texts.ts': { files: copyBesideModule('pack-texts') },
  'lib/console/console-files.ts': { files: buildConsole },
  'lib/dossier/pdf-fonts.ts': { files: copyResolved(FONTS) },
  'lib/forest/shap/explain-rows.ts': { worker: 'lib/forest/shap/explain-worker.ts' },
  'lib/forest/train/grow-in-threads.ts': { worker: 'lib/forest/train/grow-worker.ts' },
};

type Beside =
  | { readonly files: (root: string, into: string) => void | Promise<void> }
  | { readonly worker: string };

/** Builds the folders from the sources under `root` at `into`, replacing what was there. */
export async function bundleFunctions(root: string, into: string): Promise<string> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      ...HANDLERS.map((name) => `functions/${name}.ts`),
      ...Object.values(BESIDE).flatMap((one) => ('worker' in one ? [one.worker] : [])),
    ],
    entryNames: '[name]',
    // Nothing is written there: the maps then name the sources as they stand under `root`.
    outdir: root,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node24',
    // The packages' ES modules, of which what is not used is left out.
    mainFields: ['module', 'main'],
    format: 'cjs',
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    external: [...LAYER_PACKAGES],
    define: { 'import.meta.url': MODULE_URL, 'import.meta.resolve': RESOLVE },
    banner: { js: BANNER },
    plugins: [rewriteWorkers, dropLocales],
  });
  rmSync(into, { recursive: true, force: true });
  const built = new Map(outputFiles.map((file) => [basename(file.path), file]));
  mkdirSync(join(into, SOURCE_MAPS), { recursive: true });
  for (const [name, file] of built) if (name.endsWith('.map')) write(join(into, SOURCE_MAPS), name, file);
  for (const name of HANDLERS) {
    const folder = join(into, name);
    const functions = join(folder, 'app', 'functions');
    mkdirSync(functions, { recursive: true });
    write(functions, `${name}.js`, built.get(`${name}.js`)!);
    for (const one of besideOf(metafile, `${name}.js`)) {
      if ('files' in one) await one.files(root, folder);
      else copyWorker(one.worker, functions, built);
    }
  }
  await bundleTask(root, join(into, TASK_SCRIPT));
  return into;
}

/** The script that runs a function's handler as a task, as one file. */
export async function bundleTask(root: string, into: string): Promise<void> {
  await build({
    ...{ absWorkingDir: root, entryPoints: ['lib/tasks/main.ts'], outfile: into },
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'cjs', minify: true, logLevel: 'warning' },
  });
}

function copyWorker(module: string, functions: string, built: ReadonlyMap<string, OutputFile>): void {
  const name = basename(module).replace('.ts', '.js');
  write(functions, name, built.get(name)!);
}

function write(folder: string, name: string, { contents }: OutputFile): void {
  writeFileSync(join(folder, name), contents);
}

/** By the modules of which something stands in the output. */
function besideOf({ outputs }: Metafile, name: string): Beside[] {
  const { inputs } = outputs[name]!;
  return Object.entries(BESIDE).flatMap(([module, one]) =>
    (inputs[module]?.bytesInOutput ?? 0) > 0 ? [one] : [],
  );
}

function copyBesideModule(folder: string): (root: string, into: string) => void {
  return (root, into) => {
    const to = join(into, 'app', 'functions', folder);
    cpSync(join(root, 'lib', 'packs', folder), to, { recursive: true });
  };
}

/** `files`: as `import.meta.resolve` gives them. */
function copyResolved(files: readonly string[]): (root: string, into: string) => void {
  return (_, into) => {
    const to = join(into, 'app', 'functions', RESOLVED);
    mkdirSync(to, { recursive: true });
    for (const file of files) cpSync(fileURLToPath(file), join(to, basename(file)));
  };
}

/** Of each domain the champion's model and card: the reports and other versions are not for a function. */
function copyChampions(root: string, folder: string): void {
  const from = join(root, 'model-artifacts');
  const to = join(folder, 'model-artifacts');
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
