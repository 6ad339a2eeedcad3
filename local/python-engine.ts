/** MiniStack in a virtual environment under `.assay/`, bound to loopback; its functions run on the Node that runs this. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { places, root } from '../operations/places.ts';
import { run, withOwnNode } from '../operations/run.ts';
import { settings } from './engine-settings.ts';

const REQUIREMENTS = join(root, 'local', 'requirements.txt');
const INTERPRETERS = ['python3', 'python'];
const AT_LEAST = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

export interface PythonEngine {
  /** It leads a process group, its functions among it. */
  readonly pid: number;
  /** Functions are unpacked here, a copy for each. */
  readonly temporary: string;
}

/** Throws where Python is missing or too old, or its packages cannot be had. */
export async function startInPython(port: number, tell: (stage: string) => void): Promise<PythonEngine> {
  if (process.platform !== 'linux') {
    throw new Error(
      `the functions’ native libraries are for Linux, and this is ${process.platform}: start Docker`,
    );
  }
  await install(tell);
  tell('starting MiniStack');
  // Not below this project, whose packages the functions would find beside their layer's.
  const temporary = mkdtempSync(join(tmpdir(), 'assay-engine-'));
  const log = openSync(places.engineLog, 'w');
  const child = spawn(
    join(places.python, 'bin', 'python'),
    ['-m', 'hypercorn', 'ministack.app:app', '--bind', `127.0.0.1:${port}`, '--keep-alive', '75'],
    {
      cwd: places.folder,
      env: withOwnNode({ ...plain(), ...settings(port), TMPDIR: temporary }),
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error('its process could not be started');
  return { pid: child.pid, temporary };
}

/** A process id that another process has by now is left alone. */
export function stopInPython({ pid, temporary }: PythonEngine): void {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync(file) && readFileSync(file, 'utf8').includes('ministack.app')) process.kill(-pid, 'SIGTERM');
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Once for each state of the requirements. */
async function install(tell: (stage: string) => void): Promise<void> {
  const stamp = join(places.python, 'requirements.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const python = await findPython();
  tell('installing MiniStack');
  rmSync(places.python, { recursive: true, force: true });
  await run(python, ['-m', 'venv', places.python]);
  await run(join(places.python, 'bin', 'python'), [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS],
  ]);
  writeFileSync(stamp, wanted);
}

async function findPython(): Promise<string> {
  for (const name of INTERPRETERS) {
    const found = await run(name, ['-c', AT_LEAST]).then(
      () => true,
      () => false,
    );
    if (found) return name;
  }
  throw new Error('no Python from 3.10 on is on the PATH');
}

/** Without the AWS settings of whoever starts it: the emulator would hand them to the functions. */
function plain(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}
