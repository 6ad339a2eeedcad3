/** Sizes of the attributes of real flags: the finance sample is scored, and its flags are made into the items that are stored. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagKeys } from '../../lib/aws/flag-keys.ts';
import { runCommandLine } from '../../lib/cli/program.ts';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { flagItem } from '../../lib/decisions/flag-item.ts';
import { entitySql, recordJsonSql, timeTextSql } from '../../lib/drops/flag-items.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { root } from '../places.ts';
import { type AttributeBytes, attributeBytes } from './flag-units.ts';

const FLAGS = 40;
const sample = (name: string): string => join(root, 'samples', 'finance', name);

export async function measureFlags(): Promise<AttributeBytes[]> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-cost-'));
  try {
    const run = join(folder, 'run');
    const files = ['--data', sample('new.csv'), '--history', sample('labelled.csv.gz')];
    const code = await runCommandLine(['score', '--domain', 'finance', ...files, '--out', run]);
    if (code !== 0) throw new Error(`assay score ended with ${code}`);
    return await sizesOf(run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sizesOf(run: string): Promise<AttributeBytes[]> {
  const pack = await loadPack('finance');
  const records = join(run, 'records.parquet');
  const lines = (await readFile(join(run, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
  const session = await Session.open({ threads: 1, memoryLimitMb: 512 });
  try {
    const id = pack.record.id;
    const rows = await session.rows<{
      id: string;
      entity: string | null;
      time: string | null;
      record: string;
    }>(
      `SELECT CAST("${id}" AS VARCHAR) AS id, ${entitySql(pack)} AS entity, ${timeTextSql(pack)} AS time,
              ${recordJsonSql(pack)} AS record FROM read_parquet(${quoteText(records)})`,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return lines.slice(0, FLAGS).map((line) => {
      const explanation = JSON.parse(line) as Explanation;
      const { entity, time, record } = byId.get(explanation.record_id)!;
      const item = flagItem({
        ...{ explanation, domain: 'finance', drop: `d-${'0'.repeat(20)}`, entity, time },
        record: JSON.parse(record) as Record<string, unknown>,
        flaggedAt: '2026-11-22T00:00:00.000Z',
      });
      return attributeBytes({ ...item, ...flagKeys(item) });
    });
  } finally {
    await session.close();
  }
}
