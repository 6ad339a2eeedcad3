/**
 * The layers with what no bundler can pack, pruned to Linux and one architecture.
 *
 *     duckdb/nodejs/node_modules/{@duckdb/node-api, @duckdb/node-bindings, @duckdb/node-bindings-linux-<arch>, detect-libc}
 *     onnx/nodejs/node_modules/{onnxruntime-node (its Linux library only), onnxruntime-common}
 *
 * Everything is copied from node_modules, but DuckDB's library of another architecture than the host's: that one package
 * comes from the registry, at the version that the lock file holds, and once only.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export type LayerArchitecture = 'arm64' | 'x64';

/** What the functions' bundles leave out, by the layer that it is in. */
export const LAYERS = {
  duckdb: ['@duckdb/node-api', '@duckdb/node-bindings'],
  onnx: ['onnxruntime-node', 'onnxruntime-common'],
} as const;

export type LayerName = keyof typeof LAYERS;

export const LAYER_NAMES: readonly LayerName[] = ['duckdb', 'onnx'];
export const LAYER_PACKAGES: readonly string[] = LAYER_NAMES.flatMap((name) => [...LAYERS[name]]);

/** What the packages themselves import. */
const IMPORTED: Readonly<Record<LayerName, readonly string[]>> = { duckdb: ['detect-libc'], onnx: [] };

/** Types, maps and install scripts: nothing that runs. */
const NOT_RUN = /(\.d\.ts|\.map|\.md|[\\/]esm|[\\/]script|[\\/]tsconfig\.json)$/;

/** A folder for each layer of the architecture under the one given back, made from `root`'s packages unless it stands there already. */
export function stageLayers(root: string, into: string, architecture: LayerArchitecture): string {
  const layers = join(into, `layers-${architecture}`);
  const stamp = join(into, `layers-${architecture}.json`);
  const packages = LAYER_NAMES.flatMap((name) => [...LAYERS[name], ...IMPORTED[name]]);
  const contents = JSON.stringify(versionsOf(root, packages));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === contents) return layers;
  rmSync(layers, { recursive: true, force: true });
  for (const layer of LAYER_NAMES) {
    for (const name of [...LAYERS[layer], ...IMPORTED[layer]])
      copyPackage(root, name, modulesOf(layers, layer));
  }
  pruneRuntime(join(modulesOf(layers, 'onnx'), 'onnxruntime-node', 'bin'), architecture);
  placeBindings(root, modulesOf(layers, 'duckdb'), architecture);
  writeFileSync(stamp, contents);
  return layers;
}

const modulesOf = (layers: string, name: LayerName): string => join(layers, name, 'nodejs', 'node_modules');

function copyPackage(root: string, name: string, modules: string): void {
  cpSync(join(root, 'node_modules', name), join(modules, name), {
    recursive: true,
    filter: (from) => !NOT_RUN.test(from),
  });
}

/** `bin/napi-v<n>/<system>/<architecture>`: all but ours goes. */
function pruneRuntime(bin: string, architecture: LayerArchitecture): void {
  for (const abi of readdirSync(bin)) {
    for (const system of readdirSync(join(bin, abi))) {
      for (const found of readdirSync(join(bin, abi, system))) {
        if (system === 'linux' && found === architecture) continue;
        rmSync(join(bin, abi, system, found), { recursive: true });
      }
    }
  }
}

function placeBindings(root: string, modules: string, architecture: LayerArchitecture): void {
  const name = `@duckdb/node-bindings-linux-${architecture}`;
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) {
    copyPackage(root, name, modules);
    return;
  }
  const version = versionsOf(root, ['@duckdb/node-bindings'])['@duckdb/node-bindings'];
  const download = mkdtempSync(join(modules, '.download-'));
  try {
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', download], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [archive] = readdirSync(download);
    execFileSync('tar', ['xzf', join(download, archive!), '-C', download]);
    renameSync(join(download, 'package'), join(modules, name));
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

function versionsOf(root: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const file = join(root, 'node_modules', name, 'package.json');
      return [name, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version];
    }),
  );
}
