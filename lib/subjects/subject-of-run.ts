/**
 * What one run says of a subject, an entity such as an account or a batch: its records, decisions, reasons, rule hits, the rejected
 * lines that name it, and the entries of the run's log about its records.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, quotePath, quoteText, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import type { Pack } from '../packs/pack.ts';
import { exists, type RunFolder } from '../scoring/run-folder.ts';

export type SubjectFiles = Pick<
  RunFolder,
  'records' | 'decisions' | 'explanations' | 'ruleHits' | 'rejects' | 'audit'
>;

/** A row as text, by column: amounts and times to their last digit. */
export type TextRow = Readonly<Record<string, string | null>>;
type Document = Readonly<Record<string, unknown>>;

export interface SubjectInRun {
  readonly records: readonly TextRow[];
  readonly decisions: readonly TextRow[];
  readonly explanations: readonly Document[];
  readonly rule_hits: readonly TextRow[];
  /** Rejected lines whose text holds the subject's id. */
  readonly rejects: readonly TextRow[];
  /** Records of others in which the id stands: which, and in which columns. */
  readonly mentions: readonly TextRow[];
  readonly log: readonly Document[];
}

/** The column that names the subject. Throws an InputError where the pack has none. */
export function subjectColumn({ domain, record }: Pick<Pack, 'domain' | 'record'>): string {
  if (record.entity !== null) return record.entity;
  throw new InputError(`the pack of ${domain} names no entity, so that its records belong to no subject`);
}

/** `rejectTexts`: what a rejected line holds that may be the subject's, any of them. */
export async function subjectOfRun(
  session: Session,
  files: SubjectFiles,
  column: string,
  subject: string,
  rejectTexts: readonly string[] = [subject],
): Promise<SubjectInRun> {
  const records = await readRecords(session, files.records, column, subject);
  const ids = new Set(records.flatMap(({ record_id }) => record_id ?? []));
  const within = `record_id IN (${[...ids].map(quoteText).join(', ') || 'NULL'})`;
  const decisions = await rowsOf(session, parquetSql([files.decisions]), within);
  const known = new Set([...ids, ...decisions.flatMap(({ decision_id }) => decision_id ?? [])]);
  return {
    records,
    decisions,
    explanations: await linesAbout(files.explanations, ids, ({ record_id }) => record_id),
    rule_hits: (await exists(files.ruleHits)) ? await rowsOf(session, await csv(files.ruleHits), within) : [],
    rejects: (await exists(files.rejects))
      ? await rowsOf(
          session,
          await csv(files.rejects),
          rejectTexts.map((text) => `contains("text", ${quoteText(text)})`).join(' OR '),
        )
      : [],
    mentions: await readMentions(session, files.records, column, subject),
    log: await linesAbout(files.audit, known, ({ subject: about }) => about),
  };
}

async function readRecords(
  session: Session,
  path: string,
  column: string,
  subject: string,
): Promise<TextRow[]> {
  const columns = await columnsOf(session, path);
  if (!columns.includes(column)) return [];
  return await rowsOf(session, parquetSql([path]), isSubject(column, subject));
}

async function readMentions(
  session: Session,
  path: string,
  column: string,
  subject: string,
): Promise<TextRow[]> {
  const columns = await columnsOf(session, path);
  const own = new Set(['seq', 'file', 'line', 'history', 'record_hash', column]);
  const others = columns.filter((name) => !own.has(name));
  const named = others.map((name) => `CASE WHEN ${isSubject(name, subject)} THEN ${quoteText(name)} END`);
  const notOwn = columns.includes(column) ? ` AND NOT coalesce(${isSubject(column, subject)}, false)` : '';
  return await rowsOf(
    session,
    `(SELECT record_id, line, concat_ws(', ', ${named.join(', ')}) AS columns FROM ${parquetSql([path])} WHERE true${notOwn})`,
    `columns <> ''`,
  );
}

const isSubject = (column: string, subject: string): string =>
  `CAST(${quoteIdentifier(column)} AS VARCHAR) = ${quoteText(subject)}`;
/** A rejected line may be as long as the file: the buffer is as large as the longest line there can be. */
async function csv(path: string): Promise<string> {
  const longest = Math.min(2 ** 27, Math.max(2 ** 21, (await stat(path)).size + 1));
  const sizes = `max_line_size = ${longest}, buffer_size = ${2 * longest}`;
  return `read_csv(${quotePath(path)}, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', ${sizes})`;
}

async function rowsOf(session: Session, source: string, condition: string): Promise<TextRow[]> {
  return await session.rows<TextRow>(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${source} WHERE ${condition}`);
}

async function columnsOf(session: Session, path: string): Promise<string[]> {
  const described = await session.rows<{ column_name: string }>(
    `DESCRIBE SELECT * FROM ${parquetSql([path])}`,
  );
  return described.map(({ column_name }) => column_name);
}

/** Lines of JSON about any of these. */
async function linesAbout(
  path: string,
  ids: ReadonlySet<string>,
  aboutOf: (line: Document) => unknown,
): Promise<Document[]> {
  const found: Document[] = [];
  if (ids.size === 0) return found;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (text === '') continue;
    const line = JSON.parse(text) as Document;
    if (ids.has(String(aboutOf(line)))) found.push(line);
  }
  return found;
}
