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
  const running = join(tmp, left.slice(tmp.length + 1).replace(/\d+-[^-]+$/, `${process.pid}-abc`));
  const other = join(tmp, 'assay-of-someone-else');
  for (const folder of [running, other]) mkdirSync(folder);
  run(`
    import { sweepTemporaryFolders } from ${JSON.stringify(module)};
    sweepTemporaryFolders({ now: Date.now(), startedAt: Date.now() - process.uptime() * 1000, unseenAfter: 60_000 });`);
  expect([left, running, other].map((folder) => existsSync(folder))).toEqual([false, true, true]);
});

test('a process that has the number of a killed one sweeps what that left, and keeps its own', () => {
  const found = run(`
    import { existsSync, mkdirSync } from 'node:fs';
    import { sweepTemporaryFolders, temporaryFolder } from ${JSON.stringify(module)};
    const before = (await temporaryFolder('session')) + 'left';
    mkdirSync(before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const own = await temporaryFolder('session');
    sweepTemporaryFolders({ now: Date.now(), startedAt, unseenAfter: 60_000 });
    process.stdout.write([existsSync(before), existsSync(own)].join());`);
  expect(found).toBe('false,true');
});

test('a process that cannot be seen from here keeps its folder until none of its kind can be running', () => {
  const unseen = join(tmp, 'assay-session-s1-999999-abc');
  mkdirSync(unseen);
  const sweep = (unseenAfter: number) =>
    run(`
      import { sweepTemporaryFolders } from ${JSON.stringify(module)};
      sweepTemporaryFolders({ now: Date.now(), startedAt: Date.now(), unseenAfter: ${unseenAfter} });`);
  sweep(60_000);
  expect(existsSync(unseen)).toBe(true);
  sweep(-60_000);
  expect(existsSync(unseen)).toBe(false);
});
