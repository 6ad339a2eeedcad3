/**
 * The last stage that computes: what the ranges read and the partitions decided goes in; the drop's run folder comes out, as
 * `assay score` leaves it, and with it what is stored of the drop: records, decisions, results, the audit log and its seal,
 * and the flags in pieces, ready to be put before officers.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAuditFile } from '../decisions/audit-log.ts';
import { quoteText, type Session } from '../engine/session.ts';
import { DriftCounter } from '../evaluation/drift-counter.ts';
import type { Delivery } from '../intake/delivery.ts';
import type { RangeResult } from '../intake/read-range.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import { createRejectsTable, originalTexts } from '../intake/rejects.ts';
import { repeatedIdSql } from '../intake/repeated-ids.ts';
import type { Model } from '../models/model-folder.ts';
import { mergeFlagLines } from '../scoring/flag-lines.ts';
import { createRunFolder, type RunFolder } from '../scoring/run-folder.ts';
import type { RunSummary } from '../scoring/run-summary.ts';
import type { ScoredRecords } from '../scoring/score-records.ts';
import { finishRun, settleRun } from '../scoring/settle-run.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { FlagItem } from './flag-item.ts';
import { flagItems } from './flag-items.ts';
import type { AssembleInput, SettledDrop } from './flow.ts';
import type { HistoryEntry } from './history.ts';
import { loadOwnRecords } from './load-records.ts';
import type { Measures } from './score-partition.ts';
import { deliveredPath, eachOf, fetchAll, inSession, type StageTools } from './stage.ts';

/** Flags a piece: some seconds of writing, a few megabytes. */
const CHUNK_FLAGS = 2_000;

export interface AssembleTools extends StageTools {
  /** Keeps an object where nothing can be changed. The same bytes again are fine. */
  readonly retain: (key: string, path: string) => Promise<void>;
  readonly now: () => Date;
}

export interface Assembled extends SettledDrop {
  readonly summary: RunSummary;
}

export async function assemble(tools: AssembleTools, { drop }: AssembleInput): Promise<Assembled> {
  const plan = await readPlan(tools.data, drop);
  const model = await tools.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(tools, async (session) => {
    const folder = join(session.folder, 'run');
    const run = await createRunFolder(folder);
    const intake = await loadIntake(tools, session, plan, model);
    const scored = await loadDecisions(tools, session, plan);
    const flagFiles = await fetchAll(session, tools.data, 'flags', plan.flow.partitions.map(keys.flags));
    const audit = openAuditFile(run.unsealedAudit);
    const settled = await settleRun(session, run, audit.log, {
      model,
      threshold: plan.threshold,
      intake,
      scored,
      lines: mergeFlagLines(flagFiles),
      context: {
        drop: drop.id,
        object: { key: drop.key, version: drop.version },
        history: plan.history.map((entry) => entry.drop),
      },
    }).finally(() => audit.close());
    const summary = await finishRun(run, audit.log, settled.summary, {
      started: new Date(drop.receivedAt),
      finished: await sealingTime(tools, keys.sealedAt),
      by: 'assay',
    });
    await store(tools, run, plan);
    const entry = await historyEntry(tools, session, plan, summary);
    const outcome: DropOutcome = {
      summary,
      entry,
      warnings: intake.warnings,
      firstReject: await firstReject(session),
    };
    await tools.data.writeText(keys.outcome, JSON.stringify(outcome));
    const origin = { pack: model.pack, drop: drop.id, flaggedAt: plan.plannedAt };
    const chunks = await writeChunks(
      tools,
      session,
      plan,
      flagItems(session, mergeFlagLines(flagFiles), origin),
    );
    return { chunks, summary };
  });
}

/** What is left to be told when the flags are stored: kept as an object for the last state. */
export interface DropOutcome {
  readonly summary: RunSummary;
  readonly entry: HistoryEntry;
  readonly warnings: readonly string[];
  /** In words, where anything was rejected. */
  readonly firstReject: string | null;
}

/** The tables `records` and `rejects`, and what reading the drop found. */
async function loadIntake(
  tools: StageTools,
  session: Session,
  plan: DropPlan,
  { pack }: Model,
): Promise<IntakeResult> {
  const { drop, ranges } = plan;
  const keys = dropKeys(drop);
  await loadOwnRecords(tools, session, pack, plan, { key: plan.keys[0] ?? null, partition: null });
  const path = await deliveredPath(session, drop);
  await tools.drops.download(drop.key, path, undefined, drop.version);
  const { source } = plan.delivery;
  const delivery = { ...plan.delivery, source: { ...source, path } };
  const repeated = 'SELECT line FROM repeats WHERE new_id IS NULL';
  const texts = await originalTexts(session, delivery, repeated, 0);
  const read = await fetchAll(
    session,
    tools.data,
    'rejects',
    ranges.map((_, range) => keys.rejects(range)),
  );
  const parts = [
    `SELECT file, line, "column", reason, text FROM read_parquet([${read.map(quoteText).join(', ')}])`,
  ];
  if (texts !== null) {
    const reason = repeatedIdSql(pack, 'record_id', 'first_line', quoteText(source.name));
    const column = quoteText(pack.record.id.join('|'));
    parts.push(
      `SELECT 0 AS file, line, ${column} AS "column", ${reason} AS reason, text
       FROM (SELECT * FROM repeats WHERE new_id IS NULL) JOIN (${texts}) USING (line)`,
    );
  }
  await createRejectsTable(session, parts);
  return intakeResult(tools, session, plan, delivery);
}

async function intakeResult(
  tools: StageTools,
  session: Session,
  plan: DropPlan,
  delivery: Delivery,
): Promise<IntakeResult> {
  const keys = dropKeys(plan.drop);
  const results: RangeResult[] = [];
  for (const range of plan.ranges.keys()) {
    const text = await tools.data.readText(keys.intake(range));
    if (text === null) throw new Error(`there is no ${keys.intake(range)}: range ${range} was not read`);
    results.push(JSON.parse(text) as RangeResult);
  }
  const counted = await session.row<{ accepted: number; rejected: number }>(
    'SELECT (SELECT count(*) FROM records)::DOUBLE AS accepted, (SELECT count(*) FROM rejects)::DOUBLE AS rejected',
  );
  const received = results.reduce((sum, result) => sum + result.received, 0);
  const [{ columns, warnings }] = results as [RangeResult];
  const { source, format, sha256, encoding, dialect } = delivery;
  const none = received === 0 ? [`${source.name} has a header, but no records`] : [];
  return {
    received,
    ...counted,
    history: { received: 0, accepted: 0 },
    files: [
      {
        name: source.name,
        sha256,
        bytes: source.bytes,
        format,
        compression: source.compression,
        encoding: format === 'parquet' ? null : encoding,
        delimiter: format === 'csv' ? String.fromCharCode(dialect.delimiter) : null,
        columns,
      },
    ],
    warnings: [...delivery.warnings, ...warnings, ...none],
    deliveries: [{ ...delivery, header: format === 'jsonl' ? [] : columns, isHistory: false }],
  };
}

/** The tables `decisions` and `flagged`, and the partitions' measures as one. */
async function loadDecisions(tools: StageTools, session: Session, plan: DropPlan): Promise<ScoredRecords> {
  const keys = dropKeys(plan.drop);
  const paths = await fetchAll(session, tools.data, 'decisions', plan.flow.partitions.map(keys.decisions));
  await session.run(
    `CREATE TABLE decisions AS SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}]) ORDER BY seq`,
  );
  await session.run('CREATE TABLE flagged AS SELECT seq FROM decisions WHERE flagged ORDER BY seq');
  const { card } = await tools.loadModel(plan.drop.domain, plan.model);
  const inputs = new DriftCounter(card.profiles);
  const sums = { scored: 0, flagged: 0 };
  const scores = { negatives: [] as number[], positives: [] as number[] };
  for (const partition of plan.flow.partitions) {
    const text = await tools.data.readText(keys.measures(partition));
    if (text === null) throw new Error(`there is no ${keys.measures(partition)}: it was not scored`);
    const measures = JSON.parse(text) as Measures;
    inputs.merge(measures.inputs);
    sums.scored += measures.scored;
    sums.flagged += measures.flagged;
    for (const side of ['negatives', 'positives'] as const)
      measures.scores[side].forEach((count, bin) => {
        scores[side][bin] = (scores[side][bin] ?? 0) + count;
      });
  }
  return { ...sums, inputs: inputs.counts(), scores };
}

/** Should this be done again, the seal says the same again: what is kept can't be replaced. */
async function sealingTime(tools: AssembleTools, key: string): Promise<Date> {
  const known = await tools.data.readText(key);
  if (known !== null) return new Date(known);
  const now = tools.now();
  await tools.data.writeText(key, now.toISOString());
  return now;
}

async function store(tools: AssembleTools, run: RunFolder, { drop }: DropPlan): Promise<void> {
  const keys = dropKeys(drop);
  const to: readonly (readonly [string, string])[] = [
    [run.records, keys.records],
    [run.decisions, keys.decided],
    [run.flags, `${keys.results}/flagged_risks.csv`],
    [run.explanations, `${keys.results}/explanations.jsonl`],
    [run.rejects, `${keys.results}/rejects.csv`],
    [run.report, `${keys.results}/report.html`],
    [run.reportData, `${keys.results}/report.json`],
    [run.summary, `${keys.results}/summary.json`],
    [join(run.model, 'card.json'), `${keys.results}/model/card.json`],
    [join(run.model, 'model.onnx'), `${keys.results}/model/model.onnx`],
    [run.audit, `${keys.results}/audit.jsonl`],
    [run.seal, `${keys.results}/seal.json`],
  ];
  await tools.retain(`${keys.audit}/audit.jsonl`, run.audit);
  await tools.retain(`${keys.audit}/seal.json`, run.seal);
  await eachOf(to, ([path, key]) => tools.data.upload(path, key));
}

/** The drop as the past of later ones, with the lists that they read beside it. */
async function historyEntry(
  tools: StageTools,
  session: Session,
  plan: DropPlan,
  { scored }: RunSummary,
): Promise<HistoryEntry> {
  const { drop, plannedAt, partitions } = plan;
  const { allRepeats, allStale } = dropKeys(drop);
  const drops = plan.history.map((entry) => quoteText(entry.drop)).join(', ');
  const stale = `SELECT ([${drops}]::VARCHAR[])[entry + 1] AS "drop", record_id FROM stale`;
  return {
    drop: drop.id,
    domain: drop.domain,
    settledAt: plannedAt,
    keys: plan.keys,
    partitions,
    ranges: plan.ranges.length,
    rows: scored,
    repeats: await storeList(tools, session, 'SELECT * FROM repeats', allRepeats),
    stale: await storeList(tools, session, stale, allStale),
  };
}

/** Its length; an empty one is not stored. */
async function storeList(tools: StageTools, session: Session, sql: string, key: string): Promise<number> {
  const { n } = await session.row<{ n: number }>(`SELECT count(*)::DOUBLE AS n FROM (${sql})`);
  if (n === 0) return 0;
  const path = join(session.folder, 'list.parquet');
  await session.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  await tools.data.upload(path, key);
  return n;
}

async function firstReject(session: Session): Promise<string | null> {
  const [first] = await session.rows<{ line: number; reason: string }>(
    'SELECT line::DOUBLE AS line, reason FROM rejects ORDER BY line LIMIT 1',
  );
  return first === undefined ? null : `line ${first.line}: ${first.reason}`;
}

async function writeChunks(
  tools: StageTools,
  session: Session,
  { drop }: DropPlan,
  items: AsyncIterable<FlagItem>,
): Promise<number[]> {
  const chunks: number[] = [];
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const path = join(session.folder, 'chunk.jsonl');
    await writeFile(path, lines.join(''));
    await tools.data.upload(path, dropKeys(drop).publish(chunks.length));
    chunks.push(chunks.length);
    lines = [];
  };
  for await (const item of items) {
    lines.push(`${JSON.stringify(item)}\n`);
    if (lines.length >= CHUNK_FLAGS) await flush();
  }
  await flush();
  return chunks;
}
