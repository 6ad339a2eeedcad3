import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const ASSAY = join(import.meta.dirname, '../../bin/assay.ts');
let folder: string;
let temporary: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interrupts-'));
  temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const rows = Array.from(
    { length: 400_000 },
    (_, n) => `T${n},2025-10-01 09:00:00,A${n % 999},card,${n % 977}.50,0`,
  );
  await writeFile(join(folder, 'large.csv'), `tx_id,booked,account,kind,amount,fraud\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function train(): ChildProcess {
  const pack = join(import.meta.dirname, '../fixtures/cases/field/tx.yaml');
  const args = [
    'train',
    '--domain',
    pack,
    '--data',
    join(folder, 'large.csv'),
    '--out',
    join(folder, 'model'),
  ];
  const env = { ...process.env, TMPDIR: temporary };
  return spawn(process.execPath, [ASSAY, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Until it reads records into its temporary folder. */
async function atWork(child: ChildProcess): Promise<void> {
  await vi.waitFor(
    async () => {
      const [own] = await readdir(temporary);
      expect(await readdir(join(temporary, own!))).toContain('session.duckdb');
    },
    { timeout: 50_000, interval: 20 },
  );
  expect(child.exitCode).toBeNull();
}

describe('a command that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: leaves no temporary file, and ends by the signal',
    async (signal) => {
      const child = train();
      await atWork(child);
      child.kill(signal);
      const [, by] = await once(child, 'exit');
      expect(by).toBe(signal);
      expect(await readdir(temporary)).toEqual([]);
    },
  );

  test('what one that was killed left is swept by the next', async () => {
    const child = train();
    await atWork(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readdir(temporary)).toHaveLength(1);
    const next = spawn(process.execPath, [ASSAY, '--version'], {
      env: { ...process.env, TMPDIR: temporary },
    });
    await once(next, 'exit');
    expect(await readdir(temporary)).toEqual([]);
  });
});
