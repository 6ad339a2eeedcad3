/** What the ranges of a drop read, put together: records and rejects, and the account of the reading. */
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { fetchAll } from '../history/fetch-files.ts';
import type { Delivery } from '../intake/delivery.ts';
import type { RangeResult } from '../intake/read-range.ts';
import { describeFile, type IntakeResult, type IntakeTables, noRecords } from '../intake/read-records.ts';
import type { Rejects } from '../intake/records.ts';
import { createRejectsTable, originalTexts } from '../intake/rejects.ts';
import { repeatedIdSql } from '../intake/repeated-ids.ts';
import { NO_COUNTS, shapeWarnings } from '../intake/shape-counts.ts';
import type { SpooledRows } from '../intake/spool.ts';
import { doubtWarnings } from '../intake/stage-delivery.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import { quotingNothing } from '../privacy/erasable.ts';
import { sealTexts } from '../privacy/seal-rejects.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { deliveredKey, expectKeys } from './erasable-drop.ts';
import type { DropRef } from './flow.ts';
import { loadOwnRecords, type OwnRecords } from './load-records.ts';
import { deliveredPath, type StageDeps } from './stage.ts';

export interface GatheredIntake extends OwnRecords {
  readonly intake: IntakeResult;
}

export async function gatherIntake(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  { pack }: Model,
): Promise<GatheredIntake> {
  const { drop, ranges } = plan;
  const keys = dropKeys(drop);
  const own = await loadOwnRecords(deps, session, pack, plan, { key: plan.keys[0] ?? null, partition: null });
  const path = await fetchOriginal(deps, session, drop);
  const read = await fetchAll(
    session,
    deps.data,
    'rejects',
    ranges.map((_, range) => keys.rejects(range)),
  );
  const rejects: Rejects = await createTable(session, 'rejects', `SELECT * FROM ${parquetSql(read)}`);
  const results: RangeResult[] = [];
  for (const range of ranges.keys()) {
    const text = await deps.data.readText(keys.intake(range));
    if (text === null) throw new Error(`there is no ${keys.intake(range)}: range ${range} was not read`);
    results.push(JSON.parse(text) as RangeResult);
  }
  return { ...own, intake: await describeIntake(deps, plan, pack, { ...own, rejects, path, results }) };
}

/** The file as it was delivered, under its own name. */
export async function fetchOriginal(deps: StageDeps, session: Session, drop: DropRef): Promise<string> {
  const path = await deliveredPath(session, drop);
  await deps.drops.download(await deliveredKey(deps, drop), path, undefined, drop.version);
  return path;
}

export interface ReadDrop extends Pick<OwnRecords, 'records' | 'own' | 'repeats'> {
  /** Of the reading. */
  readonly rejects: Rejects;
  /** Of the file as it was delivered. */
  readonly path: string;
  readonly results: readonly RangeResult[];
}

/** The account of the reading. Its rejects are those of the reading, and the ids that were there before. */
export async function describeIntake(
  deps: Pick<StageDeps, 'keysOf'>,
  plan: DropPlan,
  pack: Pack,
  delivered: ReadDrop,
): Promise<IntakeResult> {
  const { records, repeats, rejects: read, path, results } = delivered;
  const { session } = records;
  const { source } = plan.delivery;
  const delivery = { ...plan.delivery, source: { ...source, path } };
  const repeated = `SELECT line FROM ${repeats} WHERE new_id IS NULL`;
  const asDelivered = await originalTexts(session, delivery, repeated, 0);
  const texts = asDelivered && (await sealedTexts(deps, plan, pack, { ...delivered, texts: asDelivered }));
  const parts = [`SELECT file, line, "column", reason, text FROM ${read}`];
  if (texts !== null) {
    const named = plan.erasable === undefined ? pack : quotingNothing(pack);
    const reason = repeatedIdSql(named, 'record_id', 'first_line', quoteText(source.name));
    const column = quoteText(pack.record.id.join('|'));
    parts.push(
      `SELECT 0 AS file, line, ${column} AS "column", ${reason} AS reason, text
       FROM (SELECT * FROM ${repeats} WHERE new_id IS NULL) JOIN ${texts.sql} USING (line)`,
    );
  }
  const rejects = await createRejectsTable(session, parts);
  await texts?.remove();
  return intakeResult({ records, rejects }, plan, delivery, results);
}

/** The lines of records whose ids were there before, as they may be stored: line and text. */
async function sealedTexts(
  deps: Pick<StageDeps, 'keysOf'>,
  { drop, erasable }: DropPlan,
  { record: { entity } }: Pack,
  { records, own, texts }: ReadDrop & { readonly texts: SpooledRows },
): Promise<SpooledRows> {
  if (erasable === undefined || entity === null) return texts;
  const whose = `SELECT line, ${quoteIdentifier(entity)} AS pseudonym FROM ${own}`;
  const sealed = await sealTexts(records.session, await expectKeys(deps, drop.domain), {
    texts: `SELECT * FROM ${texts.sql} JOIN (${whose}) USING (line)`,
    subjects: erasable.subjects,
  });
  await texts.remove();
  return { sql: `(SELECT line::BIGINT AS line, text FROM ${sealed})`, remove: () => sealed.drop() };
}

async function intakeResult(
  tables: IntakeTables,
  plan: DropPlan,
  delivery: Delivery,
  results: readonly RangeResult[],
): Promise<IntakeResult> {
  const received = results.reduce((sum, result) => sum + result.received, 0);
  const [{ columns, warnings }] = results as [RangeResult];
  const doubts = doubtWarnings(
    delivery.source.name,
    results.flatMap((result) => result.doubts),
  );
  const none = received === 0 ? [noRecords(delivery)] : [];
  const shape = shapeWarnings(delivery.source.name, plan.shape ?? NO_COUNTS);
  return {
    ...tables,
    received,
    accepted: await tables.records.count(),
    rejected: await tables.rejects.count(),
    history: { received: 0, accepted: 0 },
    files: [describeFile(delivery, columns)],
    warnings: [...delivery.warnings, ...warnings, ...shape, ...doubts, ...none],
    deliveries: [{ ...delivery, header: delivery.format === 'jsonl' ? [] : columns, isHistory: false }],
  };
}

/** In words; null where nothing was rejected. */
export async function firstReject(rejects: Rejects): Promise<string | null> {
  const [first] = await rejects.session.rows<{ line: number; reason: string }>(
    `SELECT line::DOUBLE AS line, reason FROM ${rejects} ORDER BY line LIMIT 1`,
  );
  return first === undefined ? null : `line ${first.line}: ${first.reason}`;
}
