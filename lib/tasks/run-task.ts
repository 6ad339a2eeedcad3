/**
 * Runs a function's handler as a task of ECS, for what needs more memory, disk or time than a function has. The task definition
 * holds this script, bundled; the image is Node and nothing else. A state machine starts the task with a token and waits:
 *
 *     ASSAY_TASK_TOKEN      the answer goes to it
 *     ASSAY_TASK_FUNCTION   ARN of the function's version: its code, layers and settings are fetched from Lambda, so that the task
 *                           does what the function of that version does
 *     ASSAY_INPUT_<part>    each part of the handler's input, as JSON
 *     ASSAY_TASK_MEMORY_MB, ASSAY_TASK_DISK_GB, ASSAY_TASK_HEARTBEAT_SECONDS
 *
 * The handler runs in a process of its own: whatever becomes of that, this one answers for it, by the names of errors that Lambda
 * has, so that the state machine goes on as after a call.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsCalls, type Environment, RefusedCall } from './aws-calls.ts';
import { unzip } from './unzip.ts';

type Answer =
  | { readonly result: unknown }
  | { readonly error: { readonly errorType: string; readonly errorMessage: string } };

/** Of Step Functions: the output of a task, the name and the words of an error. */
const MAX_OUTPUT_BYTES = 262_144;
const MAX_ERROR = 256;
const MAX_MESSAGE = 16_000;
/** The task is given up: it took too long, or its execution was ended. */
const GIVEN_UP = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];
const TASK = 'ASSAY_TASK_';
const INPUT = 'ASSAY_INPUT_';

/** The process of the handler: what it is to call comes as a message, and so goes what came of it. */
const HANDLER_PROCESS = `process.once('message', async ({ file, name, input, context }) => {
  let answer;
  try {
    answer = { result: (await require(file)[name](input, context)) ?? null };
  } catch (error) {
    answer = { error: { errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) } };
  }
  process.send(answer, () => process.exit(0));
});`;

/** Gives the exit code of the task: 0 where the state machine was answered that it went well. */
export async function runTask(environment: Environment): Promise<number> {
  const calls = new AwsCalls(environment);
  const token = wanted(environment, 'ASSAY_TASK_TOKEN');
  let child: ChildProcess | undefined;
  const stopping = Promise.withResolvers<Answer | null>();
  process.once('SIGTERM', () =>
    stopping.resolve(failure('Runtime.ExitError', 'the task was stopped (SIGTERM)')),
  );
  const beat = async (): Promise<void> => {
    try {
      await calls.states('SendTaskHeartbeat', { taskToken: token });
    } catch (error) {
      if (isGivenUp(error)) stopping.resolve(null);
      else say(`no heartbeat: ${(error as Error).message}`);
    }
  };
  const beating = setInterval(beat, Number(wanted(environment, 'ASSAY_TASK_HEARTBEAT_SECONDS')) * 1000);
  try {
    await beat();
    const working = prepare(environment, calls).then((prepared) => {
      child = prepared.child;
      return prepared.answer;
    });
    const answer = await Promise.race([stopping.promise, working.catch(asFailure)]);
    return answer === null ? 1 : await send(calls, token, answer);
  } finally {
    clearInterval(beating);
    child?.kill('SIGKILL');
  }
}

/** Fetches the function and starts its handler. */
async function prepare(
  environment: Environment,
  calls: AwsCalls,
): Promise<{ readonly child: ChildProcess; readonly answer: Promise<Answer> }> {
  const arn = wanted(environment, 'ASSAY_TASK_FUNCTION');
  const memoryMb = Number(wanted(environment, 'ASSAY_TASK_MEMORY_MB'));
  const { Code, Configuration } = await calls.getFunction(arn);
  const { FunctionName, Version, Handler, Environment: given, Layers = [] } = Configuration;
  const root = join(tmpdir(), 'assay-task');
  const [code, layers] = [join(root, 'code'), join(root, 'layers')];
  mkdirSync(code, { recursive: true });
  unzip(await calls.fetchBytes(Code.Location), code);
  for (const { Arn } of Layers)
    unzip(await calls.fetchBytes((await calls.getLayer(Arn)).Content.Location), layers);
  const [module, name] = Handler.split(/\.(?=[^.]+$)/) as [string, string];
  const context = {
    ...{ functionName: FunctionName, functionVersion: Version, invokedFunctionArn: arn },
    ...{ awsRequestId: `task-${process.pid}`, memoryLimitInMB: String(memoryMb) },
  };
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${Math.floor(memoryMb / 2)}`, '-e', HANDLER_PROCESS],
    {
      cwd: code,
      env: {
        ...ofHandler(environment),
        ...given?.Variables,
        ...{ NODE_PATH: join(layers, 'nodejs', 'node_modules'), LAMBDA_TASK_ROOT: code },
        ...{ AWS_LAMBDA_FUNCTION_NAME: FunctionName, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) },
        ASSAY_DISK_GB: wanted(environment, 'ASSAY_TASK_DISK_GB'),
        // There is no segment of X-Ray to add to.
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const answer = answerOf(child);
  child.send({ file: join(code, `${module}.js`), name, input: inputOf(environment), context });
  return { child, answer };
}

/** Without what this process alone is to have, such as the token that answers for the handler. */
function ofHandler(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith(TASK) && !name.startsWith(INPUT)),
  );
}

function inputOf(environment: Environment): Record<string, unknown> {
  const parts = Object.entries(environment).filter(([name]) => name.startsWith(INPUT));
  return Object.fromEntries(parts.map(([name, text]) => [name.slice(INPUT.length), JSON.parse(text!)]));
}

function answerOf(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as Answer));
    child.once('error', (error) => resolve(asFailure(error)));
    child.once('exit', (code, signal) => {
      // Whom the kernel or V8 ends for want of memory, it ends by these.
      const isOutOfMemory = signal === 'SIGKILL' || signal === 'SIGABRT' || code === 134;
      const how = signal === null ? `code ${code}` : signal;
      const error = isOutOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
      resolve(failure(error, `the handler's process ended with ${how}`));
    });
  });
}

async function send(calls: AwsCalls, taskToken: string, answer: Answer): Promise<number> {
  if ('error' in answer) return fail(calls, taskToken, answer.error);
  const output = JSON.stringify(answer.result);
  const bytes = Buffer.byteLength(output);
  if (bytes > MAX_OUTPUT_BYTES) {
    const errorMessage = `the result has ${bytes} bytes, more than a payload may have`;
    return fail(calls, taskToken, { errorType: 'States.DataLimitExceeded', errorMessage });
  }
  await calls.states('SendTaskSuccess', { taskToken, output });
  return 0;
}

async function fail(
  calls: AwsCalls,
  taskToken: string,
  { errorType, errorMessage }: { readonly errorType: string; readonly errorMessage: string },
): Promise<number> {
  const error = errorType.slice(0, MAX_ERROR);
  // As Lambda words it.
  const cause = JSON.stringify({ errorType, errorMessage: errorMessage.slice(0, MAX_MESSAGE), trace: [] });
  await calls.states('SendTaskFailure', { taskToken, error, cause });
  return 1;
}

function failure(errorType: string, errorMessage: string): Answer {
  return { error: { errorType, errorMessage } };
}

function asFailure(error: Error): Answer {
  return failure(error.name, error.message);
}

function isGivenUp(error: unknown): boolean {
  return error instanceof RefusedCall && GIVEN_UP.includes(error.type);
}

function wanted(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`${name}: expected a value, found none`);
  return value;
}

function say(message: string): void {
  process.stderr.write(`${JSON.stringify({ level: 'WARN', message })}\n`);
}
