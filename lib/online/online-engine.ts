/**
 * Online scoring: some records in, their decisions out, at once; the same as for the same records in a drop. One engine serves
 * one request at a time, as a Lambda function does, and keeps open between requests what takes long to open.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  InlineScorer,
  RejectedRecord,
  ScoredRecord,
  ScoringAnswer,
  ScoringRequest,
} from '../api/online-scoring.ts';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { shadowThreshold } from '../drops/shadow.ts';
import type { StoredRates } from '../drops/stored-rates.ts';
import { Session } from '../engine/session.ts';
import { buildFeatures } from '../features/build-features.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import type { Past } from '../history/past.ts';
import type { PastReader } from '../history/past-reader.ts';
import { type IntakeResult, readRecords } from '../intake/read-records.ts';
import { type Model, thresholdOf } from '../models/model-folder.ts';
import { type OpenedExplainer, openExplainer } from '../scoring/explain-flags.ts';
import { explainedLines, type FlagLine } from '../scoring/flag-lines.ts';
import { type RecordHits, recordHits } from '../scoring/rule-hits-of-run.ts';
import { type ScoredRecords, scoreRecordsBy } from '../scoring/score-records.ts';
import { recordFacts } from './record-facts.ts';

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

/** The last request's tables are still in the session: what is needed to keep it as a drop. */
export interface LastRequest {
  readonly request: ScoringRequest;
  readonly session: Session;
  readonly model: Model;
  readonly threshold: number;
  readonly intake: IntakeResult;
  readonly scored: ScoredRecords;
  readonly past: Past;
  /** Of the flagged, in order of `seq`. */
  readonly lines: readonly FlagLine[];
  readonly hits: readonly RecordHits[];
}

export class OnlineEngine implements InlineScorer {
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
    const began = clock();
    const intake = await this.#read(session, model, request);
    const read = clock();
    const past = await this.#deps.past(request.domain);
    await this.#deps.history.load(session, model.pack, past);
    const remembered = clock();
    await buildFeatures(session, model.pack, { encodings: false });
    const built = clock();
    const { scorer, threshold, explainer } = opened;
    const scored = await scoreRecordsBy(scorer, session, model, { threshold, rows: intake.accepted });
    const judged = clock();
    const explained = await this.#explain(session, opened, request.explain, explainer);
    const hits = await Array.fromAsync(recordHits(session, model));
    const results = await answerResults(session, model, request, explained, hits);
    const lines = explained.filter(({ explanation }) => results.flagged.has(explanation.record_id));
    this.#last = { request, session, model, threshold, intake, scored, lines, hits, past };
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

  /** Which records of its past came again in the table `own`: in the table `again`, by the place of the drop that has them. */
  async listAgain({ session, model, past }: LastRequest): Promise<void> {
    await this.#deps.history.listAgain(session, model.pack, past);
  }

  /** The last request once more, by another model, as that would decide as the champion: its tables take the place of the last one's. */
  async decideBy({ request, session, model, intake, past }: LastRequest, other: Model): Promise<void> {
    this.#last = null;
    const scorer = await this.#scorerOf(other);
    let rows = intake.accepted;
    // With the same pack the features are there.
    if (other.pack.hash !== model.pack.hash) {
      rows = (await this.#read(session, other, request)).accepted;
      await this.#deps.history.load(session, other.pack, past);
      await buildFeatures(session, other.pack, { encodings: false });
    }
    await scoreRecordsBy(scorer, session, other, { threshold: shadowThreshold(other), rows });
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
    this.#session ??= await Session.open({ threads, memoryLimitMb });
    return this.#session;
  }

  async #explain(
    session: Session,
    { model, threshold }: OpenedModel,
    explain: ScoringRequest['explain'],
    opened: OpenedExplainer,
  ): Promise<FlagLine[]> {
    if (explain === 'all') {
      await session.run('CREATE OR REPLACE TABLE really_flagged AS SELECT * FROM flagged');
      await session.run('CREATE OR REPLACE TABLE flagged AS SELECT seq FROM decisions ORDER BY seq');
    }
    const settings = { model, threshold, threads: this.#deps.threads, opened };
    const lines = await Array.fromAsync(explainedLines(session, settings, 0));
    if (explain === 'all')
      await session.run('CREATE OR REPLACE TABLE flagged AS SELECT * FROM really_flagged');
    return lines;
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
  session: Session,
  { pack, card }: Model,
  { records }: ScoringRequest,
  explained: readonly FlagLine[],
  hits: readonly RecordHits[],
): Promise<Results> {
  const inOrder: (ScoredRecord | RejectedRecord)[] = new Array(records.length);
  const flagged = new Set<string>();
  const explanations = new Map(explained.map(({ explanation }) => [explanation.record_id, explanation]));
  const hitsOf = new Map(hits.map((record) => [record.record_id, record.hits]));
  for (const { line, ...facts } of await recordFacts(session, pack, card)) {
    if (facts.flagged) flagged.add(facts.record_id);
    inOrder[line - 1] = {
      status: 'scored',
      ...facts,
      explanation: explanations.get(facts.record_id) ?? null,
      rules: hitsOf.get(facts.record_id) ?? [],
    };
  }
  const rejects = await session.rows<{ line: number; column: string | null; reason: string }>(
    'SELECT line::DOUBLE AS line, "column", reason FROM rejects',
  );
  for (const { line, column, reason } of rejects) inOrder[line - 1] = { status: 'rejected', column, reason };
  return { inOrder, flagged };
}
