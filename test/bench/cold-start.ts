/**
 * What a cold start of each function costs before its first event: the median of fresh processes that load its bundle, each with the
 * size of what Lambda unpacks for it. Prints a table in Markdown. Lambda's own share (fetching and unpacking) is not in it.
 *
 *     node test/bench/cold-start.ts [--runs 11] [--code FOLDER] [--node-options=--enable-source-maps]
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import settings from '../../cdk.json' with { type: 'json' };
import { AssayStack } from '../../lib/stack/assay-stack.ts';
import { bundleFunctions } from '../../lib/stack/bundle.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { HANDLERS, type HandlerName } from '../../lib/stack/handlers.ts';
import { type LayerArchitecture, stageLayers } from '../../lib/stack/native-layer.ts';
import { STAGE_SETTINGS } from '../../lib/stack/settings.ts';
import { stageNamed } from '../../lib/stack/stage.ts';
import { root } from '../../operations/places.ts';
import { environmentsOf, moduleOf, runScript } from '../helpers/bundled-function.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '11' },
    code: { type: 'string' },
    'node-options': { type: 'string', default: '' },
  },
});
const runs = Number(values.runs);
const staging = mkdtempSync(join(tmpdir(), 'assay-cold-start-'));
try {
  await measureAll();
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function measureAll(): Promise<void> {
  const architecture: LayerArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const code = values.code ?? (await bundleFunctions(root, join(staging, 'code')));
  const layers = stageLayers(root, staging, architecture);
  const app = new App({
    outdir: join(staging, 'cdk.out'),
    analyticsReporting: false,
    postCliContext: settings.context,
  });
  const stack = new AssayStack(app, {
    stage: stageNamed('dev'),
    settings: STAGE_SETTINGS.parse({ events: { webhookUrl: 'https://hooks.example/assay' } }),
    code,
    layers,
  });
  const environments = environmentsOf(Template.fromStack(stack));
  console.log('| function | code | layers | to load, wall | processor | memory |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const name of HANDLERS) {
    const { wallMs, processorMs, memoryMb } = measure(name, code, layers, environments.get(name)!);
    const layerBytes = FUNCTION_PLANS[name].layers.reduce((sum, one) => sum + bytesIn(join(layers, one)), 0);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `| ${name} | ${megabytes(bytesIn(join(code, name)))} | ${megabytes(layerBytes)} | ${wallMs.toFixed(0)} ms | ${processorMs.toFixed(0)} ms | ${memoryMb.toFixed(0)} MB |`,
    );
  }
}

function measure(name: HandlerName, code: string, layers: string, env: Readonly<Record<string, string>>) {
  const script = `
    const began = performance.now(), before = process.cpuUsage();
    const { handler } = require(${JSON.stringify(moduleOf(code, name))});
    const wall = performance.now() - began, { user, system } = process.cpuUsage(before);
    if (typeof handler !== 'function') throw new Error('no handler');
    process.stdout.write(JSON.stringify([wall, (user + system) / 1000, process.memoryUsage().rss / 1e6]));`;
  const taken = Array.from({ length: runs }, () => {
    const options = { ...env, NODE_OPTIONS: values['node-options'] };
    const { status, stdout, stderr } = runScript(script, layers, options, FUNCTION_PLANS[name].layers);
    if (status !== 0) throw new Error(`${name}: ${stderr.slice(-500)}`);
    return JSON.parse(stdout) as [number, number, number];
  });
  const median = (at: 0 | 1 | 2): number =>
    taken.map((one) => one[at]).toSorted((a, b) => a - b)[Math.floor(runs / 2)]!;
  return { wallMs: median(0), processorMs: median(1), memoryMb: median(2) };
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => statSync(join(folder, file)))
    .filter((found) => found.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}
