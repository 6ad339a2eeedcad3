/**
 * Makes a dataset that never changes again of the records of earlier drops and what was said of them: `records.parquet`, every
 * record once, with its label as of a moment; `weights.json`, how much those count that were reviewed by chance; and `dataset.json`,
 * which says what it was made of.
 *
 * A record that was delivered again is there as it was delivered last. A record that came only as history (the past of others)
 * stays history. Labels that came with the records count least: resolveLabels ranks the others.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api';
import { copyToParquet, parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, Session } from '../engine/session.ts';
import { type ColumnTypes, createTable, fillTable, type Table } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { RecordColumns, Records } from '../intake/records.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { labelColumnSql, labelValueSql } from '../packs/label-values.ts';
import { WORKING_COLUMNS } from '../packs/own-columns.ts';
import type { Pack } from '../packs/pack.ts';
import {
  type LabelClaim,
  type LabelConflict,
  type ResolvedLabels,
  resolveLabels,
} from '../reviews/resolve-labels.ts';
import { labelOf } from '../training/training-rows.ts';
import {
  type DatasetCounts,
  type DatasetObject,
  type DatasetVersion,
  datasetVersionOf,
} from './dataset-version.ts';
import { packColumnsSql } from './load-records.ts';
import type { Machine } from './training-plan.ts';
import { FILES, writeWorkJson } from './work-files.ts';

/** The records of one drop, as a file of the columns seq, file, line, history, record_id, record_hash and the pack's. */
export interface DropRecords {
  readonly path: string;
  readonly key: string;
  readonly versionId: string;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly rejected: number;
}

export interface SnapshotOptions extends Machine {
  readonly folder: string;
  readonly pack: Pack;
  readonly drops: readonly DropRecords[];
  /** Of reviews and labels files; labels in drops are found there. */
  readonly claims: Iterable<LabelClaim>;
  /** ISO 8601: drops received and labels known later are left out. */
  readonly asOf: string;
}

const MAX_CONFLICTS = 100;

const PLACE = quoteIdentifier(WORKING_COLUMNS.place);
const WEIGHT = quoteIdentifier(WORKING_COLUMNS.weight);
const SOURCE = quoteIdentifier(WORKING_COLUMNS.source);

/** The label (1, 0 or NULL) of a table's records as SQL. */
type LabelIn = (table: 'dataset' | 'g') => string;

export async function snapshotDataset(options: SnapshotOptions): Promise<DatasetVersion> {
  const { folder, pack, asOf, progress } = options;
  const column = quoteIdentifier(labelOf(pack));
  const labelIn: LabelIn = (table) => `(${labelValueSql(pack, `${table}.${column}`)})::INTEGER`;
  const drops = options.drops
    .filter(({ receivedAt }) => Date.parse(receivedAt) <= Date.parse(asOf))
    .toSorted((a, b) => Date.parse(a.receivedAt) - Date.parse(b.receivedAt) || (a.key < b.key ? -1 : 1));
  if (drops.length === 0) throw new InputError(`domain ${pack.domain}: no drop was received by ${asOf}`);
  await mkdir(folder, { recursive: true });
  progress.stage('taking the snapshot');
  const resolved = resolveLabels(options.claims, asOf);
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const { gathered, delivered } = await gatherRecords(session, pack, drops);
    const said = await writeResolved(session, resolved);
    const dataset = await joinLabels(gathered, said, pack, labelIn);
    const path = join(folder, FILES.records);
    const own = `SELECT * EXCLUDE (${WEIGHT}, ${SOURCE}) FROM ${dataset} ORDER BY seq`;
    await copyToParquet(session, own, path);
    await writeWeights(dataset, folder);
    const objects = await Promise.all(drops.map(describeObject));
    const content = await hashContent(dataset, labelIn);
    const tables = { gathered, said, dataset };
    const withDrops = await conflictsWithDrops(tables, labelIn, resolved, drops);
    const version = {
      format: 'assay-dataset/1' as const,
      version: datasetVersionOf({ domain: pack.domain, objects, content, packHash: pack.hash }),
      domain: pack.domain,
      pack: { version: pack.version, hash: pack.hash, source: pack.source },
      asOf,
      objects,
      counts: await countDataset(tables, labelIn, { delivered, resolved, drops }),
      labelSources: await countSources(dataset),
      content,
      conflicts: [...resolved.conflicts, ...withDrops].slice(0, MAX_CONFLICTS),
    };
    await writeWorkJson(folder, FILES.dataset, version);
    return version;
  } finally {
    await session.close();
  }
}

/** What reviews or labels files say: a row a record; its label is missing where it is inconclusive. */
type SaidLabels = Table<{
  readonly record_id: string;
  readonly label: number | null;
  readonly chance: number;
  readonly source: string;
}>;

interface SnapshotTables {
  /** Each record once, in the order of the drops. */
  readonly gathered: Records;
  readonly said: SaidLabels;
  /** The records with their labels, where each label is from, and how many records it stands for. */
  readonly dataset: Records;
}

interface GatheredRecords {
  readonly gathered: Records;
  /** How many records the drops delivered. */
  readonly delivered: number;
}

async function gatherRecords(
  session: Session,
  pack: Pack,
  drops: readonly DropRecords[],
): Promise<GatheredRecords> {
  const selects = [];
  for (const [at, { path }] of drops.entries()) {
    const columns = await packColumnsSql(session, pack, path, true);
    selects.push(
      `SELECT ${at} AS file, seq AS ${PLACE}, line, history, record_id, record_hash, ${columns} FROM ${parquetSql([path])}`,
    );
  }
  const all = await createTable<RecordColumns>(session, 'delivered', selects.join(' UNION ALL '));
  const gathered: Records = await createTable(
    session,
    'gathered',
    `SELECT row_number() OVER (ORDER BY file, ${PLACE}) - 1 AS seq, * EXCLUDE (${PLACE})
     FROM (SELECT * FROM ${all}
       QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY history, file DESC, ${PLACE} DESC) = 1)`,
  );
  return { gathered, delivered: await all.count('NOT history') };
}

async function writeResolved(
  session: Session,
  { labels, inconclusive }: ResolvedLabels,
): Promise<SaidLabels> {
  const rows = [...labels.values()];
  const unsure = [...inconclusive];
  const types: ColumnTypes = [
    ['record_id', VARCHAR],
    ['label', INTEGER],
    ['chance', DOUBLE],
    ['source', VARCHAR],
  ];
  return fillTable(session, 'said', types, [
    [...rows.map(({ recordId }) => recordId), ...unsure],
    [...rows.map(({ label }) => label), ...unsure.map(() => null)],
    [...rows.map(({ chance }) => chance), ...unsure.map(() => 1)],
    [...rows.map(({ source }) => source), ...unsure.map(() => 'review')],
  ]);
}

async function joinLabels(
  gathered: Records,
  said: SaidLabels,
  pack: Pack,
  labelIn: LabelIn,
): Promise<Records> {
  const label = labelOf(pack);
  const column = quoteIdentifier(label);
  const type = sqlTypeOf(pack.columns.find(({ name }) => name === label)!.type);
  return createTable(
    gathered.session,
    'dataset',
    `SELECT g.* REPLACE (
       CASE WHEN s.record_id IS NULL THEN g.${column} ELSE CAST(${labelColumnSql(pack, 's.label')} AS ${type}) END AS ${column}),
       CASE WHEN s.label IS NOT NULL AND ${labelIn('g')} IS NULL THEN 1 / s.chance ELSE 1 END AS ${WEIGHT},
       CASE WHEN s.record_id IS NOT NULL THEN CASE WHEN s.label IS NOT NULL THEN s.source END
            WHEN ${labelIn('g')} IS NOT NULL THEN 'drop' END AS ${SOURCE}
     FROM ${gathered} g LEFT JOIN ${said} s ON s.record_id = g.record_id ORDER BY g.seq`,
  );
}

async function writeWeights(dataset: Records, folder: string): Promise<void> {
  const rows = await dataset.session.rows<{ seq: number; weight: number }>(
    `SELECT seq::DOUBLE AS seq, ${WEIGHT} AS weight FROM ${dataset} WHERE ${WEIGHT} <> 1 ORDER BY seq`,
  );
  await writeWorkJson(
    folder,
    FILES.weights,
    rows.map(({ seq, weight }) => [seq, weight]),
  );
}

async function describeObject({ path, key, versionId }: DropRecords): Promise<DatasetObject> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { key, versionId, sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}

async function hashContent(dataset: Records, labelIn: LabelIn): Promise<string> {
  const hash = createHash('sha256');
  const sql = `SELECT record_hash || ',' || history || ',' || coalesce(${labelIn('dataset')}::VARCHAR, '') || ',' || ${WEIGHT}
    FROM ${dataset} AS dataset ORDER BY seq`;
  for await (const chunk of dataset.session.chunks(sql))
    hash.update(`${chunk.getColumnValues(0).join('\n')}\n`);
  return hash.digest('hex');
}

/** Records of which a drop says one thing, and a review or a labels file another. */
async function conflictsWithDrops(
  { gathered, said }: SnapshotTables,
  labelIn: LabelIn,
  { labels }: ResolvedLabels,
  drops: readonly DropRecords[],
): Promise<LabelConflict[]> {
  const rows = await gathered.session.rows<{ record_id: string; was: number; file: number }>(
    `SELECT g.record_id, ${labelIn('g')} AS was, g.file
     FROM ${gathered} g JOIN ${said} s USING (record_id)
     WHERE ${labelIn('g')} IS NOT NULL AND ${labelIn('g')} IS DISTINCT FROM s.label ORDER BY g.record_id LIMIT ${MAX_CONFLICTS}`,
  );
  return rows.map(({ record_id: recordId, was, file }) => {
    const drop = drops[file]!;
    const claimed = labels.get(recordId);
    const stronger: LabelClaim = {
      recordId,
      label: claimed?.label ?? null,
      source: claimed?.source ?? 'review',
      at: claimed?.at ?? drop.receivedAt,
      by: null,
      from: claimed?.from ?? '',
    };
    const delivered: LabelClaim = {
      recordId,
      label: was === 1 ? 1 : 0,
      source: 'drop',
      at: drop.receivedAt,
      by: null,
      from: drop.key,
    };
    return { recordId, claims: [stronger, delivered] };
  });
}

async function countSources(dataset: Records): Promise<DatasetVersion['labelSources']> {
  const rows = await dataset.session.rows<{ source: 'review' | 'labels_file' | 'drop'; n: number }>(
    `SELECT ${SOURCE} AS source, count(*)::INTEGER AS n FROM ${dataset}
     WHERE ${SOURCE} IS NOT NULL AND NOT history GROUP BY 1`,
  );
  const counts = { review: 0, labels_file: 0, drop: 0 };
  for (const { source, n } of rows) counts[source] = n;
  return counts;
}

interface Known {
  readonly delivered: number;
  readonly resolved: ResolvedLabels;
  readonly drops: readonly DropRecords[];
}

async function countDataset(
  { gathered, said, dataset }: SnapshotTables,
  labelIn: LabelIn,
  known: Known,
): Promise<DatasetCounts> {
  const { contradicted, ...counted } = await dataset.session.row<{
    records: number;
    history: number;
    labelled: number;
    positives: number;
    weighted: number;
    unmatched: number;
    contradicted: number;
  }>(
    `SELECT count(*) FILTER (NOT history)::INTEGER AS records, count(*) FILTER (history)::INTEGER AS history,
       count(${labelIn('dataset')}) FILTER (NOT history)::INTEGER AS labelled,
       count(*) FILTER (${labelIn('dataset')} = 1 AND NOT history)::INTEGER AS positives,
       count(*) FILTER (${WEIGHT} <> 1 AND NOT history)::INTEGER AS weighted,
       (SELECT count(*) FROM ${gathered} g JOIN ${said} s USING (record_id)
         WHERE ${labelIn('g')} IS NOT NULL AND ${labelIn('g')} IS DISTINCT FROM s.label)::INTEGER AS contradicted,
       (SELECT count(*) FROM ${said} ANTI JOIN ${dataset} USING (record_id))::INTEGER AS unmatched
     FROM ${dataset} AS dataset`,
  );
  return {
    ...counted,
    superseded: known.delivered - counted.records,
    rejected: known.drops.reduce((sum, { rejected }) => sum + rejected, 0),
    inconclusive: known.resolved.inconclusive.size,
    conflicts: known.resolved.conflicts.length + contradicted,
  };
}
