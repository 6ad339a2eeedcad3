/**
 * Something that speaks AWS, on this machine: the endpoint that AWS_ENDPOINT_URL names, else MiniStack in Docker, else
 * MiniStack in a Python environment of the project's own. Out comes how to reach it, or why there is none.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { places } from '../operations/places.ts';
import { startInDocker, stopInDocker } from './docker-engine.ts';
import { type PythonEngine, startInPython, stopInPython } from './python-engine.ts';

export interface Engine {
  readonly kind: 'given' | 'docker' | 'python';
  /** By number and not by name: the SDK then puts a bucket's name in the path, which needs no DNS. */
  readonly url: string;
  /** The process, or the container's name; null where it is not ours to end. */
  readonly handle: PythonEngine | string | null;
}

/** Why nothing that speaks AWS can be had here. */
export class NoEngine extends Error {
  override readonly name = 'NoEngine';
}

const FIRST_PORT = 4566;
const READY_WITHIN_MS = 60_000;

/** `functionsPort`: where functions of an engine that is started in Python reach it, through something that listens there. */
export async function findEngine(report: (stage: string) => void, functionsPort?: number): Promise<Engine> {
  mkdirSync(places.folder, { recursive: true });
  const given = process.env.AWS_ENDPOINT_URL;
  if (given !== undefined && given !== '') {
    if (await answers(given)) return { kind: 'given', url: given, handle: null };
    throw new Error(
      `AWS_ENDPOINT_URL is ${given}, and nothing answers there: start it, or unset the variable`,
    );
  }
  return (await standing()) ?? (await start(report, functionsPort));
}

/** Ends the engine that `findEngine` started; null where there is none. */
export async function stopEngine(): Promise<Engine | null> {
  const engine = readEngine();
  if (engine === null) return null;
  if (typeof engine.handle === 'string') await stopInDocker(engine.handle);
  else if (engine.handle !== null) stopInPython(engine.handle);
  rmSync(places.engine);
  return engine;
}

async function standing(): Promise<Engine | null> {
  const engine = readEngine();
  return engine !== null && (await answers(engine.url)) ? engine : null;
}

async function start(report: (stage: string) => void, functionsPort?: number): Promise<Engine> {
  const port = await freePort();
  const reasons: string[] = [];
  for (const [name, begin] of [
    ['Docker', startInDocker],
    ['Python', startInPython],
  ] as const) {
    try {
      const handle = await begin(port, report, functionsPort);
      const engine: Engine = {
        kind: name === 'Docker' ? 'docker' : 'python',
        url: `http://127.0.0.1:${port}`,
        handle,
      };
      writeFileSync(places.engine, JSON.stringify(engine));
      await ready(engine);
      return engine;
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message}`);
      await stopEngine();
    }
  }
  throw new NoEngine(reasons.join('\n'));
}

async function ready(engine: Engine): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await answers(engine.url))) {
    if (Date.now() > until)
      throw new Error(`no answer at ${engine.url} within ${READY_WITHIN_MS / 1000} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}

/** The usual port, or the next one that no one holds. */
async function freePort(): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + 100; port++) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    if (await promise) return port;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + 99}`);
}

function readEngine(): Engine | null {
  if (!existsSync(places.engine)) return null;
  return JSON.parse(readFileSync(places.engine, 'utf8')) as Engine;
}
