/**
 * Features to decisions: every record that is not history gets a score from the runtime, in input order, and is flagged
 * or not. Blocks stream through, so memory does not grow with the drop.
 */
import { DOUBLE } from '@duckdb/node-api';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable, fillTable, type OpenTable, openTable, type Table } from '../engine/table.ts';
import { DriftCounter, type DriftCounts } from '../evaluation/drift-counter.ts';
import { entityGroup } from '../evaluation/entity-groups.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { GroupedScoresCounter } from '../evaluation/score-histogram.ts';
import { itemsOf } from '../features/chunk-items.ts';
import { type Features, ruleColumn } from '../features/feature-tables.ts';
import type { MatrixBlock } from '../features/model-input.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import { driftProfiles } from '../models/card.ts';
import type { Model } from '../models/model-folder.ts';
import { flagsByItself } from '../packs/rule-flags.ts';

export interface DecisionColumns {
  readonly seq: bigint;
  readonly record_id: string;
  readonly record_hash: string;
  readonly score: number;
  readonly flagged: boolean;
}

/** In order of `seq`. */
export type Decisions = Table<DecisionColumns>;

export interface ScoredRecords {
  readonly decisions: Decisions;
  readonly scored: number;
  readonly flagged: number;
  /** The model's inputs of all records, where one block holds them: explaining need not ask for them again. */
  readonly matrix: MatrixBlock | null;
  /** Of the model's inputs against its training; `DriftCounter` makes the drift of it. */
  readonly inputs: DriftCounts;
  /** `positives` holds the flagged, `negatives` the others. */
  readonly scores: GroupedScores;
}

/** `rows` is how many will come, for progress. */
export async function scoreRecords(
  features: Features,
  model: Model,
  threshold: number,
  rows: number,
  onProgress: (share: number) => void,
): Promise<ScoredRecords> {
  return await ModelScorer.use(model.onnx, (scorer) =>
    scoreRecordsBy(scorer, features, model, { threshold, rows, onProgress }),
  );
}

/** As `scoreRecords`, by a scorer that is open already and stays so. */
export async function scoreRecordsBy(
  scorer: ModelScorer,
  features: Features,
  model: Model,
  { threshold, rows, onProgress }: { threshold: number; rows: number; onProgress?: (share: number) => void },
): Promise<ScoredRecords> {
  const { card, pack } = model;
  const drift = new DriftCounter(driftProfiles(card));
  const groups = await readGroups(features, model);
  const written = new WrittenScores(features.session);
  let scored = 0;
  let only: MatrixBlock | null = null;
  try {
    for await (const block of streamMatrix(features, pack, card.fitted, { mode: 'score' })) {
      const scores = await scorer.score(block.values, block.rows);
      const rounded = new Float64Array(block.rows);
      for (let row = 0; row < block.rows; row++) rounded[row] = roundToBillionths(scores[row]!);
      await written.add([block.seq, rounded]);
      only = scored === 0 ? block : null;
      drift.add(block.values, block.rows, groups.subarray(scored, scored + block.rows));
      scored += block.rows;
      onProgress?.(scored / rows);
    }
  } finally {
    written.close();
  }
  if (groups.length !== scored)
    throw new Error(`read the entities of ${groups.length} records, ${scored} were scored`);
  const table = await written.table();
  const decisions = await decide(features, table, model, threshold);
  await table.drop();
  return {
    ...{ decisions, scored, matrix: only },
    inputs: drift.counts(),
    ...(await countScores(decisions, groups)),
  };
}

interface ScoreColumns {
  readonly seq: number;
  readonly score: number;
}

const SCORE_COLUMNS = [
  ['seq', DOUBLE],
  ['score', DOUBLE],
] as const;

/** Scores become a table while the next ones are computed; those of a single block when they are all there, which takes less time. */
class WrittenScores {
  readonly #session: Session;
  #first: readonly [Float64Array, Float64Array] | null = null;
  #open: OpenTable<ScoreColumns> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  async add(block: readonly [seq: Float64Array, score: Float64Array]): Promise<void> {
    if (this.#first === null) {
      this.#first = block;
      return;
    }
    if (this.#open === null) {
      this.#open = await openTable(this.#session, 'scores', SCORE_COLUMNS);
      this.#open.appender.columns(this.#first);
    }
    this.#open.appender.columns(block);
  }

  /** After it there is no more to add. */
  close(): void {
    this.#open?.appender.close();
  }

  async table(): Promise<Table<ScoreColumns>> {
    return this.#open?.table ?? (await fillTable(this.#session, 'scores', SCORE_COLUMNS, this.#first ?? []));
  }
}

/** The group of each record's entity, in the order of scoring: `records` holds all but its history in order of `seq`. */
async function readGroups({ session, records }: Features, { pack }: Model): Promise<Uint8Array> {
  const { entity } = pack.record;
  const key = entity === null ? 'record_id' : `coalesce(${quoteIdentifier(entity)}::VARCHAR, record_id)`;
  const groups: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for await (const chunk of session.chunks(`SELECT seq, ${key} FROM ${records} WHERE NOT history`)) {
    const seqs = itemsOf<BigInt64Array>(chunk, 0);
    const keys = chunk.getColumnValues(1) as string[];
    for (let row = 0; row < chunk.rowCount; row++) {
      const seq = Number(seqs[row]!);
      if (seq <= last) throw new Error(`records came out of order: ${seq} after ${last}`);
      last = seq;
      groups.push(entityGroup(keys[row]!));
    }
  }
  return Uint8Array.from(groups);
}

/** Of what was decided, not of the scores alone: a rule may have flagged a record below the threshold. */
async function countScores(
  decisions: Decisions,
  groups: Uint8Array,
): Promise<Pick<ScoredRecords, 'flagged' | 'scores'>> {
  let flagged = 0;
  const histogram = new GroupedScoresCounter();
  let at = 0;
  const sql = `SELECT score, flagged::TINYINT FROM ${decisions} ORDER BY seq`;
  for await (const chunk of decisions.session.chunks(sql)) {
    const scores = itemsOf<Float64Array>(chunk, 0);
    const isFlagged = itemsOf<Int8Array>(chunk, 1);
    for (let row = 0; row < chunk.rowCount; row++) {
      histogram.add(scores[row]!, isFlagged[row] === 1, groups[at++]!);
      flagged += isFlagged[row]!;
    }
  }
  return { flagged, scores: histogram.counts() };
}

/** A record is flagged by its score, or by a rule that flags by itself. */
async function decide(
  features: Features,
  scores: Table<ScoreColumns>,
  { pack }: Model,
  threshold: number,
): Promise<Decisions> {
  const flagging = pack.rules.flatMap((rule, index) =>
    flagsByItself(rule) ? [`coalesce(${ruleColumn(index)}, false)`] : [],
  );
  const flagged = [`score >= ${threshold}`, ...flagging].join(' OR ');
  return createTable(
    features.session,
    'decisions',
    `SELECT features.seq, record_id, record_hash, score, ${flagged} AS flagged
     FROM ${features} AS features JOIN (SELECT seq, record_id, record_hash FROM ${features.records}) USING (seq)
       JOIN ${scores} AS scores ON features.seq = scores.seq::BIGINT ORDER BY features.seq`,
  );
}
