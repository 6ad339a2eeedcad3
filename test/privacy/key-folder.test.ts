import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readActsFolder } from '../../lib/audit/acts-folder.ts';
import { verifyActs } from '../../lib/audit/verify-acts.ts';
import { eraseSubject, finishErasure, monthsAfter } from '../../lib/privacy/erase-subject.ts';
import { KeyActs } from '../../lib/privacy/key-acts.ts';
import { createKeyFolder, type KeyFolder, withKeyFolder } from '../../lib/privacy/key-folder.ts';
import { Random } from '../../samples/generators/random.ts';
import { findReadable } from './readable-bytes.ts';

let path: string;
let random: (count: number) => Uint8Array;
const span = { from: '2025-05-01', to: '2025-05-03' };
const now = '2026-11-28T12:00:00.000Z';
const clock = () => new Date(now);

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'assay-keys-')), 'keys');
  const source = new Random(1, 0);
  random = (count) => Buffer.from(Array.from({ length: count }, () => source.integer(0, 255)));
  await createKeyFolder(path, { domain: 'shop', columns: [] }, random);
});
afterEach(() => rm(join(path, '..'), { recursive: true, force: true }));

const at = <Result>(work: (keys: KeyFolder) => Promise<Result>) => withKeyFolder(path, random, work);
const take = (...ids: string[]) => at((keys) => keys.take(new Map(ids.map((id) => [id, span]))));

describe('keys of subjects', () => {
  test('stay those of a subject, whatever its id holds, and its span grows', async () => {
    const ids = ['A', 'a b', '"\n', 'ä\u{1f600}', ''];
    const first = await take(...ids);
    expect([...first.keys()]).toEqual(expect.arrayContaining(ids));
    const later = { from: '2025-04-01', to: '2025-05-02' };
    const again = await at((keys) => keys.take(new Map([['A', later]])));
    expect(again.get('A')).toEqual({ ...first.get('A'), span: { from: '2025-04-01', to: '2025-05-03' } });
    const found = await at((keys) => keys.find([...ids, 'B']));
    expect([...found.keys()].toSorted()).toEqual(ids.toSorted());
    const pseudonyms = [...first.values()].map(({ pseudonym }) => pseudonym);
    expect(new Set(pseudonyms).size).toBe(ids.length);
    const byPseudonym = await at((keys) => keys.findByPseudonym(pseudonyms));
    expect([...byPseudonym.values()].map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  test('are readable by their owner alone', async () => {
    await take('A');
    for (const name of await readdir(path, { recursive: true }))
      expect((await stat(join(path, name))).mode & 0o077).toBe(0);
  });

  test('are made by one process at a time; a lock that a killed one left is taken over', async () => {
    await at(async () => {
      await expect(take('A')).rejects.toThrow(`process ${process.pid} works with these keys`);
    });
    await writeFile(join(path, 'lock'), '999999999\n');
    expect((await take('A')).size).toBe(1);
    // Of a process that has not written its number yet.
    await writeFile(join(path, 'lock'), '');
    await expect(take('A')).rejects.toThrow('lock: names no process');
  });

  test('are not made where there are others, nor read where a row is damaged', async () => {
    const again = createKeyFolder(path, { domain: 'shop', columns: [] }, random);
    await expect(again).rejects.toThrow('is not empty');
    await take('A');
    const [file] = await readdir(join(path, 'keys'));
    const rows = join(path, 'keys', file!);
    await writeFile(rows, (await readFile(rows, 'utf8')).replace(' s_', ' s-'));
    await expect(at((keys) => keys.find(['A']))).rejects.toThrow('a line is no row of a key');
    await expect(withKeyFolder(join(path, 'none'), random, async () => {})).rejects.toThrow(
      'subject-keys create',
    );
  });
});

describe('an erasure', () => {
  const opened = <Result>(work: (keys: KeyFolder, acts: KeyActs) => Promise<Result>) =>
    at(async (keys) => {
      const acts = await KeyActs.open(join(path, 'acts'), clock);
      await finishErasure(keys, acts);
      return await work(keys, acts);
    });
  const request = { subject: 'A', basis: 'request 7', by: 'B', now };
  const set = { event: 'retention_set', actor: 'B', subject: 'domain shop', at: now } as const;
  const noDuty = { ...set, data: { months: null, basis: 'no law' } };
  beforeEach(() => opened((_, acts) => acts.append(noDuty)));

  test('that is ended midway is ended by the next who opens the keys, and is one act', async () => {
    await take('A', 'C');
    await opened(async (keys, acts) => {
      keys.destroy = async () => {
        throw new Error('killed');
      };
      await expect(eraseSubject(keys, acts, request)).rejects.toThrow('killed');
    });
    await opened(async (keys, acts) => {
      expect([...(await keys.find(['A', 'C'])).keys()]).toEqual(['C']);
      expect(acts.entries.map(({ event }) => event)).toEqual(['retention_set', 'erased']);
    });
    expect(await readdir(path)).not.toContain('erasing');
  });

  test('destroys the key of lines that belong to no readable subject too', async () => {
    await take('A');
    const before = await at((keys) => keys.takeRejectsKey());
    await opened((keys, acts) => eraseSubject(keys, acts, request));
    expect((await at((keys) => keys.takeRejectsKey())).key).not.toEqual(before.key);
  });

  test('of a log of acts that was cut or changed is refused: a hold may be what is gone', async () => {
    await take('A');
    const hold = { hold: 'h1', kind: 'period', basis: 'order' };
    const act = { event: 'hold_added', actor: 'B', subject: 'domain shop', at: now, data: hold } as const;
    await opened(async (_, acts) => {
      await acts.append(act);
      await acts.append(act);
    });
    const log = join(path, 'acts', '000000000000.jsonl');
    const lines = await readFile(log, 'utf8');
    await writeFile(log, `${lines.split('\n')[0]}\n`);
    await expect(opened(async () => {})).rejects.toThrow('it seals 3 entries; up to here there are 1');
    await writeFile(log, lines.replace('"order"', '"other"'));
    await expect(opened(async () => {})).rejects.toThrow('000000000000.jsonl line 2: ');
    await writeFile(log, lines);
    await rm(join(path, 'acts', '000000000000.seal.json'));
    await expect(opened(async () => {})).rejects.toThrow('seals 0 of 3 acts');
  });

  test('is refused where the log does not say how long records must be kept', async () => {
    await take('A');
    await rm(join(path, 'acts'), { recursive: true });
    await mkdir(join(path, 'acts'));
    expect(await opened((keys, acts) => eraseSubject(keys, acts, request))).toMatchObject({
      erased: false,
      because: [expect.stringContaining('does not say how long')],
    });
  });

  test('leaves no key in the draft of a process that was ended while it wrote', async () => {
    const key = (await take('A')).get('A')!.key;
    const [file] = await readdir(join(path, 'keys'));
    await cp(join(path, 'keys', file!), join(path, 'keys', `${file}.draft`));
    await opened((keys, acts) => eraseSubject(keys, acts, request));
    const text = Buffer.from(key).toString('base64');
    expect(await findReadable([path], ['"A"', text])).toEqual([]);
  });

  test('is done by an act that was written and not yet sealed, which the next one seals', async () => {
    const seal = join(path, 'acts', '000000000000.seal.json');
    const before = await readFile(seal);
    await opened((_, acts) => acts.append({ ...set, data: { months: 1, basis: 'law' } }));
    await writeFile(seal, before);
    await opened(async (_, { entries }) => expect(entries.at(-1)?.data.basis).toBe('law'));
    const log = await readActsFolder(join(path, 'acts'));
    expect(await verifyActs(log)).toMatchObject({ entries: 2, sealed: 2, problems: [] });
  });

  test.each([
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2025-11-30', 3, '2026-02-28'],
    ['2025-05-06', 60, '2030-05-06'],
  ])('%s and %d months is %s', (day, months, expected) => {
    expect(monthsAfter(day, months)).toBe(expected);
  });
});
