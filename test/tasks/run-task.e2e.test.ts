/**
 * A function's handler as a task, but for Fargate itself: a local AWS holds the function, its layer and the state machine, which starts a
 * task of ECS and waits; this test takes what the task would be started with, and runs the very script of its definition.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CreateFunctionCommand, LambdaClient, PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { zipFolder } from '../../lib/services/zip-folder.ts';
import { bundleTask } from '../../lib/stack/bundle.ts';
import { forwardRequest } from '../helpers/forward-request.ts';
import { clientSettings, localEndpoint } from '../helpers/local-aws.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const states = new SFNClient(clientSettings());
const lambda = new LambdaClient(clientSettings());
const name = `task-${process.pid}`;

const HANDLER = `
const { layered } = require('layered');
exports.handler = async ({ drop, mode }, { functionName }) => {
  if (mode === 'fault') throw Object.assign(new Error('line 7 has no amount'), { name: 'InputError' });
  if (mode === 'exit') process.exit(3);
  if (mode === 'killed') process.kill(process.pid, 'SIGKILL');
  if (mode === 'much') return { text: 'x'.repeat(300_000) };
  // The handler computes, and answers nothing meanwhile.
  for (const end = Date.now() + (mode === 'busy' ? 3_000 : mode === 'endless' ? 60_000 : 0); Date.now() < end; );
  const { ASSAY_DATA_BUCKET: bucket, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, ASSAY_DISK_GB: disk } = process.env;
  const ofTask = Object.keys(process.env).filter((name) => /^ASSAY_(TASK|INPUT)_/.test(name));
  return { drop, functionName, layered, bucket, memory, disk, ofTask };
};`;

let folder: string;
let script: string;
let functionArn: string;
let proxy: Server;
let roundTrips: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-task-'));
  await bundleTask(ROOT, join(folder, 'task.js'));
  script = readFileSync(join(folder, 'task.js'), 'utf8');
  const { LayerVersionArn } = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: name,
      Content: { ZipFile: await zipOf('nodejs/node_modules/layered/index.js', 'exports.layered = "yes";') },
    }),
  );
  const made = await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName: name, Runtime: 'nodejs24.x', Publish: true, MemorySize: 3008 },
      ...{ Handler: 'app/functions/made-up.handler', Role: 'arn:aws:iam::000000000000:role/any' },
      Code: { ZipFile: await zipOf('app/functions/made-up.js', HANDLER) },
      Environment: { Variables: { ASSAY_DATA_BUCKET: 'the-bucket' } },
      Layers: [LayerVersionArn!],
    }),
  );
  functionArn = /:\d+$/.test(made.FunctionArn!) ? made.FunctionArn! : `${made.FunctionArn}:${made.Version}`;
  await ecs('RegisterTaskDefinition', {
    family: name,
    containerDefinitions: [{ name: 'handler', image: 'node' }],
  });
  proxy = createServer((incoming, outgoing) => {
    roundTrips.push(
      String(incoming.headers['x-amz-target'] ?? incoming.url).replace('AWSStepFunctions.', ''),
    );
    forwardRequest(localEndpoint(), incoming, outgoing, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

async function zipOf(path: string, text: string): Promise<Buffer> {
  const into = mkdtempSync(join(folder, 'zip-'));
  mkdirSync(join(into, 'in', path, '..'), { recursive: true });
  writeFileSync(join(into, 'in', path), text);
  await zipFolder(join(into, 'in'), join(into, 'packed.zip'));
  return readFileSync(join(into, 'packed.zip'));
}

/** No client of ECS is among the packages: its calls are JSON. */
async function ecs(action: string, input: object): Promise<Record<string, unknown>> {
  const answer = await fetch(localEndpoint(), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/ecs/aws4_request, SignedHeaders=host, Signature=none',
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly outcome: () => Promise<DescribeExecutionCommandOutput>;
}

let started = 0;

/** An execution whose task is under way: its process is what Fargate would start. */
async function start(mode: string, timeoutSeconds = 120): Promise<Started> {
  const own = `${name}-${++started}`;
  await ecs('CreateCluster', { clusterName: own });
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({
      ...{ name: own, roleArn: 'arn:aws:iam::000000000000:role/any' },
      definition: JSON.stringify({
        StartAt: 'Task',
        States: { Task: { ...taskState(own), TimeoutSeconds: timeoutSeconds, End: true } },
      }),
    }),
  );
  const input = JSON.stringify({ drop: { id: 'd-1', key: 'drops/finance/June “1”.csv' }, mode });
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
  const given = await environmentOf(own);
  const scratch = mkdtempSync(join(folder, 'run-'));
  roundTrips = [];
  const child = spawn(process.execPath, ['-e', script], {
    env: {
      ...given,
      ...{ PATH: process.env.PATH, TMPDIR: scratch, AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ASSAY_TASK_HEARTBEAT_SECONDS: '1' },
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      ...{ ASSAY_TASK_MEMORY_MB: '2048', ASSAY_TASK_DISK_GB: '200', ASSAY_URL_SUFFIX: 'amazonaws.com' },
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return {
    child,
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal!))),
    outcome: async () => {
      for (;;) {
        const found = await states.send(new DescribeExecutionCommand({ executionArn }));
        if (found.status !== 'RUNNING') return found;
        await setTimeout(50);
      }
    },
  };
}

/** As lib/stack/tasks.ts makes it; test/stack/tasks.test.ts holds that to these names. */
function taskState(cluster: string): object {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken',
    Parameters: {
      ...{ LaunchType: 'FARGATE', Cluster: cluster, TaskDefinition: name },
      Overrides: {
        ContainerOverrides: [
          {
            Name: 'handler',
            Environment: [
              { Name: 'ASSAY_TASK_TOKEN', 'Value.$': '$$.Task.Token' },
              { Name: 'ASSAY_TASK_FUNCTION', Value: functionArn },
              { Name: 'ASSAY_INPUT_drop', 'Value.$': 'States.JsonToString($.drop)' },
              { Name: 'ASSAY_INPUT_mode', 'Value.$': 'States.JsonToString($.mode)' },
            ],
          },
        ],
      },
    },
  };
}

async function environmentOf(cluster: string): Promise<Record<string, string>> {
  for (;;) {
    const { taskArns } = (await ecs('ListTasks', { cluster })) as { taskArns: string[] };
    if (taskArns.length > 0) {
      const { tasks } = (await ecs('DescribeTasks', { cluster, tasks: taskArns })) as unknown as {
        tasks: { overrides: { containerOverrides: { environment: { name: string; value: string }[] }[] } }[];
      };
      const [{ environment }] = tasks[0]!.overrides.containerOverrides as [
        { environment: { name: string; value: string }[] },
      ];
      return Object.fromEntries(environment.map(({ name: variable, value }) => [variable, value]));
    }
    await setTimeout(50);
  }
}

test('a handler has its code, layers, settings and input, and its result is the task’s', async () => {
  const { ended, outcome } = await start('right');
  expect(await ended).toBe(0);
  const { status, output } = await outcome();
  expect(status).toBe('SUCCEEDED');
  expect(JSON.parse(output!)).toEqual({
    ...{ drop: { id: 'd-1', key: 'drops/finance/June “1”.csv' }, functionName: name, layered: 'yes' },
    ...{ bucket: 'the-bucket', memory: '2048', disk: '200' },
    // The token that answers the state machine is not the handler's.
    ofTask: [],
  });
  expect(roundTrips.filter((call) => call.startsWith('SendTask'))).toEqual([
    'SendTaskHeartbeat',
    'SendTaskSuccess',
  ]);
});

test.each([
  ['fault', 'InputError', 'line 7 has no amount'],
  ['exit', 'Runtime.ExitError', "the handler's process ended with code 3"],
  ['killed', 'Runtime.OutOfMemory', "the handler's process ended with SIGKILL"],
  ['much', 'States.DataLimitExceeded', 'the result has 300011 bytes, more than a payload may have'],
])('one that ends by %s fails the task by %s, in Lambda’s words', async (mode, errorType, errorMessage) => {
  const { ended, outcome } = await start(mode);
  expect(await ended).toBe(1);
  const { status, error, cause } = await outcome();
  expect([status, error]).toEqual(['FAILED', errorType]);
  expect(JSON.parse(cause!)).toEqual({ errorType, errorMessage, trace: [] });
});

test('it beats while the handler computes', async () => {
  const { ended, outcome } = await start('busy');
  expect(await ended).toBe(0);
  expect((await outcome()).status).toBe('SUCCEEDED');
  expect(roundTrips.filter((call) => call === 'SendTaskHeartbeat').length).toBeGreaterThanOrEqual(3);
});

test('what ECS stops says so before it ends, and its handler ends with it', async () => {
  const { child, ended, outcome } = await start('endless');
  await until(() => childOf(child) !== null);
  const handler = childOf(child)!;
  child.kill('SIGTERM');
  expect(await ended).toBe(1);
  const { error, cause } = await outcome();
  expect([error, JSON.parse(cause!).errorMessage]).toEqual([
    'Runtime.ExitError',
    'the task was stopped (SIGTERM)',
  ]);
  await until(() => !isThere(handler));
});

test('a task that no one waits for any more ends by itself', async () => {
  const { child, ended, outcome } = await start('endless', 6);
  await until(() => childOf(child) !== null);
  const handler = childOf(child)!;
  expect(await ended).toBe(1);
  expect((await outcome()).status).not.toBe('SUCCEEDED');
  expect(roundTrips.filter((call) => /Success|Failure/.test(call))).toEqual([]);
  await until(() => !isThere(handler));
});

/** The process of the handler. */
function childOf({ pid }: ChildProcess): number | null {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? null : Number(text.split(' ')[0]);
}

/** One that ended and whose parent has not asked how is there no more. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(50);
}
