/**
 * A decision made again from what its run stored: the record and the records its windows reach, the pack and the model. It returns the
 * decision as it is now computed beside the one that was stored, byte for byte.
 */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { compareDecision, type Difference } from '../decisions/compare-decision.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { explanationLine } from '../decisions/explanation-line.ts';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Averages } from '../features/build-windows.ts';
import type { Features } from '../features/feature-tables.ts';
import type { RecordColumns, Records } from '../intake/records.ts';
import { recordHashSql } from '../intake/staging.ts';
import { loadModel, type Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import { withFlagsOf } from '../packs/rule-flags.ts';
import { explainFlags } from './explain-flags.ts';
import { addRelated } from './related-records.ts';
import { hitLines, recordHits } from './rule-hits-of-run.ts';
import { exists, openRunFolder, type RunFolder } from './run-folder.ts';
import { type Decisions, scoreRecords } from './score-records.ts';
import { decisionsSql } from './write-tables.ts';

export interface Replayed {
  readonly identical: boolean;
  readonly differences: readonly Difference[];
  readonly explanation: Explanation;
  readonly flagged: boolean;
}

/** Throws an InputError where the run has no such record. */
export async function replayDecision(path: string, recordId: string, threads: number): Promise<Replayed> {
  const run = await openRunFolder(path);
  const { threshold, rulesFlag, card, averages } = await readDecidedBy(run);
  const loaded = await loadModel(run.model, card);
  const model = { ...loaded, pack: withFlagsOf(loaded.pack, rulesFlag) };
  const session = await Session.open({ threads });
  try {
    const stored = await findDecision(session, run, recordId);
    const records = await loadRecords(session, run, model.pack, recordId);
    const features = await buildFeatures(records, model.pack, { encodings: false, averages });
    const { decisions, matrix } = await scoreRecords(features, model, threshold, 1, () => {});
    // A decision that was no flag is explained all the same.
    const where = `record_id = ${quoteText(recordId)}`;
    for await (const { explanation } of explainFlags(
      { features, decisions, where, matrix },
      { model, threshold, threads: 1 },
    )) {
      const line = stored.flagged ? await findExplanation(run, recordId) : null;
      const differences = [
        ...compareDecision(decisionText(stored), decisionText(await recomputed(decisions, model, recordId))),
        ...(line === null ? [] : compareDecision(line, explanationLine(explanation))),
        ...(await compareHits({ features, decisions }, run, model, stored.decision_id)),
      ];
      return {
        identical: differences.length === 0,
        differences,
        explanation,
        flagged: stored.flagged,
      };
    }
    throw new Error(`the record ${recordId} was loaded, but not scored`);
  } finally {
    await session.close();
  }
}

/** The row of decisions.parquet that a replay must give again. */
function decisionText({ score, flagged, model, decision_id }: StoredDecision): string {
  return JSON.stringify({ score, flagged, model, decision_id });
}

async function recomputed(decisions: Decisions, { card }: Model, recordId: string): Promise<StoredDecision> {
  return decisions.session.row<StoredDecision>(
    `${decisionsSql(decisions, card)} WHERE record_id = ${quoteText(recordId)}`,
  );
}

/** The stored line of a flag, without its line end. */
async function findExplanation(run: RunFolder, recordId: string): Promise<string> {
  const start = `{"record_id":${JSON.stringify(recordId)},`;
  for await (const line of createInterface({
    input: createReadStream(run.explanations),
    crlfDelay: Infinity,
  })) {
    if (line.startsWith(start)) return line;
  }
  throw new InputError(
    `${run.explanations}: no explanation of the record "${recordId}", though decisions.parquet says that it was flagged`,
  );
}

interface StoredDecision extends Record<string, unknown> {
  readonly score: number;
  readonly flagged: boolean;
  readonly model: string;
  readonly decision_id: string;
}

async function findDecision(session: Session, run: RunFolder, recordId: string): Promise<StoredDecision> {
  const [decision] = await session
    .rows<StoredDecision>(
      `SELECT score, flagged, model, decision_id FROM ${parquetSql([run.decisions])} WHERE record_id = ${quoteText(recordId)}`,
    )
    .catch((cause) => refuseDamaged(run.decisions, cause));
  if (decision === undefined) {
    throw new InputError(
      `${run.path}: no record "${recordId}" was scored; record ids stand in flagged_risks.csv and decisions.parquet`,
    );
  }
  return decision;
}

/** The record itself, and as its history every record that its features can depend on. */
async function loadRecords(session: Session, run: RunFolder, pack: Pack, recordId: string): Promise<Records> {
  const files = (await exists(run.history)) ? [run.records, run.history] : [run.records];
  const stored = parquetSql(files);
  const related = await createTable<RecordColumns>(
    session,
    'related',
    `SELECT * FROM ${stored} WHERE record_id = ${quoteText(recordId)} AND NOT history`,
  ).catch((cause) => refuseDamaged(files.join(' or '), cause));
  await addRelated(related, pack, stored);
  // The hash is taken again: it stands for the record in the decision's id.
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  return createTable(
    session,
    'records',
    `SELECT * REPLACE (
       history OR record_id <> ${quoteText(recordId)} AS history, ${hash} AS record_hash
     ) FROM ${related} ORDER BY seq`,
  );
}

interface DecidedBy {
  readonly threshold: number;
  readonly rulesFlag: readonly string[] | null;
  readonly card: string | undefined;
  readonly averages: Averages;
}

interface FirstEntry {
  readonly data?: {
    readonly threshold?: number;
    readonly rules_flag?: readonly string[];
    readonly card?: string;
    readonly averages?: string;
  };
}

/** What the run decided by: from the first entry of its audit log. */
export async function readDecidedBy(run: RunFolder): Promise<DecidedBy> {
  const text = await readFile(run.audit, 'utf8');
  let first: FirstEntry | null;
  try {
    first = JSON.parse(text.split('\n', 1)[0]!) as FirstEntry | null;
  } catch (cause) {
    return refuseDamaged(run.audit, cause as Error);
  }
  if (typeof first?.data?.threshold !== 'number')
    throw new InputError(`${run.audit}: its first entry states no threshold`);
  const { threshold, rules_flag, card, averages } = first.data;
  // Logs of earlier versions do not say.
  return { threshold, rulesFlag: rules_flag ?? null, card, averages: averages === 'once' ? 'once' : 'twice' };
}

/** The record's lines of rule_hits.csv, where the run has one. */
async function compareHits(
  scored: { readonly features: Features; readonly decisions: Decisions },
  run: RunFolder,
  model: Model,
  decisionId: string,
): Promise<readonly Difference[]> {
  if (!(await exists(run.ruleHits))) return [];
  const start = `${decisionId},`;
  const stored: string[] = [];
  for await (const line of createInterface({ input: createReadStream(run.ruleHits), crlfDelay: Infinity })) {
    if (line.startsWith(start)) stored.push(line);
  }
  const recomputed: string[] = [];
  for await (const record of recordHits(scored, model)) {
    if (record.decision_id === decisionId) recomputed.push(...hitLines(record).split('\n').filter(Boolean));
  }
  const lines = recomputed.filter((line) => line.startsWith(start));
  return compareDecision(JSON.stringify({ rule_hits: stored }), JSON.stringify({ rule_hits: lines }));
}

/** The files of a run were written whole: one that cannot be read was changed since. */
function refuseDamaged(file: string, cause: Error): never {
  throw new InputError(
    `${file}: damaged (${cause.message.split('\n')[0]}); assay verify names every file that was changed`,
    { cause },
  );
}
