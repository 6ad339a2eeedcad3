import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { deliveredColumns } from '../../lib/packs/pack.ts';
import { makeShippedSample } from '../../samples/generators/shipped-samples.ts';

describe.each(['finance', 'pharma'] as const)('the shipped %s sample', (domain) => {
  const folder = new URL(`../../samples/${domain}/`, import.meta.url);
  const labelledFile = new URL('labelled.csv.gz', folder);
  const newFile = new URL('new.csv', folder);

  it('is what samples/generate.ts makes, byte for byte', async () => {
    const made = makeShippedSample(domain);
    expect(gunzipSync(await readFile(labelledFile)).toString() === made.labelled).toBe(true);
    expect((await readFile(newFile, 'utf8')) === made.fresh).toBe(true);
  });

  it('is small enough for a repository', async () => {
    expect((await readFile(labelledFile)).length).toBeLessThan(1_500_000);
  });

  it('has exactly the columns of the shipped pack, in its order', async () => {
    const pack = await loadPack(domain);
    const [header] = (await readFile(newFile, 'utf8')).split('\n', 1);
    expect(header!.split(',').sort()).toEqual(
      deliveredColumns(pack)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('has a pack in which DuckDB finds nothing wrong', async () => {
    await expect(checkPack(await loadPack(domain), domain)).resolves.toBeUndefined();
  });

  it('is accepted whole where labelled; of the new file eight rows are rejected, each for its own reason', async () => {
    const session = await Session.open({ threads: 1 });
    try {
      const pack = await loadPack(domain);
      const files = [{ path: fileURLToPath(newFile) }, { path: fileURLToPath(labelledFile), history: true }];
      const result = await readRecords(session, pack, files);
      expect(result).toMatchObject({ received: 2001, accepted: 1993, rejected: 8 });
      expect(result.history.accepted).toBe(result.history.received);
      const reasons = await session.rows(`SELECT DISTINCT reason FROM ${result.rejects}`);
      expect(reasons).toHaveLength(8);
      const entity = `"${pack.record.entity}"`;
      const time = `"${pack.record.time}"`;
      const order = await session.row<{ follows: boolean; known: number }>(`SELECT
        min(${time}) FILTER (WHERE NOT history) >= max(${time}) FILTER (WHERE history) AS follows,
        avg((${entity} IN (SELECT ${entity} FROM ${result.records} WHERE history))::INTEGER) FILTER (WHERE NOT history) AS known
        FROM ${result.records}`);
      expect(order.follows).toBe(true);
      // Batches end, accounts stay: of either some of the new records continue what the labelled ones began.
      expect(order.known).toBeGreaterThan(domain === 'finance' ? 0.95 : 0.03);
    } finally {
      await session.close();
    }
  });
});
