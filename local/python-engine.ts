/** MiniStack in a virtual environment under `.assay/`, bound to loopback; its functions run on the Node that runs this. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { places, root } from '../operations/places.ts';
import { withOwnNode } from '../operations/run.ts';
import { settings } from './engine-settings.ts';
import { pythonEnvironment } from './python-environment.ts';

const REQUIREMENTS = join(root, 'local', 'requirements.txt');

export interface PythonEngine {
  /** It leads a process group, its functions among it. */
  readonly pid: number;
  /** Functions are unpacked here, a copy for each. */
  readonly temporary: string;
}

/** Throws where Python is missing or too old, or its packages cannot be had. `functionsPort`: where the functions reach it. */
export async function startInPython(
  port: number,
  report: (stage: string) => void,
  functionsPort = port,
): Promise<PythonEngine> {
  if (process.platform !== 'linux') {
    throw new Error(
      `the functions’ native libraries are for Linux, and this is ${process.platform}: start Docker`,
    );
  }
  await pythonEnvironment(places.python, REQUIREMENTS, () => report('installing MiniStack'));
  report('starting MiniStack');
  // Not below this project, whose packages the functions would find beside their layer's.
  const temporary = mkdtempSync(join(tmpdir(), 'assay-engine-'));
  const log = openSync(places.engineLog, 'w');
  const child = spawn(
    join(places.python, 'bin', 'python'),
    ['-m', 'hypercorn', 'ministack.app:app', '--bind', `127.0.0.1:${port}`, '--keep-alive', '75'],
    {
      cwd: places.folder,
      env: withOwnNode({ ...plain(), ...settings(functionsPort), TMPDIR: temporary }),
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

/** Without the AWS settings of the one who starts it: the emulator would hand them to the functions. */
function plain(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}
