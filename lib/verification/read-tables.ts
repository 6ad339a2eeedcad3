/**
 * What the Parquet files of a run say: records and decisions are the same records, each decision has the id that follows from its
 * record and model, and is flagged where its score reaches the threshold. What else is asked of them comes out as rows.
 */
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decisionIdSql } from '../decisions/decision-id.ts';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { recordHashSql } from '../intake/staging.ts';
import type { Pack } from '../packs/pack.ts';

export interface TableQuestions {
  readonly decisions: string;
  readonly records: string;
  readonly domain: string;
  readonly model: string;
  readonly pack: Pack;
  readonly threshold: number;
  /** Decisions that rule_hits.csv calls unflagged. */
  readonly others: readonly string[];
}

export interface TableFinding {
  readonly file: 'decisions.parquet' | 'records.parquet';
  readonly kind: 'malformed' | 'mismatch' | 'threshold';
  readonly message: string;
}

export interface DecidedRow {
  readonly recordId: string;
  readonly score: number;
  readonly decisionId: string;
}

export interface TableAnswers {
  readonly findings: readonly TableFinding[];
  readonly scored: number;
  /** In order of input. */
  readonly flagged: readonly DecidedRow[];
  /** The rows of `others` that are there and unflagged. */
  readonly others: readonly DecidedRow[];
  /** Of scores in fifty bins over [0, 1]: of the flagged, and of the others. */
  readonly histogram: { readonly positives: readonly number[]; readonly negatives: readonly number[] };
}

const BINS = 50;
const SOME = 5;

export async function readTables(questions: TableQuestions): Promise<TableAnswers> {
  const session = await Session.open({ threads: 1, memoryLimitMb: 512 });
  try {
    return await answer(session, questions);
  } finally {
    await session.close();
  }
}

async function answer(session: Session, questions: TableQuestions): Promise<TableAnswers> {
  const findings: TableFinding[] = [];
  const nothing = { scored: 0, flagged: [], others: [], histogram: { positives: [], negatives: [] } };
  for (const name of ['decisions', 'records'] as const) {
    const file = `${name}.parquet` as const;
    const failed = await loadTable(session, name, questions).catch((error: Error) => error.message);
    if (failed === undefined) continue;
    findings.push({ file, kind: 'malformed', message: failed.split('\n')[0]! });
  }
  if (findings.length > 0) return { ...nothing, findings };
  findings.push(...(await checkRecords(session)), ...(await checkDecisions(session, questions)));
  const { n } = await session.row<{ n: number }>('SELECT count(*)::DOUBLE AS n FROM decisions');
  return {
    findings,
    scored: n,
    flagged: await decidedRows(session, 'FROM decisions WHERE flagged ORDER BY n'),
    others: await unflagged(session, questions.others),
    histogram: await histogramOf(session),
  };
}

/** By a link of our own: DuckDB takes brackets and stars in a path for a pattern. */
async function loadTable(session: Session, name: 'decisions' | 'records', questions: TableQuestions) {
  const link = join(session.folder, `${name}.parquet`);
  await symlink(resolve(questions[name]), link);
  const from = `read_parquet(${quoteText(link)}, file_row_number = true)`;
  if (name === 'decisions') {
    await session.run(
      `CREATE TEMP TABLE decisions AS SELECT file_row_number AS n, record_id::VARCHAR AS record_id, score::DOUBLE AS score,
         flagged::BOOLEAN AS flagged, model::VARCHAR AS model, decision_id::VARCHAR AS decision_id FROM ${from}`,
    );
    return undefined;
  }
  const { pack, domain, model } = questions;
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  const key = { recordId: 'record_id', recordHash: 'record_hash' };
  const id = decisionIdSql({ ...key, domain: quoteText(domain), modelVersion: quoteText(model) });
  await session.run(
    `CREATE TEMP TABLE records AS SELECT file_row_number AS n, record_id, record_hash = ${hash} AS is_as_hashed, ${id} AS decision_id
     FROM ${from} WHERE NOT history`,
  );
  return undefined;
}

async function checkRecords(session: Session): Promise<TableFinding[]> {
  return some(session, 'records.parquet', 'mismatch', [
    ['record_id', 'records WHERE NOT is_as_hashed', 'its content does not give its record_hash'],
    ['record_id', 'records ANTI JOIN decisions USING (record_id)', 'no decision in decisions.parquet'],
  ]);
}

async function checkDecisions(
  session: Session,
  { model, threshold }: TableQuestions,
): Promise<TableFinding[]> {
  const pairs = 'decisions JOIN records USING (record_id)';
  const repeated = '(SELECT record_id FROM decisions GROUP BY ALL HAVING count(*) > 1)';
  return [
    ...(await some(session, 'decisions.parquet', 'mismatch', [
      ['record_id', 'decisions ANTI JOIN records USING (record_id)', 'no record in records.parquet'],
      ['record_id', repeated, 'decided twice'],
      ['record_id', `decisions WHERE model <> ${quoteText(model)}`, 'by another model than audit.jsonl says'],
      [
        'record_id',
        `${pairs} WHERE decisions.decision_id <> records.decision_id`,
        'its decision_id does not follow from domain, record and model',
      ],
    ])),
    ...(await some(session, 'decisions.parquet', 'threshold', [
      [
        'record_id',
        `decisions WHERE score >= ${threshold} AND NOT flagged`,
        `its score reaches the threshold ${threshold}, and it is not flagged`,
      ],
    ])),
  ];
}

type Question = readonly [column: string, from: string, message: string];

async function some(
  session: Session,
  file: TableFinding['file'],
  kind: TableFinding['kind'],
  questions: readonly Question[],
): Promise<TableFinding[]> {
  const findings: TableFinding[] = [];
  for (const [column, from, message] of questions) {
    const rows = await session.rows<{ id: string; n: number }>(
      `SELECT ${column} AS id, count(*) OVER ()::DOUBLE AS n FROM ${from} LIMIT ${SOME}`,
    );
    for (const { id } of rows) findings.push({ file, kind, message: `record ${id}: ${message}` });
    const more = (rows[0]?.n ?? 0) - rows.length;
    if (more > 0) findings.push({ file, kind, message: `${more} more: ${message}` });
  }
  return findings;
}

async function decidedRows(session: Session, from: string): Promise<DecidedRow[]> {
  const rows: DecidedRow[] = [];
  for await (const chunk of session.chunks(`SELECT record_id, score, decision_id ${from}`)) {
    for (const [recordId, score, decisionId] of chunk.getRows() as [string, number, string][])
      rows.push({ recordId, score, decisionId });
  }
  return rows;
}

async function unflagged(session: Session, ids: readonly string[]): Promise<DecidedRow[]> {
  if (ids.length === 0) return [];
  const wanted = new Set(ids);
  const rows: DecidedRow[] = [];
  for await (const chunk of session.chunks(
    'SELECT record_id, score, decision_id FROM decisions WHERE NOT flagged',
  )) {
    for (const [recordId, score, decisionId] of chunk.getRows() as [string, number, string][])
      if (wanted.has(decisionId)) rows.push({ recordId, score, decisionId });
  }
  return rows;
}

async function histogramOf(session: Session): Promise<TableAnswers['histogram']> {
  const rows = await session.rows<{ bin: number; flagged: boolean; n: number }>(
    `SELECT greatest(0, least(${BINS - 1}, floor(score * ${BINS})))::INTEGER AS bin, flagged, count(*)::DOUBLE AS n
     FROM decisions GROUP BY ALL`,
  );
  const counts = { positives: new Array<number>(BINS).fill(0), negatives: new Array<number>(BINS).fill(0) };
  for (const { bin, flagged, n } of rows) counts[flagged ? 'positives' : 'negatives'][bin] = n;
  return counts;
}
