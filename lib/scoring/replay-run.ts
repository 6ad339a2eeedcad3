/**
 * Every decision of a run made again from its records, pack and model, and held against what is stored: decisions, explanations and
 * rule hits, byte for byte. What `replayDecision` does for one record, at the cost of scoring the run once more.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { explanationLine } from '../decisions/explanation-line.ts';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import type { Records } from '../intake/records.ts';
import { recordHashSql } from '../intake/staging.ts';
import { loadModel, type Model } from '../models/model-folder.ts';
import { withFlagsOf } from '../packs/rule-flags.ts';
import { explainFlags } from './explain-flags.ts';
import { readDecidedBy } from './replay-decision.ts';
import { hitLines, recordHits } from './rule-hits-of-run.ts';
import { exists, openRunFolder, type RunFolder } from './run-folder.ts';
import { type Decisions, scoreRecords } from './score-records.ts';
import { decisionsSql } from './write-tables.ts';

export interface ReplayDifference {
  readonly file: 'decisions.parquet' | 'explanations.jsonl' | 'rule_hits.csv';
  /** From 1; null: of a file that has no lines. */
  readonly line: number | null;
  readonly message: string;
}

export interface ReplayedRun {
  readonly decisions: number;
  /** The first of each file. */
  readonly differences: readonly ReplayDifference[];
}

const SOME = 20;

/** Throws an InputError where a file cannot be read. */
export async function replayRun(path: string, threads: number): Promise<ReplayedRun> {
  const run = await openRunFolder(path);
  const { threshold, rulesFlag, card, averages } = await readDecidedBy(run);
  const loaded = await loadModel(run.model, card);
  const model = { ...loaded, pack: withFlagsOf(loaded.pack, rulesFlag) };
  const session = await Session.open({ threads });
  try {
    const records = await loadRecords(session, run, model);
    const features = await buildFeatures(records, model.pack, { encodings: false, averages });
    const { scored, decisions, matrix } = await scoreRecords(features, model, threshold, 1, () => {});
    const explained = explainFlags({ features, decisions, matrix }, { model, threshold, threads });
    const differences = [
      ...(await compareDecisions(decisions, run, model)),
      ...(await compareLines('explanations.jsonl', run.explanations, textsOf(explained))),
    ];
    if (await exists(run.ruleHits))
      differences.push(
        ...(await compareLines('rule_hits.csv', run.ruleHits, hitTexts({ features, decisions }, model))),
      );
    return { decisions: scored, differences };
  } finally {
    await session.close();
  }
}

async function loadRecords(session: Session, run: RunFolder, { pack }: Model): Promise<Records> {
  const files = (await exists(run.history)) ? [run.records, run.history] : [run.records];
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  const sql = `SELECT * REPLACE (${hash} AS record_hash) FROM ${parquetSql(files)} ORDER BY seq`;
  return createTable(session, 'records', sql);
}

async function compareDecisions(
  decisions: Decisions,
  run: RunFolder,
  { card }: Model,
): Promise<ReplayDifference[]> {
  const file = 'decisions.parquet';
  const stored = `SELECT record_id, score, flagged, model, decision_id FROM ${parquetSql([run.decisions])}`;
  const again = decisionsSql(decisions, card);
  const rows = await decisions.session.rows<{ id: string; was: string | null; is: string | null }>(
    `WITH stored AS (${stored}), again AS (${again})
     SELECT coalesce(stored.record_id, again.record_id) AS id, stored::VARCHAR AS was, again::VARCHAR AS "is"
     FROM stored FULL JOIN again USING (record_id) WHERE stored IS DISTINCT FROM again ORDER BY id LIMIT ${SOME}`,
  );
  return rows.map(({ id, was, is }) => {
    const message = `record ${id}: stored ${was ?? 'nothing'}, recomputed ${is ?? 'nothing'}`;
    return { file, line: null, message };
  });
}

async function* textsOf(explained: ReturnType<typeof explainFlags>): AsyncGenerator<string> {
  for await (const { explanation } of explained) yield explanationLine(explanation);
}

/** A hit's text may hold line ends: lines as the file has them, its header left to the file. */
async function* hitTexts(
  scored: { readonly features: Features; readonly decisions: Decisions },
  model: Model,
): AsyncGenerator<string | null> {
  yield null;
  for await (const record of recordHits(scored, model)) yield* hitLines(record).split('\n').slice(0, -1);
}

/** Null in place of a line: whatever the file has there. */
async function compareLines(
  file: ReplayDifference['file'],
  path: string,
  recomputed: AsyncGenerator<string | null>,
): Promise<ReplayDifference[]> {
  const differences: ReplayDifference[] = [];
  let line = 0;
  for await (const stored of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++;
    const { value: text, done } = await recomputed.next();
    if (done !== true && (text === null || text === stored)) continue;
    const message = done === true ? 'nothing is recomputed there' : 'not what is recomputed there';
    if (differences.length < SOME) differences.push({ file, line, message });
  }
  let more = 0;
  for await (const text of recomputed) if (text !== null) more++;
  if (more > 0) differences.push({ file, line, message: `ends here; ${more} more lines are recomputed` });
  return differences;
}
