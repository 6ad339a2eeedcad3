/** A virtual environment of Python of the project's own, with the packages of a requirements file and no others. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../operations/run.ts';

const INTERPRETERS = ['python3', 'python'];
const AT_LEAST = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

/** Made once for each state of the requirements. Throws where Python is missing or too old, or packages cannot be had. */
export async function pythonEnvironment(
  folder: string,
  requirements: string,
  onInstall: () => void,
): Promise<void> {
  const stamp = join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const python = await findPython();
  onInstall();
  rmSync(folder, { recursive: true, force: true });
  await run(python, ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'python'), [
    // Most modules of a package are never loaded; Python compiles those that are.
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'],
    ...['-r', requirements],
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
