import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSecretKey, readVerifierKeys } from '../../lib/cli/key-files.ts';
import { formatVerifierKey } from '../../lib/tlog/note-key.ts';
import { runAssayHere } from '../helpers/command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-keys-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const generate = (out: string, ...more: string[]) =>
  runAssayHere('keys', 'generate', '--name', 'example.org/assay', '--out', out, ...more);

test('a new key can be read by its owner alone, and its public part is the one printed', async () => {
  const file = join(folder, 'log.key');
  const ran = await generate(file);
  expect(ran.code, ran.stderr).toBe(0);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { key } = await readSecretKey(file);
  expect(ran.stdout).toContain(formatVerifierKey(key));
  for (const given of [`${file}.pub`, formatVerifierKey(key)])
    expect((await readVerifierKeys([given]))[0]!.keyId).toBe(key.keyId);
});

test('two keys are never the same', async () => {
  for (const name of ['a', 'b']) await generate(join(folder, name));
  expect(await readFile(join(folder, 'a'), 'utf8')).not.toBe(await readFile(join(folder, 'b'), 'utf8'));
});

test('a key that is there is not overwritten', async () => {
  const file = join(folder, 'taken.key');
  await writeFile(file, 'precious');
  const ran = await generate(file);
  expect([ran.code, await readFile(file, 'utf8')]).toEqual([1, 'precious']);
  expect(ran.stderr).toContain('is there already, and is not overwritten');
});

test.each([
  ['log', 'ed25519'],
  ['witness', 'cosignature-ed25519'],
  ['witness-ml-dsa-44', 'cosignature-ml-dsa-44'],
])('a key for a %s is of the kind %s', async (use, kind) => {
  const file = join(folder, `${use}.key`);
  await generate(file, '--for', use);
  expect((await readSecretKey(file)).key.kind).toBe(kind);
});

test('a run is not signed by the key of a witness, nor by a public one', async () => {
  const file = join(folder, 'w.key');
  await generate(file, '--for', 'witness');
  const score = (key: string) =>
    runAssayHere(
      'score',
      '--domain',
      'finance',
      '--data',
      'x.csv',
      '--out',
      join(folder, 'run'),
      '--sign-key',
      key,
    );
  expect((await score(file)).stderr).toContain('is the key of a witness (cosignature-ed25519)');
  expect((await score(`${file}.pub`)).stderr).toContain('is not a secret key');
  expect((await score(join(folder, 'none'))).stderr).toContain('cannot be read (ENOENT)');
});
