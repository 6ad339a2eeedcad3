/** MiniStack as a container, its port on loopback only; its functions run in AWS's own Lambda images beside it. */

import { run } from '../operations/run.ts';
import { settings, VERSION } from './engine-settings.ts';

const NAME = 'assay-ministack';
const QUICKLY_MS = 5000;

/** The container's name. Throws where no Docker engine answers, or the image cannot be had. */
export async function startInDocker(port: number, report: (stage: string) => void): Promise<string> {
  await run('docker', ['info'], { timeoutMs: QUICKLY_MS }).catch(() => {
    throw new Error('no engine answers');
  });
  report('starting MiniStack in Docker');
  await stopInDocker(NAME);
  const environment = { ...settings(port), LAMBDA_EXECUTOR: 'docker' };
  await run('docker', [
    ...['run', '--detach', '--rm', '--name', NAME, '--publish', `127.0.0.1:${port}:${port}`],
    ...['--volume', '/var/run/docker.sock:/var/run/docker.sock'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    `ministackorg/ministack:${VERSION}`,
  ]);
  return NAME;
}

export async function stopInDocker(name: string): Promise<void> {
  // Where there is none, there is nothing to end.
  await run('docker', ['rm', '--force', name]).catch(() => {});
}
