import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { HANDLERS, type HandlerName, handlerOf } from '../../lib/stack/handlers.ts';
import { LAYER_PACKAGES, type LayerArchitecture, stageLayer } from '../../lib/stack/native-layer.ts';
import { synthesise } from './synthesise.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const host: LayerArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
/** Lambda's limit for a function's code and layers together, unzipped. */
const LIMIT_BYTES = 250 * 1024 ** 2;

/** Of each function, the names of what the stack tells it. */
const told = new Map<string, string[]>();

let staging: string;
let code: string;
let layer: string;

beforeAll(async () => {
  staging = mkdtempSync(join(tmpdir(), 'assay-bundle-'));
  code = await bundleFunctions(root, join(staging, 'code'));
  layer = stageLayer(root, staging, host);
  const functions = Template.fromStack(
    synthesise({ events: { webhookUrl: 'https://hooks.example/assay' } }).stack,
  ).findResources('AWS::Lambda::Function');
  for (const { Properties } of Object.values(functions)) {
    told.set(Properties.Handler, Object.keys(Properties.Environment.Variables));
  }
}, 120_000);

afterAll(() => rmSync(staging, { recursive: true, force: true }));

const inFunctions = (...parts: string[]): string => join(code, 'app', 'functions', ...parts);

/** Values that their readers take. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ...{ ASSAY_DROPS_BUCKET: 'drops', ASSAY_DATA_BUCKET: 'data', ASSAY_AUDIT_BUCKET: 'audit' },
  ...{ ASSAY_ARTIFACTS_BUCKET: 'artifacts', ASSAY_FLAGS_TABLE: 'flags', ASSAY_DROPS_TABLE: 'drops' },
  ...{ ASSAY_MODELS_TABLE: 'models', ASSAY_DEAD_LETTERS_URL: 'https://sqs.example/dead-letters' },
  ASSAY_DROP_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:drop',
  ...{ ASSAY_AUDIT_RETENTION_DAYS: '1', ASSAY_AUDIT_RETENTION_MODE: 'GOVERNANCE', ASSAY_STAGE: 'dev' },
  ASSAY_ROWS_PER_PARTITION: '250000',
  ...{ ASSAY_BYTES_PER_RANGE: '1', ASSAY_WHOLE_BYTES: '1', ASSAY_TREE_GROUPS: '8' },
  ASSAY_RETRAIN_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:retrain',
  ...{ ASSAY_EVENT_BUS: 'assay-dev', ASSAY_RETRAIN_ON_DRIFT: 'true' },
  ...{ ASSAY_BELOW_THE_LINE: '0.01', ASSAY_SECOND_OPINION: '0.05' },
  ...{ ASSAY_WEBHOOK_URL: 'https://hooks.example/assay', ASSAY_WEBHOOK_SECRET: 'secret' },
};

/** Lambda's own. */
const AWS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };

function environmentOf(name: HandlerName): Record<string, string> {
  const names = told.get(handlerOf(name))!.filter((variable) => variable in ENVIRONMENT);
  return { ...AWS, ...Object.fromEntries(names.map((variable) => [variable, ENVIRONMENT[variable]!])) };
}

/** Runs a script as Lambda runs a function: the layer found by NODE_PATH alone. */
function runBundled(script: string, env: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...env, NODE_PATH: join(layer, 'nodejs', 'node_modules') },
  });
  // Node shows the line that threw: in a bundle, all of it.
  const told = stderr.split('\n').filter((line) => line.length < 400);
  if (status !== 0) throw new Error(told.join('\n').trim());
  return stdout;
}

describe('the bundle of the functions', () => {
  test.each(HANDLERS)('loads %s with what the stack tells it, and finds its handler', (name) => {
    const script = `process.stdout.write(typeof require(${JSON.stringify(inFunctions(`${name}.js`))}).handler)`;
    expect(runBundled(script, environmentOf(name))).toMatch(/function$/);
  });

  test.each(HANDLERS)('gives %s the layer exactly if it needs native packages', (name) => {
    const source = readFileSync(inFunctions(`${name}.js`), 'utf8');
    const needed = LAYER_PACKAGES.some(
      (found) => source.includes(`require("${found}")`) || source.includes(`import("${found}")`),
    );
    expect(FUNCTION_PLANS[name].native).toBe(needed);
  });

  test('names threads as they stand in the bundle', () => {
    const started = readdirSync(inFunctions())
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => [
        ...readFileSync(inFunctions(file), 'utf8').matchAll(/"(\.\/[a-z-]+-worker\.[a-z]+)"/g),
      ])
      .map(([, found]) => found!);
    expect(started.length).toBeGreaterThan(0);
    for (const found of new Set(started))
      expect([found, existsSync(inFunctions(found))]).toEqual([found, true]);
  });

  test('has the shipped packs and champions where their readers look', () => {
    expect(existsSync(inFunctions('packs', 'finance.yaml'))).toBe(true);
    const { version } = JSON.parse(
      readFileSync(join(code, 'model-artifacts', 'finance', 'champion.json'), 'utf8'),
    ) as { version: string };
    expect(readdirSync(join(code, 'model-artifacts', 'finance', version)).sort()).toEqual([
      'card.json',
      'model.onnx',
    ]);
  });
});

describe('the layer', () => {
  test('stays under Lambda’s limit together with the code', () => {
    expect(bytesIn(layer) + bytesIn(code)).toBeLessThan(LIMIT_BYTES);
  });

  test('holds native libraries of one architecture of Linux only', () => {
    const libraries = readdirSync(layer, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(node|so(\.\d+)*|dylib|dll)$/.test(file),
    );
    expect(libraries.length).toBeGreaterThan(3);
    const other = host === 'x64' ? 'arm64' : 'x64';
    expect(libraries.filter((file) => /darwin|win32|musl/.test(file) || file.includes(other))).toEqual([]);
  });

  test('scores and queries from the layer alone', () => {
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
    expect(runBundled(script, {})).toBe('42 features');
  });
});

function championModel(): string {
  const folder = join(code, 'model-artifacts', 'finance');
  const { version } = JSON.parse(readFileSync(join(folder, 'champion.json'), 'utf8')) as { version: string };
  return join(folder, version, 'model.onnx');
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .filter((found) => found.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
