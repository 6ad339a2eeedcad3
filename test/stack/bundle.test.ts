import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExplainer } from '../../lib/forest/shap/tree-shap.ts';
import { completeForestOptions } from '../../lib/forest/train/forest-options.ts';
import { growInThreads } from '../../lib/forest/train/grow-in-threads.ts';
import { joinForest, planForest, trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { HANDLERS, type HandlerName } from '../../lib/stack/handlers.ts';
import { LAYER_NAMES, LAYERS, type LayerArchitecture, stageLayers } from '../../lib/stack/native-layer.ts';
import { resolveTrace } from '../../lib/stack/resolve-trace.ts';
import { randomEnsemble, randomRows } from '../forest/random-ensemble.ts';
import { environmentsOf, moduleOf, runScript } from '../helpers/bundled-function.ts';
import { synthesise } from './synthesise.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const host: LayerArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
/** Lambda's limit for a function's code and layers together, unzipped. */
const LIMIT_BYTES = 250 * 1024 ** 2;

/** What a function's own code may be, unpacked: what a cold start fetches before anything else. */
const CODE_BYTES = 5.25 * 1024 ** 2;

let staging: string;
let code: string;
let layers: string;
let environments: ReadonlyMap<HandlerName, Record<string, string>>;

beforeAll(async () => {
  staging = mkdtempSync(join(tmpdir(), 'assay-bundle-'));
  code = await bundleFunctions(root, join(staging, 'code'));
  layers = stageLayers(root, staging, host);
  environments = environmentsOf(synthesise({ events: { webhookUrl: 'https://hooks.example/assay' } }));
});

afterAll(() => rmSync(staging, { recursive: true, force: true }));

const inFunction = (name: HandlerName, ...parts: string[]): string =>
  join(code, name, 'app', 'functions', ...parts);

/** As Lambda runs a function, with the layers that its plan names. */
function runBundled(script: string, name: HandlerName): string {
  const { status, stdout, stderr } = runScript(
    script,
    layers,
    environments.get(name)!,
    FUNCTION_PLANS[name].layers,
  );
  // Node shows the line that threw: in a bundle, all of it.
  const shown = stderr.split('\n').filter((line) => line.length < 400);
  if (status !== 0) throw new Error(shown.join('\n').trim());
  return stdout;
}

describe('the bundle of a function', () => {
  test.each(HANDLERS)('%s loads with what the stack gives it and finds its handler', (name) => {
    const script = `process.stdout.write(typeof require(${JSON.stringify(moduleOf(code, name))}).handler)`;
    expect(runBundled(script, name)).toMatch(/function$/);
  });

  test.each(HANDLERS)('%s has the layers of the native packages that it imports, and no others', (name) => {
    const source = readFileSync(moduleOf(code, name), 'utf8');
    const needed = LAYER_NAMES.filter((layer) =>
      // By require, import, or what createRequire returned.
      LAYERS[layer].some((found) => source.includes(`("${found}")`)),
    );
    expect(FUNCTION_PLANS[name].layers).toEqual(needed);
  });

  test.each(HANDLERS)(
    '%s carries its own code only: at most 5.25 MB, no other function, no source map',
    (name) => {
      const files = readdirSync(join(code, name), { recursive: true, encoding: 'utf8' });
      expect(bytesIn(join(code, name))).toBeLessThanOrEqual(CODE_BYTES);
      expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
      const others = HANDLERS.filter(
        (other) => other !== name && files.includes(`app/functions/${other}.js`),
      );
      expect(others).toEqual([]);
    },
  );

  test.each(HANDLERS)('%s has beside it what its code opens: threads, packs, models', (name) => {
    const source = readFileSync(moduleOf(code, name), 'utf8');
    const has = (...parts: string[]): boolean => existsSync(join(code, name, ...parts));
    const started = [...source.matchAll(/"\.\/([a-z-]+-worker\.[a-z]+)"/g)].map(([, found]) => found!);
    expect(started.filter((file) => !existsSync(inFunction(name, file)))).toEqual([]);
    expect(has('app', 'functions', 'shipped-packs', 'finance.yaml')).toBe(
      source.includes('"./shipped-packs/"'),
    );
    expect(has('app', 'functions', 'pack-texts', 'finance.de.yaml')).toBe(source.includes('"./pack-texts/"'));
    expect(has('model-artifacts')).toBe(source.includes('"../../model-artifacts/"'));
  });

  test('the threads that explain rows and grow trees work as they are bundled', async () => {
    const carriers = (file: string) => HANDLERS.filter((name) => existsSync(inFunction(name, file)));
    const rows = 40;
    const values = randomRows(5, rows, 6);
    const ensemble = randomEnsemble({
      seed: 5,
      features: 6,
      trees: 4,
      depth: 4,
      link: 'identity',
      zeroCovers: false,
    });
    const expected = new Float64Array(rows * 6);
    createExplainer(ensemble).explain(values, 0, expected, 0, rows);
    const [explains] = carriers('explain-worker.js');
    const worker = new Worker(inFunction(explains!, 'explain-worker.js'), { workerData: ensemble });
    worker.postMessage({ values, rows });
    expect((await once(worker, 'message'))[0]).toEqual(expected);
    await worker.terminate();

    const labels = Uint8Array.from({ length: rows }, (_, row) => Number(values[row * 6]! > 0));
    const data = { rows, columns: 6, values, labels };
    const plan = planForest(data, completeForestOptions({ seed: 1, trees: 4 }), { first: 0, count: 4 });
    const [grows] = carriers('grow-worker.js');
    const grown = await growInThreads(plan, 2, () => {}, pathToFileURL(inFunction(grows!, 'grow-worker.js')));
    const alone = await trainRandomForest(data, { seed: 1, trees: 4 });
    expect(joinForest([grown], 6)).toEqual(alone);
  });

  test('finds the source of a place in its code, as a log or a stack names it', () => {
    const thrower = join(staging, 'thrower.js');
    const module = JSON.stringify(moduleOf(code, 'fail'));
    // The place stands in the log, as `error_at`: what is thrown carries no stack.
    const logged = 'process.stderr.write = (text) => process.stdout.write(text);';
    writeFileSync(thrower, `${logged} require(${module}).handler({}, {}).catch(() => {})`);
    const resolved = resolveTrace(runBundled(`require(${JSON.stringify(thrower)})`, 'fail'), code);
    const source = readFileSync(join(root, 'lib', 'services', 'fail-drop.ts'), 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('error.Error === DOMAIN_STOPPED')) + 1;
    expect(resolved).toContain(`"error_at":"lib/services/fail-drop.ts:${line}:`);
    expect(resolved).not.toContain('fail.js');
    expect(resolveTrace('at functions/none.js:1:7', code)).toBe('at functions/none.js:1:7');
  });

  test('some start threads, some read packs, some read models', () => {
    for (const part of ['-worker.js"', '"./shipped-packs/"', '"../../model-artifacts/"'])
      expect(HANDLERS.some((name) => readFileSync(moduleOf(code, name), 'utf8').includes(part))).toBe(true);
  });

  test('has the card and trees of each shipped champion, and nothing else of the models', () => {
    const models = join(code, 'score', 'model-artifacts');
    for (const domain of readdirSync(models)) {
      const { version } = JSON.parse(readFileSync(join(models, domain, 'champion.json'), 'utf8')) as {
        version: string;
      };
      expect(readdirSync(join(models, domain)).sort()).toEqual([version, 'champion.json'].sort());
      expect(readdirSync(join(models, domain, version)).sort()).toEqual(['card.json', 'model.onnx']);
    }
  });
});

describe('the layers', () => {
  test('stay under Lambda’s limit together with the largest code', () => {
    for (const name of HANDLERS) {
      const unpacked = FUNCTION_PLANS[name].layers.map((layer) => bytesIn(join(layers, layer)));
      expect(unpacked.reduce((sum, bytes) => sum + bytes, bytesIn(join(code, name)))).toBeLessThan(
        LIMIT_BYTES,
      );
    }
  });

  test('hold native libraries of one architecture of Linux only', () => {
    const libraries = readdirSync(layers, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(node|so(\.\d+)*|dylib|dll)$/.test(file),
    );
    expect(libraries.length).toBeGreaterThan(3);
    const other = host === 'x64' ? 'arm64' : 'x64';
    expect(libraries.filter((file) => /darwin|win32|musl/.test(file) || file.includes(other))).toEqual([]);
  });

  test('score and query by themselves', () => {
    const script = `
      const { DuckDBInstance } = require('@duckdb/node-api');
      process.env.ORT_DISABLE_TELEMETRY = '1';
      const { InferenceSession } = require('onnxruntime-node');
      (async () => {
        const connection = await (await DuckDBInstance.create()).connect();
        const rows = (await connection.runAndReadAll('select 42')).getRows();
        const session = await InferenceSession.create(${JSON.stringify(championModel())});
        process.stdout.write(rows[0][0] + ' ' + session.inputNames[0]);
      })();`;
    expect(runBundled(script, 'score')).toBe('42 features');
  });
});

function championModel(): string {
  const folder = join(code, 'score', 'model-artifacts', 'finance');
  const { version } = JSON.parse(readFileSync(join(folder, 'champion.json'), 'utf8')) as { version: string };
  return join(folder, version, 'model.onnx');
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .filter((found) => found.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
