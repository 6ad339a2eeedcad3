/**
 * Every rule hit of a drop, whether the record is flagged or not: the records that meet a rule, in order of `seq`, and
 * rule_hits.csv. Between machines they travel as JSONL, one file a partition.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decisionId } from '../decisions/decision-id.ts';
import type { RuleHit } from '../decisions/explanation.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { rowDescriber } from '../features/describe-rows.ts';
import { type Features, ruleColumn } from '../features/feature-tables.ts';
import type { Model } from '../models/model-folder.ts';
import { templateNames } from '../packs/template.ts';
import { ruleHitsWithWords } from './explain-record.ts';
import { inBlocks } from './in-blocks.ts';
import { mergeBySeq } from './merge-lines.ts';
import type { Decisions } from './score-records.ts';

export interface RecordHits {
  readonly seq: number;
  readonly record_id: string;
  readonly decision_id: string;
  readonly score: number;
  readonly flagged: boolean;
  /** The most severe first. */
  readonly hits: readonly RuleHit[];
}

/** How often a rule was met, and by how many flagged records. */
export interface RuleCount {
  readonly severity: string;
  readonly count: number;
  readonly flagged: number;
}

const BLOCK = 2_000;

interface HitRow extends Record<string, unknown> {
  readonly seq: number;
  readonly score: number;
  readonly flagged: boolean;
}

export async function* recordHits(
  { features, decisions }: { readonly features: Features; readonly decisions: Decisions },
  { pack, card }: Model,
): AsyncGenerator<RecordHits> {
  if (pack.rules.length === 0) return;
  const met = pack.rules.map((_, index) => `coalesce(${ruleColumn(index)}, false)`).join(' OR ');
  const rows = await features.session.rows<HitRow>(
    `SELECT decisions.seq::DOUBLE AS seq, score, flagged FROM ${decisions} AS decisions JOIN ${features} USING (seq)
     WHERE ${met} ORDER BY decisions.seq`,
  );
  const hitsOf = ruleHitsWithWords(pack);
  const only = new Set(pack.rules.flatMap(({ because }) => templateNames(because)));
  const describeRows = await rowDescriber(features, pack, card.fitted, { only });
  for (let from = 0; from < rows.length; from += BLOCK) {
    const block = rows.slice(from, from + BLOCK);
    const seqs = block.map(({ seq }) => seq);
    let at = 0;
    for await (const record of describeRows(seqs)) {
      const { seq, score, flagged } = block[at++]!;
      const { recordId, recordHash } = record;
      const decision = { domain: card.domain, recordId, recordHash, modelVersion: card.version };
      const decision_id = decisionId(decision);
      yield { seq, record_id: recordId, decision_id, score, flagged, hits: hitsOf(record) };
    }
  }
}

/** Writes one record's hits a line, as JSON. */
export async function storeRecordHits(hits: AsyncIterable<RecordHits>, path: string): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const record of hits) yield `${JSON.stringify(record)}\n`;
  }
  await pipeline(Readable.from(inBlocks(lines())), createWriteStream(path));
}

/** What several files hold, in order of `seq`. */
export function mergeRecordHits(paths: readonly string[]): AsyncGenerator<RecordHits> {
  return mergeBySeq(paths.map(readRecordHits));
}

async function* readRecordHits(path: string): AsyncGenerator<RecordHits> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) yield JSON.parse(line) as RecordHits;
}

/** A line a hit: the record's decision, the rule, and its sentence. */
export async function writeRuleHits(
  hits: AsyncIterable<RecordHits>,
  path: string,
): Promise<ReadonlyMap<string, RuleCount>> {
  const counts = new Map<string, RuleCount>();
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(['decision_id', 'record_id', 'rule', 'severity', 'words', 'score', 'flagged']);
    for await (const record of hits) {
      for (const { id, severity } of record.hits) {
        const { count, flagged } = counts.get(id) ?? { count: 0, flagged: 0 };
        counts.set(id, { severity, count: count + 1, flagged: flagged + Number(record.flagged) });
      }
      yield hitLines(record);
    }
  }
  await pipeline(Readable.from(inBlocks(lines())), createWriteStream(path));
  return counts;
}

/** A record's lines of rule_hits.csv. */
export function hitLines({ decision_id, record_id, score, flagged, hits }: RecordHits): string {
  return hits
    .map(({ id, severity, words }) => csvLine([decision_id, record_id, id, severity, words, score, flagged]))
    .join('');
}
