import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const tmp = mkdtempSync(join(tmpdir(), 'sweep-'));
afterAll(() => rmSync(tmp, { recursive: true, force: true }));
const module = new URL('../../lib/engine/temporary-folder.ts', import.meta.url).pathname;

/** A process with a temporary folder of its own that this test can look into; what it prints. */
function run(script: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, TMPDIR: tmp },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

test('what a killed process left is swept by the next, and nothing of one that runs', () => {
  const left = run(`
    import { temporaryFolder } from ${JSON.stringify(module)};
    process.stdout.write(await temporaryFolder('session'));`);
  writeFileSync(join(left, 'session.duckdb'), 'spilled');
  const running = join(tmp, `assay-work-${process.pid}-abc`);
  const other = join(tmp, 'assay-of-someone-else');
  for (const folder of [running, other]) mkdirSync(folder);
  run(`
    import { sweepTemporaryFolders } from ${JSON.stringify(module)};
    sweepTemporaryFolders(Date.now() - process.uptime() * 1000);`);
  expect([left, running, other].map((folder) => existsSync(folder))).toEqual([false, true, true]);
});

test('a process that has the number of a killed one sweeps what that left, and keeps its own', () => {
  const found = run(`
    import { existsSync, mkdirSync } from 'node:fs';
    import { sweepTemporaryFolders, temporaryFolder } from ${JSON.stringify(module)};
    const before = ${JSON.stringify(tmp)} + '/assay-session-' + process.pid + '-left';
    mkdirSync(before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const own = await temporaryFolder('session');
    sweepTemporaryFolders(startedAt);
    process.stdout.write([existsSync(before), existsSync(own)].join());`);
  expect(found).toBe('false,true');
});
