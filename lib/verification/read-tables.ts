/**
 * What the Parquet files of a run say: records and decisions are the same records, each decision has the id that follows from its
 * record and model, and is flagged where its score reaches the threshold. What else is asked of them is returned as rows.
 */
import { decisionIdSql } from '../decisions/decision-id.ts';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { createTable, type Scan, type Table } from '../engine/table.ts';
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
  const malformed: TableFinding[] = [];
  const load = async <Columns extends object>(name: RunTable, read: Read<Columns>) => {
    const from = parquetSql([questions[name]], ', file_row_number = true');
    return read(session, from, questions).catch((error: Error) => {
      const message = error.message.split('\n')[0]!;
      malformed.push({ file: `${name}.parquet`, kind: 'malformed', message });
      return null;
    });
  };
  const decisions = await load('decisions', readDecisions);
  const records = await load('records', readRecords);
  const nothing = { scored: 0, flagged: [], others: [], histogram: { positives: [], negatives: [] } };
  if (decisions === null || records === null) return { ...nothing, findings: malformed };
  const found = [
    ...(await checkRecords(records, decisions)),
    ...(await checkDecisions(decisions, records, questions)),
  ];
  return {
    findings: found,
    scored: await decisions.count(),
    flagged: await decidedRows(decisions, { where: 'flagged', orderBy: 'n' }),
    others: await unflagged(decisions, questions.others),
    histogram: await histogramOf(decisions),
  };
}

type RunTable = 'decisions' | 'records';
type Read<Columns extends object> = (
  session: Session,
  from: string,
  questions: TableQuestions,
) => Promise<Table<Columns>>;

/** `n` is the place in the file. */
type StoredDecisions = Table<{
  readonly n: bigint;
  readonly record_id: string;
  readonly score: number;
  readonly flagged: boolean;
  readonly model: string;
  readonly decision_id: string;
}>;
type StoredRecords = Table<{
  readonly n: bigint;
  readonly record_id: string;
  readonly is_as_hashed: boolean;
  readonly decision_id: string;
}>;

function readDecisions(session: Session, from: string): Promise<StoredDecisions> {
  return createTable(
    session,
    'decisions',
    `SELECT file_row_number AS n, record_id::VARCHAR AS record_id, score::DOUBLE AS score,
       flagged::BOOLEAN AS flagged, model::VARCHAR AS model, decision_id::VARCHAR AS decision_id FROM ${from}`,
  );
}

function readRecords(
  session: Session,
  from: string,
  { pack, domain, model }: TableQuestions,
): Promise<StoredRecords> {
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  const key = { recordId: 'record_id', recordHash: 'record_hash' };
  const id = decisionIdSql({ ...key, domain: quoteText(domain), modelVersion: quoteText(model) });
  return createTable(
    session,
    'records',
    `SELECT file_row_number AS n, record_id, record_hash = ${hash} AS is_as_hashed, ${id} AS decision_id
     FROM ${from} WHERE NOT history`,
  );
}

async function checkRecords(records: StoredRecords, decisions: StoredDecisions): Promise<TableFinding[]> {
  return some(records.session, 'records.parquet', 'mismatch', [
    ['record_id', `${records} WHERE NOT is_as_hashed`, 'its content does not give its record_hash'],
    ['record_id', `${records} ANTI JOIN ${decisions} USING (record_id)`, 'no decision in decisions.parquet'],
  ]);
}

async function checkDecisions(
  decisions: StoredDecisions,
  records: StoredRecords,
  { model, threshold }: TableQuestions,
): Promise<TableFinding[]> {
  const { session } = decisions;
  const pairs = `${decisions} AS decisions JOIN ${records} AS records USING (record_id)`;
  const repeated = `(SELECT record_id FROM ${decisions} GROUP BY ALL HAVING count(*) > 1)`;
  return [
    ...(await some(session, 'decisions.parquet', 'mismatch', [
      ['record_id', `${decisions} ANTI JOIN ${records} USING (record_id)`, 'no record in records.parquet'],
      ['record_id', repeated, 'decided twice'],
      [
        'record_id',
        `${decisions} WHERE model <> ${quoteText(model)}`,
        'by another model than audit.jsonl says',
      ],
      [
        'record_id',
        `${pairs} WHERE decisions.decision_id <> records.decision_id`,
        'its decision_id does not follow from domain, record and model',
      ],
    ])),
    ...(await some(session, 'decisions.parquet', 'threshold', [
      [
        'record_id',
        `${decisions} WHERE score >= ${threshold} AND NOT flagged`,
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

async function decidedRows(decisions: StoredDecisions, scan: Scan): Promise<DecidedRow[]> {
  const rows: DecidedRow[] = [];
  for await (const [ids, scores, decisionIds] of decisions.scan(['record_id', 'score', 'decision_id'], scan))
    for (const [at, recordId] of ids.entries())
      rows.push({ recordId, score: scores[at]!, decisionId: decisionIds[at]! });
  return rows;
}

async function unflagged(decisions: StoredDecisions, ids: readonly string[]): Promise<DecidedRow[]> {
  if (ids.length === 0) return [];
  const wanted = new Set(ids);
  const rows = await decidedRows(decisions, { where: 'NOT flagged' });
  return rows.filter(({ decisionId }) => wanted.has(decisionId));
}

async function histogramOf(decisions: StoredDecisions): Promise<TableAnswers['histogram']> {
  const rows = await decisions.session.rows<{ bin: number; flagged: boolean; n: number }>(
    `SELECT greatest(0, least(${BINS - 1}, floor(score * ${BINS})))::INTEGER AS bin, flagged, count(*)::DOUBLE AS n
     FROM ${decisions} GROUP BY ALL`,
  );
  const counts = { positives: new Array<number>(BINS).fill(0), negatives: new Array<number>(BINS).fill(0) };
  for (const { bin, flagged, n } of rows) counts[flagged ? 'positives' : 'negatives'][bin] = n;
  return counts;
}
