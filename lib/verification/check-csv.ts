/** flagged_risks.csv, rule_hits.csv and rejects.csv: what they say of the flags, held against the explanations; and their counts. */
import type { ByteLine } from '../audit/byte-lines.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { digest, type FlagFacts } from './check-explanations.ts';
import { type CsvRecord, cellsOf, csvRecords, endOfCell } from './csv-records.ts';
import type { Findings } from './finding.ts';
import type { StartedRun } from './log-facts.ts';

const FLAGS = 'flagged_risks.csv';
const HITS = 'rule_hits.csv';
const REJECTS = 'rejects.csv';

export interface CsvContext {
  readonly findings: Findings;
  readonly started: StartedRun | undefined;
  /** Null: the explanations are no witness. */
  readonly flags: readonly FlagFacts[] | null;
}

const DECISION = /,([0-9a-f]{32})$/;

/** Each flag once, the most urgent first, with the same score, threshold, rule hits and reasons as its explanation. */
export async function checkFlagCsv(
  lines: AsyncIterable<ByteLine>,
  { findings, started, flags }: CsvContext,
): Promise<number> {
  const byId = new Map(flags?.map((flag) => [flag.decisionId, flag]));
  const add = (line: number, message: string) => findings.add('mismatch', FLAGS, message, line);
  let rows = 0;
  let before: FlagFacts | undefined;
  for await (const { text, line } of records(lines, FLAGS, findings, (header) =>
    header.endsWith(',score,threshold,rule_hits,reasons,decision_id'),
  )) {
    rows++;
    if (flags === null) continue;
    const id = DECISION.exec(text)?.[1] ?? '';
    const flag = byId.get(id);
    if (flag === undefined) {
      add(line, `decision ${id || '?'} has no explanation, or stands here twice`);
      continue;
    }
    byId.delete(id);
    const whole = tailOf(text);
    if (started?.format !== undefined && (whole === undefined || digest(whole) !== flag.csvTail))
      add(line, `says other things than explanations.jsonl line ${flag.line}`);
    if (before !== undefined && isMoreUrgent(flag, before)) add(line, `${flag.recordId} stands too low`);
    before = flag;
  }
  for (const { recordId, line } of byId.values())
    findings.add('mismatch', FLAGS, `the flag of ${recordId} is not there (explanations.jsonl line ${line})`);
  return rows;
}

/** The last five cells as they are written. */
function tailOf(text: string): string | undefined {
  const cells = cellsOf(text);
  if (cells === undefined) return undefined;
  // A cell is written anew from its text: protection against formulas is part of it already.
  const last = cells.slice(-5).map((cell) => (needsQuotes(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return text.endsWith(`,${last.join(',')}`) ? `${last.join(',')}\n` : undefined;
}

function needsQuotes(cell: string): boolean {
  return /[",;|\t\r\n]|^\s|\s$|^$/.test(cell);
}

function isMoreUrgent(a: FlagFacts, b: FlagFacts): boolean {
  return a.severity > b.severity || (a.severity === b.severity && a.score > b.score);
}

/** An unflagged record's hit, for the decisions. */
export interface OtherHit {
  readonly line: number;
  readonly decisionId: string;
  /** The cell as written. */
  readonly record: string;
  readonly score: string;
}

export interface RuleHitFacts {
  /** By rule: of all records, and of the flagged ones. */
  readonly counts: ReadonlyMap<string, { readonly count: number; readonly flagged: number }>;
  readonly others: readonly OtherHit[];
}

export async function checkRuleHits(
  lines: AsyncIterable<ByteLine>,
  { findings, started, flags }: CsvContext,
): Promise<RuleHitFacts> {
  const counts = new Map<string, { count: number; flagged: number }>();
  const others: OtherHit[] = [];
  const ofFlags = new Map<string, string>();
  const header = csvLine(['decision_id', 'record_id', 'rule', 'severity', 'words', 'score', 'flagged']);
  for await (const { text, line } of records(lines, HITS, findings, (found) => `${found}\n` === header)) {
    const cells = cellsOf(text);
    const [decisionId = '', , rule = '', , , score = '', flagged] = cells ?? [];
    if (cells?.length !== 7 || (flagged !== 'true' && flagged !== 'false')) {
      findings.add('malformed', HITS, 'not a rule hit', line);
      continue;
    }
    const { count, flagged: ofThem } = counts.get(rule) ?? { count: 0, flagged: 0 };
    counts.set(rule, { count: count + 1, flagged: ofThem + Number(flagged === 'true') });
    if (flagged === 'true') ofFlags.set(decisionId, `${ofFlags.get(decisionId) ?? ''}${text}\n`);
    else others.push({ line, decisionId, record: text.slice(33, endOfCell(text, 33)), score });
    if (flagged === 'false' && started?.rules_flag?.includes(rule))
      findings.add('threshold', HITS, `rule "${rule}" flags by itself, and the record is not flagged`, line);
  }
  for (const { line, recordId, decisionId, ruleIds, hitLines } of flags ?? []) {
    const found = ofFlags.get(decisionId) ?? '';
    ofFlags.delete(decisionId);
    const isSame =
      started?.format === undefined ? (found === '') === (ruleIds.length === 0) : digest(found) === hitLines;
    if (isSame) continue;
    findings.add(
      'mismatch',
      HITS,
      `the hits of ${recordId} are not those of explanations.jsonl line ${line}`,
    );
  }
  if (flags !== null)
    for (const decisionId of ofFlags.keys())
      findings.add('mismatch', HITS, `decision ${decisionId} is called flagged, and has no explanation`);
  return { counts, others };
}

/** How many records were rejected. */
export async function countRejected(lines: AsyncIterable<ByteLine>, findings: Findings): Promise<number> {
  let rows = 0;
  const isHeader = (text: string) => /^line,column,reason,text(,file)?$/.test(text);
  for await (const { text, line } of records(lines, REJECTS, findings, isHeader)) {
    rows++;
    const cells = cellsOf(text);
    if (cells === undefined || cells.length < 4 || !/^\d*$/.test(cells[0]!))
      findings.add('malformed', REJECTS, 'not a reject: line, column, reason, text', line);
  }
  return rows;
}

/** Those after the header; what is none is a finding. */
async function* records(
  lines: AsyncIterable<ByteLine>,
  file: string,
  findings: Findings,
  isHeader: (text: string) => boolean,
): AsyncGenerator<CsvRecord> {
  let isFirst = true;
  for await (const record of csvRecords(lines)) {
    if (record.fault !== undefined) findings.add('malformed', file, record.fault, record.line);
    else if (!isFirst) yield record;
    else if (!isHeader(record.text)) findings.add('malformed', file, 'not the header of such a file', 1);
    isFirst = false;
  }
  if (isFirst) findings.add('malformed', file, 'empty: it has a header at least');
}
