/** Other programs, run to their end: what they wrote comes back, or an error that says what failed and where to read on. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { root } from './places.ts';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Appended to; without it the output is kept for the error alone. */
  readonly log?: string;
  readonly timeoutMs?: number;
}

/** The Node that runs this comes first: the functions of a local AWS run on it too. */
export const withOwnNode = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...env,
  PATH: [dirname(process.execPath), env.PATH ?? ''].join(delimiter),
});

export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: root,
    env: withOwnNode(options.env ?? process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
  });
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: 'a' });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written += text;
      log?.write(text);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  try {
    const code = await promise;
    if (code === 0) return written;
  } catch (cause) {
    throw new Error(`${command} could not be run: ${(cause as Error).message}`, { cause });
  } finally {
    log?.end();
  }
  const where = options.log === undefined ? '' : ` (all of it: ${options.log})`;
  throw new Error(`${[command, ...args].join(' ')} failed${where}:\n${lastLines(written)}`);
}

const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-12).join('\n');
