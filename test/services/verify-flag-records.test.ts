/** The records that flags show, as a real drop left them, against the file that it sealed. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEntry } from '../../lib/audit/audit-entry.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { linksOf } from '../../lib/decisions/flag-links.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { InputError } from '../../lib/errors.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { type RecordSources, verifyFlagRecords } from '../../lib/services/verify-flag-records.ts';
import { DropBench, publishedOf } from '../helpers/drop-bench.ts';
import { makeOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let bench: DropBench;
let model: Model;
let drop: DropRef;
let flags: FlagItem[];
let records: string;
/** As the log of the drop has it. */
let sealed: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-flag-records-'));
  model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  bench = await DropBench.open({ ...model, threshold: 0.1 });
  const fresh = await writeOrders(folder, 'fresh.csv', makeOrders(60, 2));
  const done = await bench.drop(fresh);
  ({ drop } = done.plan);
  ({ flags } = await publishedOf(bench.deps.data, drop, ['flags/0/0']));
  records = join(bench.folder, 'data', 'records', drop.domain, drop.id, 'records.parquet');
  const log = (await bench.audit.readText(`${dropKeys(drop).audit}/audit.jsonl`))!;
  const { files } = parseEntry(log.trimEnd().split('\n').at(-1)!).entry!.data as {
    files: Record<string, string>;
  };
  sealed = files['records.parquet']!;
  await rm(folder, { recursive: true });
}, 120_000);
afterAll(() => bench.close());

async function verify(stored: readonly FlagItem[], more: Partial<RecordSources> = {}) {
  const sources: RecordSources = {
    flags: { getAll: async (ids) => stored.filter(({ flag }) => ids.includes(flag)) },
    ...{ data: bench.deps.data, packOf: async () => model.pack },
    ...more,
  };
  const found = await verifyFlagRecords(
    sources,
    drop.domain,
    new Map([[drop.id, { ids: stored.map(({ flag }) => flag), sealed }]]),
  );
  return found.map(({ where, kind, message }) => `${where}: ${kind}: ${message}`);
}

describe('the records of flags', () => {
  test('are those that the drop sealed, whatever their types', async () => {
    expect(flags.length).toBeGreaterThan(3);
    expect(await verify(flags)).toEqual([]);
    // Beside an explanation of this size the record is too large for an item.
    expect(await verify([{ ...flags[0]!, record: null, explanation: 'x'.repeat(359_990) }])).toEqual([]);
  });

  test('are named where a record, or its links, were taken out of the table', async () => {
    const [one] = flags as [FlagItem];
    const out = `flag ${one.flag}: mismatch: its record was taken out of the table`;
    expect(await verify([{ ...one, record: null }])).toEqual([out]);
    expect(await verify([{ ...one, record: null, explanation: null }])).toEqual([out]);
    // Columns of windows are links where they are not the entity.
    const pack: Pack = { ...model.pack, record: { ...model.pack.record, entity: null } };
    const packOf = async () => pack;
    const linked = { ...one, entity: null, links: linksOf(pack, JSON.parse(one.record!)) };
    const { links: _, ...without } = linked;
    expect(linked.links.length).toBeGreaterThan(0);
    expect(await verify([linked], { packOf })).toEqual([]);
    expect(await verify([without], { packOf })).toEqual([
      `flag ${one.flag}: mismatch: its links in the table is not that of records.parquet`,
    ]);
  });

  test('are named where one value, the entity, the time or a link was changed, and no value is quoted', async () => {
    const [one] = flags as [FlagItem];
    const record = JSON.parse(one.record!) as Record<string, unknown>;
    for (const [name, value] of Object.entries(record)) {
      const other = typeof value === 'number' ? value + 1 : 'secret';
      const [found, ...more] = await verify([
        { ...one, record: JSON.stringify({ ...record, [name]: other }) },
      ]);
      expect(found).toBe(
        `flag ${one.flag}: mismatch: its record in the table is not that of records.parquet`,
      );
      expect(more).toEqual([]);
    }
    const changes = {
      ...{ entity: 'secret', time: '2020-01-01T00:00:00.000Z', record: '{', record_id: 'secret-id' },
      links: [{ column: 'customer', value: 'secret' }],
    };
    for (const [name, value] of Object.entries(changes)) {
      const found = await verify([{ ...one, [name]: value }]);
      expect([name, found.length]).toEqual([name, 1]);
      expect(found[0]).toMatch(/: mismatch: /);
    }
  });

  test('are no witness where the file is gone, is another one than the log says, or its model is not there', async () => {
    const gone = async (): Promise<never> => {
      throw new InputError('there is no such model');
    };
    expect(await verify(flags.slice(0, 1), { packOf: gone })).toEqual([
      `flag ${flags[0]!.flag}: missing: its model ${flags[0]!.model} cannot be read: there is no such model`,
    ]);
    const bytes = await readFile(records);
    await writeFile(records, Buffer.concat([bytes, Buffer.from(' ')]));
    expect(await verify(flags)).toEqual([
      expect.stringMatching(/^drop d-0: mismatch: the sha256 of records/),
    ]);
    await rm(records);
    expect(await verify(flags)).toEqual([expect.stringMatching(/^drop d-0: missing: there is no records\//)]);
    await writeFile(records, bytes);
    expect(await verify(flags)).toEqual([]);
  });
});
