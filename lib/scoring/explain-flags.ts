/**
 * The flagged records of a drop, explained: in input order, a block at a time, so that memory does not grow with the
 * number of flags. Explaining runs in worker threads while this one looks up what the words need.
 */

import { decisionId } from '../decisions/decision-id.ts';
import { type ExplainedDecision, explainDecision } from '../decisions/explain-decision.ts';
import { ruleHits } from '../decisions/rule-hits.ts';
import type { Pack, ValueFormat } from '../domain/pack.ts';
import type { Session } from '../engine/session.ts';
import { describeRows, type RecordDescription } from '../features/describe-rows.ts';
import { sourceGroups } from '../features/source-groups.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import { ExplainerPool } from '../forest/explain-rows.ts';
import { readOnnx } from '../forest/onnx-read.ts';
import { toProbabilityContributions } from '../forest/tree-shap.ts';
import type { Model } from '../models/model-folder.ts';

const blockRows = 1024;

export interface ExplainedFlag extends ExplainedDecision {
  readonly seq: number;
  /** The record's model inputs and what each did to the score: for the beeswarm. */
  readonly values: Float32Array;
  readonly contributions: Float64Array;
}

export interface ExplainSettings {
  readonly model: Model;
  readonly threshold: number;
  readonly threads: number;
  readonly onProgress?: (share: number) => void;
}

/** Explains the records in the table `flagged(seq)`, whose scores stand in `decisions`. */
export async function* explainFlags(
  session: Session,
  settings: ExplainSettings,
): AsyncGenerator<ExplainedFlag> {
  const rows = await session.rows<{ seq: number; score: number }>(
    'SELECT seq::DOUBLE AS seq, score FROM decisions WHERE seq IN (SELECT seq FROM flagged) ORDER BY seq',
  );
  if (rows.length === 0) return;
  const { ensemble } = readOnnx(settings.model.onnx);
  const pool = await ExplainerPool.open(ensemble, settings.threads);
  try {
    for (let from = 0; from < rows.length; from += blockRows) {
      const block = rows.slice(from, from + blockRows);
      yield* explainBlock(session, settings, pool, block);
      settings.onProgress?.(Math.min(1, (from + blockRows) / rows.length));
    }
  } finally {
    await pool.close();
  }
}

async function* explainBlock(
  session: Session,
  { model, threshold }: ExplainSettings,
  pool: ExplainerPool,
  block: readonly { seq: number; score: number }[],
): AsyncGenerator<ExplainedFlag> {
  const { fitted } = model.card;
  const width = fitted.inputs.length;
  const seqs = block.map((row) => row.seq);
  const values = await readValues(session, model, seqs);
  const [contributions, described] = await Promise.all([
    pool.explain(values, block.length),
    Array.fromAsync(describeRows(session, model.pack, fitted, seqs)),
  ]);
  for (const [i, { seq, score }] of block.entries()) {
    const own = contributions.subarray(i * width, (i + 1) * width);
    const inScore = toProbabilityContributions(pool.base, own, pool.link);
    yield {
      seq,
      values: values.subarray(i * width, (i + 1) * width),
      contributions: inScore.contributions,
      ...explainRecord(model, threshold, score, inScore, described[i]!),
    };
  }
}

async function readValues(
  session: Session,
  { pack, card }: Model,
  seqs: readonly number[],
): Promise<Float32Array> {
  const width = card.fitted.inputs.length;
  const values = new Float32Array(seqs.length * width);
  let filled = 0;
  const where = `seq BETWEEN ${seqs[0]} AND ${seqs.at(-1)} AND seq IN (SELECT seq FROM flagged)`;
  for await (const block of streamMatrix(session, pack, card.fitted, { mode: 'score', where })) {
    values.set(block.values.subarray(0, block.rows * width), filled * width);
    filled += block.rows;
  }
  if (filled !== seqs.length)
    throw new Error(`${filled} rows of features for ${seqs.length} flagged records`);
  return values;
}

function explainRecord(
  model: Model,
  threshold: number,
  score: number,
  inScore: { readonly base: number; readonly contributions: Float64Array },
  record: RecordDescription,
): ExplainedDecision {
  const { card, pack } = model;
  const { formats, fields, medians } = wordsOf(model, record);
  const sources = sourceGroups(card.fitted.inputs).map(({ source, kind, inputs }) => {
    const { value, usual } = record.sources.get(source)!;
    return {
      source,
      kind,
      value,
      usual: usual ?? medians.get(source) ?? null,
      ...describeSource(pack, source),
      contribution: inputs.reduce((sum, input) => sum + inScore.contributions[input]!, 0),
    };
  });
  return explainDecision({
    recordId: record.recordId,
    score,
    threshold,
    base: inScore.base,
    sources,
    rules: ruleHits(
      pack.rules,
      pack.rules.map((rule) => record.rules.includes(rule.id)),
      fields,
      formats,
    ),
    model: card.version,
    pack: `${card.domain}@${card.pack.version}`,
    decisionId: decisionId({
      domain: card.domain,
      recordId: record.recordId,
      recordHash: record.recordHash,
      modelVersion: card.version,
    }),
    fields,
    formats,
  });
}

/** What templates may name: the record's columns and features, and the pack's parameters, with `$` where a name is both. */
function wordsOf({ card, pack }: Model, record: RecordDescription) {
  const parameters = Object.entries(pack.parameters).flatMap(([name, value]) => {
    const text = typeof value === 'object' ? value.join(', ') : value;
    return [[name, text] as const, [`$${name}`, text] as const];
  });
  return {
    fields: Object.fromEntries([...parameters, ...record.values]),
    formats: Object.fromEntries(pack.features.map(({ name, format }) => [name, format])),
    // A median says what is usual of a number; of yes and no it would say little, and a rate brings its own.
    medians: new Map(
      card.profiles.map(({ name, median }) => [name, median === null ? null : Number(median.toPrecision(7))]),
    ),
  };
}

/** How a source reads: its format, its sentence, and what an encoding stands for. */
function describeSource(
  pack: Pack,
  source: string,
): { format: ValueFormat; words: string | null; of?: readonly string[] } {
  const feature = pack.features.find(({ name }) => name === source);
  if (feature !== undefined) return { format: feature.format, words: feature.words };
  const encoding = pack.encodings.find(({ name }) => name === source);
  if (encoding !== undefined) return { format: 'percent', words: encoding.words, of: encoding.of };
  return { format: 'text', words: pack.categories.find(({ column }) => column === source)?.words ?? null };
}
