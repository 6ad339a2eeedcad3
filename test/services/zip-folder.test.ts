/** A folder as a ZIP file, opened by another's program. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zipFolder } from '../../lib/services/zip-folder.ts';
import { unzip } from '../helpers/unzip.ts';

const files: Readonly<Record<string, Buffer>> = {
  'dossier.json': Buffer.from('{}\n'.repeat(5_000)),
  'logs/d-1/audit.jsonl': Buffer.from('a line\n'),
  'empty.csv': Buffer.alloc(0),
  'Zürich 東京.txt': Buffer.from([0, 255, 10, 13, 80, 75, 3, 4]),
};

it('holds every file of the folder under its name, and is the same bytes again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-zip-'));
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(folder, 'in', 'logs/d-1'), { recursive: true });
    await writeFile(join(folder, 'in', name), bytes);
  }
  const [zip, again] = [join(folder, 'a.zip'), join(folder, 'b.zip')];
  const bytes = await zipFolder(join(folder, 'in'), zip);
  await zipFolder(join(folder, 'in'), again);
  const made = await readFile(zip);
  expect([made.byteLength, made.equals(await readFile(again))]).toEqual([bytes, true]);
  expect(bytes).toBeLessThan(2_000);
  expect(new Map([...unzip(made)].toSorted())).toEqual(new Map(Object.entries(files).toSorted()));
  if (spawnSync('python3', ['--version']).status === 0) expectPython(folder, zip);
  await rm(folder, { recursive: true });
});

it('overwrites nothing that is at its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-zip-'));
  await mkdir(join(folder, 'in'));
  await writeFile(join(folder, 'in', 'records.csv'), 'id\n');
  await writeFile(join(folder, 'a.zip'), 'mine');
  await expect(zipFolder(join(folder, 'in'), join(folder, 'a.zip'))).rejects.toThrow('EEXIST');
  expect(await readFile(join(folder, 'a.zip'), 'utf8')).toBe('mine');
  await rm(folder, { recursive: true });
});

function expectPython(folder: string, zip: string): void {
  const test = spawnSync('python3', ['-m', 'zipfile', '-t', zip], { encoding: 'utf8' });
  expect([test.status, test.stdout.trim()]).toEqual([0, 'Done testing']);
  expect(spawnSync('python3', ['-m', 'zipfile', '-e', zip, join(folder, 'out')]).status).toBe(0);
  for (const [name, expected] of Object.entries(files))
    expect([name, readFileSync(join(folder, 'out', name))]).toEqual([name, expected]);
}
