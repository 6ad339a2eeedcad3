/**
 * The table `records` of a drop, or of a partition of it, put together from what its ranges wrote and from its history: as intake
 * makes it of files, but that `seq` is the line. Records of the past come before the first: −1, −2, ….
 */
import type { Pack } from '../domain/pack.ts';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { sqlType } from '../intake/typing-sql.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { type HistoryEntry, overlapping } from './history.ts';
import { partitionSql } from './partition-sql.ts';
import { fetchAll, type StageTools } from './stage.ts';

/** Which records: those of a partition by a key (null: by their id), or all. */
export interface RecordSelection {
  readonly key: readonly string[] | null;
  /** Null: all. */
  readonly partition: number | null;
}

/** `records` with the drop's own; the repeats of the drop are left in the table `repeats`. */
export async function loadOwnRecords(
  tools: StageTools,
  session: Session,
  pack: Pack,
  plan: DropPlan,
  { key, partition }: RecordSelection,
): Promise<void> {
  const keys = dropKeys(plan.drop);
  const copy = copyOf(plan.keys, key);
  const partitions = partition === null ? plan.flow.partitions : [partition];
  const rows = partitions.flatMap((part) => plan.ranges.map((_, range) => keys.rows(copy ?? 0, part, range)));
  const paths = await fetchAll(session, tools.data, 'own', rows);
  await loadLists(tools, session, plan);
  const columns = pack.columns.map(({ name }) => quoteIdentifier(name));
  await session.run(
    `CREATE OR REPLACE TEMP TABLE records AS
     SELECT own.line AS seq, 0::INTEGER AS file, own.line AS line, false AS history,
       coalesce(repeats.new_id, own.record_id) AS record_id, record_hash, ${columns.join(', ')}
     FROM ${parquet(paths)} AS own LEFT JOIN repeats ON repeats.line = own.line
     WHERE repeats.line IS NULL OR repeats.new_id IS NOT NULL ORDER BY own.line`,
  );
}

/** Of a plan, what says which past it saw. */
export type PlannedPast = Pick<DropPlan, 'history' | 'partitions'>;

/** Adds to `records` what the windows may see of earlier drops; what is out of date among it stands in the table `stale`. */
export async function loadHistory(
  tools: Pick<StageTools, 'data'>,
  session: Session,
  pack: Pack,
  plan: PlannedPast,
  { key, partition }: RecordSelection,
): Promise<void> {
  // Without windows there is no past to see.
  if (pack.windows.length === 0) return;
  let before = 0;
  for (const [at, entry] of plan.history.entries()) {
    const paths = await fetchAll(session, tools.data, `past-${at}`, pastKeys(plan, entry, key, partition));
    const repeats = await repeatsOf(tools, session, entry, at);
    const isHere = partition === null ? 'true' : `${partitionSql(pack, key, plan.partitions)} = ${partition}`;
    await session.run(
      `INSERT INTO records SELECT -(row_number() OVER () + ${before}), 0, line, true, coalesce(new_id, record_id), record_hash,
         ${await columnsOf(session, pack, paths)}
       FROM (SELECT past.*, repeats.line AS again, repeats.new_id
         FROM ${parquet(paths)} AS past LEFT JOIN ${repeats} AS repeats ON repeats.line = past.line)
       WHERE (again IS NULL OR new_id IS NOT NULL) AND (${isHere})
         AND record_id NOT IN (SELECT record_id FROM stale WHERE entry = ${at})`,
    );
    const { n } = await session.row<{ n: number }>('SELECT count(*)::DOUBLE AS n FROM records WHERE history');
    before = n;
  }
}

/** The lists that `identify` wrote, whole: `repeats` and `stale`. */
async function loadLists(tools: StageTools, session: Session, { drop, flow }: DropPlan): Promise<void> {
  const keys = dropKeys(drop);
  for (const name of ['repeats', 'stale'] as const) {
    const paths = await fetchAll(
      session,
      tools.data,
      name,
      flow.partitions.map((partition) => keys[name](partition)),
    );
    await session.run(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT * FROM ${parquet(paths)}`);
  }
}

/** The objects that hold an entry's part. Where it was parted by other keys, all of it has to be looked through. */
function pastKeys(
  plan: PlannedPast,
  entry: HistoryEntry,
  key: readonly string[] | null,
  partition: number | null,
): string[] {
  const keys = dropKeys({ id: entry.drop, domain: entry.domain });
  const copy = copyOf(entry.keys, key);
  const parts =
    copy === null || partition === null
      ? Array.from({ length: entry.partitions }, (_, part) => part)
      : overlapping(partition, plan.partitions, entry.partitions);
  return parts.flatMap((part) =>
    Array.from({ length: entry.ranges }, (_, range) => keys.rows(copy ?? 0, part, range)),
  );
}

/** The copy that is parted by this very key. */
function copyOf(keys: readonly (readonly string[])[], key: readonly string[] | null): number | null {
  if (key === null) return keys.length === 0 ? 0 : null;
  const at = keys.findIndex((own) => own.join('\n') === key.join('\n'));
  return at < 0 ? null : at;
}

async function repeatsOf(
  tools: Pick<StageTools, 'data'>,
  session: Session,
  entry: HistoryEntry,
  at: number,
): Promise<string> {
  if (entry.repeats === 0) return '(SELECT NULL::BIGINT AS line, NULL::VARCHAR AS new_id WHERE false)';
  const { allRepeats } = dropKeys({ id: entry.drop, domain: entry.domain });
  return parquet(await fetchAll(session, tools.data, `past-repeats-${at}`, [allRepeats]));
}

/** The pack's columns, from files that an earlier version of it may have written. */
async function columnsOf(session: Session, pack: Pack, paths: readonly string[]): Promise<string> {
  const described = await session.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${parquet(paths)}`);
  const there = new Set(described.map(({ column_name }) => column_name));
  return pack.columns
    .map(({ name, type }) =>
      there.has(name)
        ? `TRY_CAST(${quoteIdentifier(name)} AS ${sqlType(type)})`
        : `CAST(NULL AS ${sqlType(type)})`,
    )
    .join(', ');
}

function parquet(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quoteText).join(', ')}])`;
}
