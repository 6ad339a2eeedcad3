/**
 * Online scoring: decides some records at once; the same as for the same records in a drop. One engine serves one request at a time,
 * as a Lambda function does, and keeps open between requests what takes long to open.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  OnlineScorer,
  RejectedRecord,
  ScoredRecord,
  ScoringAnswer,
  ScoringRequest,
} from '../api/online-scoring.ts';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { shadowThreshold } from '../drops/shadow.ts';
import type { StoredRates } from '../drops/stored-rates.ts';
import { Session } from '../engine/session.ts';
import type { Table } from '../engine/table.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import type { Past } from '../history/past.ts';
import type { Again, PastReader } from '../history/past-reader.ts';
import { type IntakeResult, readRecords } from '../intake/read-records.ts';
import { type Model, thresholdOf } from '../models/model-folder.ts';
import { type Explained, type OpenedExplainer, openExplainer } from '../scoring/explain-flags.ts';
import { explainedLines, type FlagLine } from '../scoring/flag-lines.ts';
import { type RecordHits, recordHits } from '../scoring/rule-hits-of-run.ts';
import { type ScoredRecords, scoreRecordsBy } from '../scoring/score-records.ts';
import { type DecidedRecords, recordFacts } from './record-facts.ts';

export interface OnlineDeps {
  readonly champion: (domain: string) => Promise<Model>;
  readonly past: (domain: string) => Promise<Past>;
  readonly history: PastReader;
  readonly rates: StoredRates;
  readonly threads: number;
  readonly memoryLimitMb: number;
  /** Milliseconds, for the timings. */
  readonly clock: () => number;
}

interface OpenedModel {
  readonly model: Model;
  readonly threshold: number;
  readonly scorer: ModelScorer;
  readonly explainer: OpenedExplainer;
}

/** Its tables are there until the next request: what is needed to keep it as a drop. */
export interface LastRequest {
  readonly request: ScoringRequest;
  readonly model: Model;
  readonly threshold: number;
  readonly intake: IntakeResult;
  readonly features: Features;
  readonly scored: ScoredRecords;
  readonly past: Past;
  /** Of the flagged, in order of `seq`. */
  readonly lines: readonly FlagLine[];
  readonly hits: readonly RecordHits[];
}

export class OnlineEngine implements OnlineScorer {
  readonly #deps: OnlineDeps;
  readonly #opened = new Map<string, OpenedModel>();
  readonly #scorers = new Map<string, ModelScorer>();
  #session: Session | null = null;
  #last: LastRequest | null = null;

  constructor(deps: OnlineDeps) {
    this.#deps = deps;
  }

  /** Of the request that was scored last; null of any other. */
  lastOf(request: ScoringRequest): LastRequest | null {
    return this.#last?.request === request ? this.#last : null;
  }

  async score(request: ScoringRequest): Promise<ScoringAnswer> {
    const { clock } = this.#deps;
    this.#last = null;
    const model = await this.#deps.champion(request.domain);
    const opened = await this.#open(model);
    const session = await this.#openSession();
    await session.dropTables();
    const began = clock();
    const intake = await this.#read(session, model, request);
    const read = clock();
    const past = await this.#deps.past(request.domain);
    await this.#deps.history.load(intake.records, model.pack, past);
    const remembered = clock();
    const features = await buildFeatures(intake.records, model.pack, { encodings: false });
    const built = clock();
    const { scorer, threshold, explainer } = opened;
    const scored = await scoreRecordsBy(scorer, features, model, { threshold, rows: intake.accepted });
    const decided = { features, decisions: scored.decisions, matrix: scored.matrix };
    const judged = clock();
    const explained = await this.#explain(decided, opened, request.explain, explainer);
    const hits = await Array.fromAsync(recordHits(decided, model));
    const results = await answerResults({ ...intake, ...scored }, model, request, explained, hits);
    const lines = explained.filter(({ explanation }) => results.flagged.has(explanation.record_id));
    this.#last = { request, model, threshold, intake, features, scored, lines, hits, past };
    return {
      results: results.inOrder,
      model: model.card.version,
      threshold,
      timings: {
        features: read - began + (built - remembered),
        history: remembered - read,
        model: judged - built,
        reasons: clock() - judged,
      },
    };
  }

  /** Which records of its past came again among its own. */
  async listAgain({ model, past }: LastRequest, own: Table<{ readonly record_id: string }>): Promise<Again> {
    return this.#deps.history.listAgain(own, model.pack, past);
  }

  /** The last request once more, by another model, as that would decide as the champion. */
  async decideBy(last: LastRequest, other: Model): Promise<DecidedRecords> {
    const scorer = await this.#scorerOf(other);
    // With the same pack the features are there.
    const features =
      other.pack.hash === last.model.pack.hash ? last.features : await this.#featuresBy(last, other);
    const rows = await features.count('NOT history');
    const { decisions } = await scoreRecordsBy(scorer, features, other, {
      ...{ threshold: shadowThreshold(other), rows },
    });
    return { records: features.records, decisions };
  }

  async #featuresBy({ request, intake, past }: LastRequest, other: Model): Promise<Features> {
    const { records } = await this.#read(intake.records.session, other, request);
    await this.#deps.history.load(records, other.pack, past);
    return buildFeatures(records, other.pack, { encodings: false });
  }

  async close(): Promise<void> {
    for (const { explainer } of this.#opened.values()) await explainer.pool.close();
    for (const scorer of this.#scorers.values()) await scorer.close();
    await this.#session?.close();
  }

  async #read(session: Session, { pack }: Model, { domain, records }: ScoringRequest): Promise<IntakeResult> {
    const { rates } = this.#deps;
    const current = await rates.current(pack);
    const path = join(session.folder, 'records.jsonl');
    await writeFile(path, requestLines(records));
    const options = { rates: current === null ? null : await rates.read(domain, current) };
    return readRecords(session, pack, [{ path }], options);
  }

  /** By version and threshold: a promoted model is opened beside the one before. */
  async #open(model: Model): Promise<OpenedModel> {
    const threshold = roundToBillionths(thresholdOf(model));
    const key = `${model.card.domain}/${model.card.version}/${threshold}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const scorer = await this.#scorerOf(model);
    const explainer = await openExplainer(model, threshold, this.#deps.threads);
    const opened = { model, threshold, scorer, explainer };
    this.#opened.set(key, opened);
    return opened;
  }

  async #scorerOf({ onnx, card }: Model): Promise<ModelScorer> {
    const key = `${card.domain}/${card.version}`;
    const scorer = this.#scorers.get(key) ?? (await ModelScorer.open(onnx));
    this.#scorers.set(key, scorer);
    return scorer;
  }

  async #openSession(): Promise<Session> {
    const { threads, memoryLimitMb } = this.#deps;
    this.#session ??= await Session.open({ threads, memoryLimitMb, repeats: true });
    return this.#session;
  }

  async #explain(
    decided: Omit<Explained, 'where'>,
    { model, threshold }: OpenedModel,
    explain: ScoringRequest['explain'],
    opened: OpenedExplainer,
  ): Promise<FlagLine[]> {
    const settings = { model, threshold, threads: this.#deps.threads, opened };
    const explained = explain === 'all' ? { ...decided, where: 'true' } : decided;
    return Array.fromAsync(explainedLines(explained, settings, 0));
  }
}

/** A record a line, as a file would hold them. */
export function requestLines(records: ScoringRequest['records']): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

interface Results {
  readonly inOrder: readonly (ScoredRecord | RejectedRecord)[];
  readonly flagged: ReadonlySet<string>;
}

async function answerResults(
  {
    records: read,
    rejects,
    rejected,
    decisions,
  }: Pick<IntakeResult, 'rejects' | 'rejected'> & DecidedRecords,
  { pack, card }: Model,
  { records }: ScoringRequest,
  explained: readonly FlagLine[],
  hits: readonly RecordHits[],
): Promise<Results> {
  const inOrder: (ScoredRecord | RejectedRecord)[] = new Array(records.length);
  const flagged = new Set<string>();
  const explanations = new Map(explained.map(({ explanation }) => [explanation.record_id, explanation]));
  const hitsOf = new Map(hits.map((record) => [record.record_id, record.hits]));
  for (const { line, ...facts } of await recordFacts({ records: read, decisions }, pack, card)) {
    if (facts.flagged) flagged.add(facts.record_id);
    inOrder[line - 1] = {
      status: 'scored',
      ...facts,
      explanation: explanations.get(facts.record_id) ?? null,
      rules: hitsOf.get(facts.record_id) ?? [],
    };
  }
  if (rejected > 0) {
    const rows = await rejects.session.rows<{ line: number; column: string | null; reason: string }>(
      `SELECT line::DOUBLE AS line, "column", reason FROM ${rejects}`,
    );
    for (const { line, column, reason } of rows) inOrder[line - 1] = { status: 'rejected', column, reason };
  }
  return { inOrder, flagged };
}
