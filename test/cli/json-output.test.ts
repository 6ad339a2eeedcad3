/** What --json prints, held to docs/json.md: anyone who reads it with a program relies on the keys. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAssayHere } from '../helpers/command-line.ts';
import { makeOrders, shopPack, writeOrders } from '../helpers/shop.ts';

let folder: string;
let documented: ReadonlyMap<string, readonly string[]>;
const here = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-json-'));
  const page = await readFile('docs/json.md', 'utf8');
  const [, table = ''] = /## On files\n([\s\S]*?)\n## /.exec(page) ?? [];
  documented = new Map(
    [...table.matchAll(/^\| `([a-z -]+)` \| (.*) \|$/gm)].map(([, command, keys]) => [
      command!,
      [...keys!.split(';')[0]!.matchAll(/`(\$?\w+)`/g)].map(([, key]) => key!),
    ]),
  );
  await writeFile(here('shop.yaml'), shopPack.source);
  await writeOrders(folder, 'labelled.csv', makeOrders(400, 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function keysOf(...argv: string[]): Promise<string[]> {
  const ran = await runAssayHere(...argv, '--json');
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stdout.endsWith('\n') && !ran.stdout.trimEnd().includes('\n')).toBe(true);
  return Object.keys(JSON.parse(ran.stdout) as object).sort();
}

test('every command on files prints the keys that docs/json.md names', async () => {
  const domain = ['--domain', here('shop.yaml')];
  const data = ['--data', here('labelled.csv')];
  const found = new Map<string, string[]>();
  const run = async (command: string, ...argv: string[]) =>
    found.set(command, await keysOf(...command.split(' '), ...argv));
  await run('train', ...domain, ...data, '--out', here('model'), '--quiet');
  await run('score', ...domain, '--model', here('model'), ...data, '--out', here('run'), '--quiet');
  const [id] = (await readFile(here('labelled.csv'), 'utf8')).split('\n')[1]!.split(',');
  await run('explain', '--run', here('run'), '--record', id!);
  await run('verify', here('run/audit.jsonl'));
  await run('keys generate', '--name', 'example.org/assay', '--out', here('log.key'));
  await run('replay', '--run', here('run'), '--record', id!);
  await run('evidence');
  await run('bom', here('model'));
  await runAssayHere('keys', 'generate', '--for', 'model', '--out', here('model.key'));
  await run('model sign', here('model'), '--sign-key', here('model.key'));
  await run('model verify', here('model'), '--model-key', here('model.key.pub'));
  await run('features', ...domain, ...data, '--out', here('features.parquet'), '--quiet');
  await run('domain check', here('shop.yaml'));
  await run('domain init', ...data, '--out', here('guessed.yaml'));
  await run('explore', here('labelled.csv'));
  await run('subject', 'any', '--run', here('run'), '--out', here('subject'), '--quiet');
  const keys = ['--subject-keys', here('keys')];
  await run('subject-keys create', ...domain, '--out', here('keys'), '--no-retention', '--by', 'me');
  await run('subject-keys retention', ...keys, '--no-retention', '--by', 'me');
  await run('hold add', ...keys, '--subject', 'anyone', '--basis', 'order', '--by', 'me');
  await run('hold list', ...keys);
  await run('hold release', 'h1', ...keys, '--reason', 'over', '--by', 'me');
  await run('erase', ...keys, '--subject', 'anyone', '--basis', 'request', '--by', 'me');
  await run('report', '--run', here('run'));
  const sorted = new Map([...documented].map(([command, keys]) => [command, [...keys].sort()]));
  expect(found).toEqual(sorted);
});

test('an error is one line of JSON on stderr', async () => {
  const ran = await runAssayHere(
    'score',
    '--domain',
    'nowhere',
    '--data',
    'x',
    '--out',
    here('none'),
    '--json',
  );
  expect(ran.code).toBe(1);
  expect(Object.keys(JSON.parse(ran.stderr) as object)).toEqual(['error']);
});
