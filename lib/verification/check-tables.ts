/** The Parquet files of a run against what the other files say of the same decisions. */
import { csvLine } from '../decisions/safe-csv.ts';
import type { OtherHit } from './check-csv.ts';
import type { FlagFacts } from './check-explanations.ts';
import type { Findings } from './finding.ts';
import type { DecidedRow, TableAnswers } from './read-tables.ts';

const DECISIONS = 'decisions.parquet';
const HITS = 'rule_hits.csv';

interface Witnesses {
  readonly findings: Findings;
  /** Null: the explanations are no witness. */
  readonly flags: readonly FlagFacts[] | null;
  readonly others: readonly OtherHit[];
}

export function checkTables(tables: TableAnswers, { findings, flags, others }: Witnesses): void {
  for (const { kind, file, message } of tables.findings) findings.add(kind, file, message);
  if (tables.findings.some(({ kind }) => kind === 'malformed')) return;
  if (flags !== null) checkFlagged(tables.flagged, flags, findings);
  const byId = new Map(tables.others.map((row) => [row.decisionId, row]));
  for (const { line, decisionId, record, score } of others) {
    const row = byId.get(decisionId);
    if (row === undefined)
      findings.add('mismatch', HITS, `${DECISIONS} has no unflagged decision ${decisionId}`, line);
    else if (`${record}\n` !== csvLine([row.recordId]) || score !== String(row.score))
      findings.add('mismatch', HITS, `${DECISIONS} has ${row.recordId} with ${row.score} for it`, line);
  }
}

/** The same flags in the same order. */
function checkFlagged(rows: readonly DecidedRow[], flags: readonly FlagFacts[], findings: Findings): void {
  const explained = new Map(flags.map((flag) => [flag.decisionId, flag]));
  const flagged = new Set(rows.map(({ decisionId }) => decisionId));
  for (const { recordId, decisionId, score } of rows) {
    const flag = explained.get(decisionId);
    if (flag === undefined)
      findings.add('mismatch', DECISIONS, `record ${recordId} is flagged, and has no explanation`);
    else if (flag.recordId !== recordId || flag.score !== score)
      findings.add(
        'mismatch',
        DECISIONS,
        `decision ${decisionId}: record ${recordId}, score ${score}; explanations.jsonl line ${flag.line} says ${flag.recordId}, ${flag.score}`,
      );
  }
  for (const { recordId, decisionId, line } of flags) {
    if (!flagged.has(decisionId))
      findings.add(
        'mismatch',
        DECISIONS,
        `record ${recordId} is not flagged; explanations.jsonl line ${line} is`,
      );
  }
  const isSameOrder = rows.every((row, at) => row.decisionId === flags[at]?.decisionId);
  if (
    rows.length === flags.length &&
    rows.every(({ decisionId }) => explained.has(decisionId)) &&
    !isSameOrder
  )
    findings.add('mismatch', DECISIONS, 'its flags stand in another order than those of explanations.jsonl');
}
