import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entityKey, flagKeys, queueKey } from '../../lib/aws/flag-keys.ts';
import { type FlagPage, type FlagQuery, FlagTable } from '../../lib/aws/flag-table.ts';
import type { FlagItem, FlagSummary } from '../../lib/decisions/flag-item.ts';
import type { Severity } from '../../lib/packs/pack.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const client = localDocuments();
let table: string;
let flags: FlagTable;
const LEVELS: readonly (Severity | null)[] = [null, 'low', 'medium', 'high', 'critical'];

const all: FlagItem[] = Array.from({ length: 300 }, (_, n) =>
  flagOf(n, {
    domain: n % 3 === 0 ? 'pharma' : 'finance',
    drop: `d-${String(n % 4).padStart(20, '0')}`,
    severity: LEVELS[(n * 7) % 5]!,
    entity: n % 11 === 0 ? null : `A${n % 7}`,
    // Many flags share a score: ties are what a page's end must not fall between.
    score: 0.5 + (n % 9) / 20,
  }),
);

beforeAll(async () => {
  table = await makeTable('Flags');
  flags = new FlagTable(client, table);
  await flags.putFlags(all.filter((_, n) => n % 2 === 0));
  // The others as an earlier version stored them: each key a partition of its own.
  for (const flag of all.filter((_, n) => n % 2 === 1)) await client.send(putEarlier(flag));
  await flags.putFlags(all);
});
afterAll(() => dropTable(table));

function putEarlier(flag: FlagItem): PutCommand {
  const { drop: _drop, queue: _queue, entity_key: _entity, ...keys } = flagKeys(flag);
  const { domain, status, severityRank, entity } = flag;
  return new PutCommand({
    TableName: table,
    Item: {
      ...{ ...flag, ...keys, queue: queueKey(domain, status, severityRank) },
      ...(entity !== null && { entity_key: entityKey(domain, entity) }),
    },
  });
}

/** What a list must be, the naive way. */
function naive(wanted: (flag: FlagItem) => boolean): string[] {
  const urgent = (a: FlagItem, b: FlagItem) =>
    b.severityRank - a.severityRank || b.score - a.score || (a.flag < b.flag ? 1 : -1);
  return all
    .filter(wanted)
    .toSorted(urgent)
    .map((flag) => flag.flag);
}

async function listAll(
  query: FlagQuery,
): Promise<{ ids: string[]; pages: FlagPage[]; items: FlagSummary[] }> {
  const pages: FlagPage[] = [];
  let before: string | undefined;
  do {
    const page = await flags.query({ ...query, ...(before !== undefined && { before }) });
    pages.push(page);
    before = page.next ?? undefined;
  } while (before !== undefined);
  const items = pages.flatMap((page) => page.items);
  return { ids: items.map((flag) => flag.flag), pages, items };
}

describe('putFlags', () => {
  it('counts flags that were there already as seen, and leaves them as they were', async () => {
    const again = { ...all[0]!, score: 0.99, drop: 'd-other' };
    const counts = await flags.putFlags([again, flagOf(9_999, { domain: 'other' })]);
    expect(counts).toEqual({ new: 1, seen: 1 });
    expect(await flags.get(all[0]!.flag)).toEqual(all[0]);
  });

  it('never writes over what an officer said', async () => {
    const flag = flagOf(10_000, { domain: 'other' });
    await flags.putFlags([flag]);
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { flag: flag.flag, item: 'flag' },
        UpdateExpression: 'SET #status = :status, version = :version',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'true_positive', ':version': 2 },
      }),
    );
    await flags.putFlags([flag]);
    expect(await flags.get(flag.flag)).toEqual({ ...flag, status: 'true_positive', version: 2 });
  });

  it('keeps a flag whose record is too large for an item, without the record', async () => {
    const flag = flagOf(10_001, { domain: 'other', record: { note: 'x'.repeat(500_000) } });
    await flags.putFlags([flag]);
    expect(await flags.get(flag.flag)).toEqual({ ...flag, record: null });
  });

  it('finds a flag by an entity too long for a key', async () => {
    const entity = 'é'.repeat(1_500);
    const flag = flagOf(10_002, { domain: 'other', entity });
    await flags.putFlags([flag]);
    const page = await flags.query({ scope: ['other'], entity, limit: 10 });
    expect(page.items.map((one) => one.flag)).toEqual([flag.flag]);
  });

  it('gives null for an id that is not there', async () => {
    expect(await flags.get('0'.repeat(32))).toBeNull();
  });
});

describe('query', () => {
  it('lists by severityRank, then score, over domains and statuses, each flag once', async () => {
    const { ids } = await listAll({ scope: 'all', limit: 37 });
    const known = new Set(all.map((flag) => flag.flag));
    expect(ids.filter((id) => known.has(id))).toEqual(naive(() => true));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows the summary of a flag as it was stored, and none of the keys', async () => {
    const { items } = await listAll({ scope: ['pharma'], limit: 100 });
    const { explanation, record, base, pack, ...summary } = all.find((one) => one.flag === items[0]!.flag)!;
    expect(items[0]).toEqual(summary);
    const byEntity = await listAll({ scope: ['finance'], entity: 'A3', limit: 100 });
    const {
      explanation: _,
      record: __,
      base: ___,
      pack: ____,
      ...other
    } = all.find((one) => one.flag === byEntity.items[0]!.flag)!;
    expect(byEntity.items[0]).toEqual(other);
  });

  it('equals the naive filter and order, whatever the filter and the size of a page', async () => {
    const filters = fc.record(
      {
        domain: fc.constantFrom('finance', 'pharma'),
        status: fc.constantFrom('open' as const, 'true_positive' as const),
        minScore: fc.constantFrom(0, 0.55, 0.6, 0.75),
        maxScore: fc.constantFrom(0.5, 0.7, 0.85, 1),
        severity: fc.constantFrom('none' as const, 'low' as const, 'high' as const, 'critical' as const),
        from: fc.constantFrom('2026-01-01T01:00:00Z', '2026-01-01T04:00:00+01:00'),
        to: fc.constantFrom('2026-01-01T03:00:00Z', '2026-01-01T04:30:00Z'),
        entity: fc.constantFrom('A1', 'A5', 'no one'),
        drop: fc.constantFrom('d-00000000000000000002', 'd-99999999999999999999'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 60 }), async (filter, limit) => {
        const { domain, ...others } = filter;
        const { ids } = await listAll({ ...others, scope: domain === undefined ? 'all' : [domain], limit });
        const known = new Set(all.map((flag) => flag.flag));
        const expected = naive(
          (flag) =>
            (filter.domain ?? flag.domain) === flag.domain &&
            (filter.status ?? flag.status) === flag.status &&
            flag.score >= (filter.minScore ?? 0) &&
            flag.score <= (filter.maxScore ?? 1) &&
            (filter.severity === undefined || (flag.severity ?? 'none') === filter.severity) &&
            (filter.from === undefined || Date.parse(flag.time!) >= Date.parse(filter.from)) &&
            (filter.to === undefined || Date.parse(flag.time!) <= Date.parse(filter.to)) &&
            (filter.entity ?? flag.entity) === flag.entity &&
            (filter.drop ?? flag.drop) === flag.drop,
        );
        expect(ids.filter((id) => known.has(id))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('reads little more than it shows, however many streams it merges', async () => {
    const page = await flags.query({ scope: 'all', limit: 100 });
    expect(page.items).toHaveLength(100);
    expect(page.cost.evaluated).toBeLessThan(200);
    expect(page.cost.units).toBeGreaterThan(0);
  });
});
