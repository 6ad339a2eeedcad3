/** Drops of a domain whose records are erasable: what is stored of them, in one go and in parts. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDrop, RefusedDrop, sealName } from '../../lib/drops/erasable-drop.ts';
import { type Fault, orFault } from '../../lib/drops/fault.ts';
import { parquetSql } from '../../lib/engine/parquet.ts';
import { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import { loadModel } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { DropBench, type FinishedDrop } from '../helpers/drop-bench.ts';
import { MemoryKeys } from '../helpers/memory-keys.ts';
import { findReadable } from '../privacy/readable-bytes.ts';

const inParts = { wholeBytes: 1_000, rowsPerPartition: 150, bytesPerRange: 30_000 };
const header = financeHeader.split(',');
const at = (line: string, name: string) => line.split(',')[header.indexOf(name)]!;
const withValue = (line: string, name: string, value: string) =>
  line
    .split(',')
    .map((cell, n) => (n === header.indexOf(name) ? value : cell))
    .join(',');

let folder: string;
let bench: DropBench;
let past: string;
let fresh: string;
let lines: string[];
/** Whose records are looked for: its id, name and record ids in the new file. */
let own: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-erasable-'));
  const options = { records: 560, seed: 11, start: '2026-01-05', days: 40 };
  const plain = [...generateFinance(options)]
    .map((line) => toText(line, true))
    .filter((line) => line.split(',').length === header.length && !line.includes('"'));
  const [one, two] = [plain.slice(0, 220), plain.slice(220)];
  const first = two[0]!;
  const subject = at(first, 'account_id');
  const mine = two.filter((line) => at(line, 'account_id') === subject);
  own = [
    subject,
    ...new Set(mine.flatMap((line) => [at(line, 'customer_name'), at(line, 'transaction_id')])),
  ];
  const other = two.find((line) => at(line, 'account_id') !== subject)!;
  // A record id that comes again as that of another account, and an amount that is a name.
  const again = withValue(other, 'transaction_id', at(first, 'transaction_id'));
  const bad = withValue(withValue(first, 'amount', own[1]!), 'transaction_id', 'T-BAD-1');
  own.push('T-BAD-1');
  lines = [...two, again, bad];
  past = join(folder, 'past.csv');
  fresh = join(folder, `${subject}.csv`);
  await writeFile(past, `${financeHeader}\n${one.join('\n')}\n`);
  await writeFile(fresh, `${financeHeader}\n${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  bench = await DropBench.open(await loadModel(await championFolder('finance')));
  await bench.deps.rates.save('finance', makeRates('2025-12-29', 80), 'rates.csv');
  bench.keys = new MemoryKeys('finance');
  return () => bench.close();
});

const records = async (drop: FinishedDrop) => {
  const session = await Session.open();
  try {
    const { id } = drop.plan.drop;
    const path = join(bench.folder, 'data', 'records', 'finance', id, 'records.parquet');
    return await session.rows<Record<string, unknown>>(`SELECT * FROM ${parquetSql([path])} ORDER BY seq`);
  } finally {
    await session.close();
  }
};

const RESULTS = ['explanations.jsonl', 'flagged_risks.csv', 'rule_hits.csv', 'rejects.csv', 'report.json'];

test('in one go and in parts a drop leaves the same, and decides as one in the clear', async () => {
  const left = [];
  for (const [pastCut, freshCut] of [
    [{}, {}],
    [inParts, inParts],
  ]) {
    bench.history.length = 0;
    await bench.drop(past, pastCut);
    const drop = await bench.drop(fresh, freshCut);
    expect(drop.plan.partitions > 1 && drop.plan.ranges.length > 1).toBe(freshCut === inParts);
    expect(drop.outcome.summary).toMatchObject({ received: lines.length, rejected: 2 });
    expect(drop.outcome.entry).toMatchObject({ sealed: true });
    const results = await Promise.all(RESULTS.map((name) => drop.result(name)));
    left.push({ results, records: await records(drop) });
  }
  expect(left[1]).toEqual(left[0]);
  const scoresOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { score: number }).score)
      .sort();
  bench.keys = null;
  bench.history.length = 0;
  await bench.drop(past);
  const clear = await bench.drop(fresh);
  expect(scoresOf(left[0]!.results[0]!)).toEqual(scoresOf(await clear.result('explanations.jsonl')));
});

test.each([{}, inParts])('nothing that a drop leaves names its subjects (%o)', async (cut) => {
  const stores = [join(bench.folder, 'data'), join(bench.folder, 'audit')];
  const keys = bench.keys;
  bench.keys = null;
  await bench.drop(past, cut);
  await bench.drop(fresh, cut);
  const readable = await findReadable(stores, own);
  expect(new Set(readable.map(({ text }) => text))).toEqual(new Set(own));
  await bench.close();
  bench = await DropBench.open(await loadModel(await championFolder('finance')));
  await bench.deps.rates.save('finance', makeRates('2025-12-29', 80), 'rates.csv');
  bench.keys = keys;
  await bench.drop(past, cut);
  const drop = await bench.drop(fresh, cut);
  expect(await findReadable([join(bench.folder, 'data'), join(bench.folder, 'audit')], own)).toEqual([]);
  const cipher = new SubjectCipher((await keys!.find([own[0]!])).get(own[0]!)!);
  const mine = (await records(drop)).filter((row) => row.account_id === cipher.pseudonym);
  const opened = mine.map(({ sealed, record_id }) => cipher.open(String(sealed), String(record_id))!);
  expect(opened.length).toBeGreaterThan(0);
  for (const text of opened) expect(own).toContain((JSON.parse(text) as string[])[0]);
});

test('a record that a later drop delivers for another subject is the newer version of the same', async () => {
  await bench.drop(fresh);
  const moved = join(folder, 'moved.csv');
  const other = lines.find((line) => at(line, 'account_id') !== own[0])!;
  const line = withValue(lines[0]!, 'account_id', at(other, 'account_id'));
  await writeFile(moved, `${financeHeader}\n${line}\n`);
  for (const cut of [{}, { ...inParts, wholeBytes: 1 }]) {
    const drop = await bench.drop(moved, cut);
    expect(drop.outcome.entry.stale).toBeGreaterThan(0);
  }
});

test('a domain is erasable from its first record or not at all', async () => {
  const keys = bench.keys;
  bench.keys = null;
  await bench.drop(past);
  bench.keys = keys;
  await expect(bench.drop(fresh)).rejects.toThrow(/stored in the clear/);
  bench.history.length = 0;
  await bench.drop(past);
  bench.keys = null;
  await expect(bench.drop(fresh)).rejects.toThrow(/does not name it any more/);
});

test('a file cannot be found any more once the key of its drop is destroyed', async () => {
  const drop = await bench.drop(fresh);
  const keys = bench.keys as MemoryKeys;
  const log = await readFile(
    join(bench.folder, 'audit', 'finance', drop.plan.drop.id, 'audit.jsonl'),
    'utf8',
  );
  expect(log).toContain(keys.hashName(`${own[0]}.csv`));
  keys.destroyDropKey(drop.plan.drop.id);
  await expect(bench.run(drop.plan)).rejects.toThrow(InputError);
});

test('what goes wrong with a file is said by its kind and line; its words are sealed', async () => {
  const keys = bench.keys!;
  const key = 'drops/finance/mueller.csv';
  const facts = {
    domain: 'finance',
    bucket: 'drops',
    version: 'v',
    bytes: 1,
    receivedAt: '2026-01-01T00:00:00Z',
  };
  const drop = await sealName({ id: 'd-9', key, ...facts }, bench.deps);
  expect(JSON.stringify(drop)).not.toContain('mueller');
  expect(await sealName(drop, bench.deps)).toEqual(drop);
  const words = 'line 3: "Bauer Kiosk" is no number';
  const of = { drop, keysOf: bench.deps.keysOf };
  const answer = (await orFault(() => Promise.reject(new InputError(words)), of)) as Fault;
  expect(answer.fault).toMatchObject({
    Error: 'InputError',
    Cause: expect.stringMatching(/InputError, line 3/),
  });
  expect(JSON.stringify(answer)).not.toContain('Bauer');
  const sealed = { id: 'd-9', sealedKey: drop.sealedKey!, sealedWords: answer.fault.Sealed! };
  expect(await openDrop(keys, sealed)).toEqual({ key, words });
  const thrown = orFault(() => Promise.reject(new RangeError(`no ${key}`)), of);
  await expect(thrown).rejects.toMatchObject({
    name: 'RangeError',
    message: expect.not.stringContaining(key),
  });
  // How the stack is set is no secret, and a drop in the clear says what it says.
  const refused = new RefusedDrop('erasure.domains does not name it');
  expect(await orFault(() => Promise.reject(refused), of)).toMatchObject({
    fault: { Cause: refused.message },
  });
  const clear = { drop: { id: 'd-9', key, ...facts }, keysOf: bench.deps.keysOf };
  const said = await orFault(() => Promise.reject(new InputError(words)), clear);
  expect(said).toEqual({ fault: { Error: 'InputError', Cause: words } });
  (keys as MemoryKeys).destroyDropKey('d-9');
  expect(await openDrop(keys, sealed)).toEqual({ key: null, words: null });
});
