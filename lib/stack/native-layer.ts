/**
 * The layer with what no bundler can pack: DuckDB and ONNX Runtime, pruned to Linux and one architecture.
 *
 *     nodejs/node_modules/{@duckdb/node-api, @duckdb/node-bindings, @duckdb/node-bindings-linux-<arch>,
 *                          detect-libc, onnxruntime-node (its Linux library only), onnxruntime-common}
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

/** What the functions' bundles leave out. */
export const LAYER_PACKAGES = [
  '@duckdb/node-api',
  '@duckdb/node-bindings',
  'onnxruntime-node',
  'onnxruntime-common',
] as const;

/** Types, maps and install scripts: nothing that runs. */
const NOT_RUN = /(\.d\.ts|\.map|\.md|[\\/]esm|[\\/]script|[\\/]tsconfig\.json)$/;

/** The layer's folder for the architecture under `into`, made from `root`'s packages unless it stands there already. */
export function stageLayer(root: string, into: string, architecture: LayerArchitecture): string {
  const layer = join(into, `layer-${architecture}`);
  const stamp = join(into, `layer-${architecture}.json`);
  const contents = JSON.stringify(versionsOf(root, [...LAYER_PACKAGES, 'detect-libc']));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === contents) return layer;
  rmSync(layer, { recursive: true, force: true });
  const modules = join(layer, 'nodejs', 'node_modules');
  for (const name of [...LAYER_PACKAGES, 'detect-libc']) copyPackage(root, name, modules);
  pruneRuntime(join(modules, 'onnxruntime-node', 'bin'), architecture);
  placeBindings(root, modules, architecture);
  writeFileSync(stamp, contents);
  return layer;
}

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
