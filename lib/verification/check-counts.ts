/** Counts and names that stand in several files: the log's, the summary's and the files' own. */
import { z } from 'zod';
import type { Findings } from './finding.ts';
import type { LogFacts } from './log-facts.ts';

const Count = z.number().int().nonnegative();
const Summary = z.strictObject({
  received: Count,
  scored: Count,
  rejected: Count,
  flagged: Count,
  unexplained: Count,
  domain: z.string(),
  model: z.string(),
  /** Of earlier versions. */
  seconds: z.number().optional(),
});
export type SummaryFacts = z.output<typeof Summary>;

export function parseSummary(text: string, isExact: boolean, findings: Findings): SummaryFacts | undefined {
  const file = 'summary.json';
  try {
    const summary = Summary.parse(JSON.parse(text));
    if (isExact && `${JSON.stringify(summary)}\n` !== text)
      findings.add('malformed', file, 'not written as summaries are');
    return summary;
  } catch {
    findings.add('malformed', file, 'not the summary of a run');
    return undefined;
  }
}

/** What was counted, and where; undefined: there is no sound file to count in. */
export interface Counted {
  readonly log: LogFacts | null;
  readonly summary: SummaryFacts | undefined;
  readonly explained: number | undefined;
  readonly flagRows: number | undefined;
  readonly rejectRows: number | undefined;
  readonly scoredRows: number | undefined;
  readonly flaggedRows: number | undefined;
}

export function checkCounts(counted: Counted, findings: Findings): void {
  const { log, summary } = counted;
  const same = (
    file: string,
    what: string,
    found: number | undefined,
    where: string,
    said: number | undefined,
  ) => {
    if (found === undefined || said === undefined || found === said) return;
    findings.add('mismatch', file, `${found} ${what}; ${where} says ${said}`);
  };
  const flagged = log?.flags.length;
  const unexplained = log?.flags.filter(({ isUnexplained }) => isUnexplained).length;
  const logged = 'audit.jsonl';
  same('flagged_risks.csv', 'flags', counted.flagRows, logged, flagged);
  same('flagged_risks.csv', 'flags', counted.flagRows, 'explanations.jsonl', counted.explained);
  const { count = 0, history = 0 } = log?.rejected ?? {};
  same('rejects.csv', 'rejects', counted.rejectRows, logged, log?.rejected && count + history);
  same('decisions.parquet', 'decisions', counted.scoredRows, logged, log?.scored?.count);
  same('decisions.parquet', 'flags', counted.flaggedRows, logged, flagged);
  if (summary === undefined) return;
  const file = 'summary.json';
  same(file, 'scored', summary.scored, logged, log?.scored?.count);
  same(file, 'scored', summary.scored, 'decisions.parquet', counted.scoredRows);
  same(file, 'rejected', summary.rejected, logged, log?.rejected?.count);

  same(file, 'flagged', summary.flagged, logged, flagged);
  same(file, 'flagged', summary.flagged, 'explanations.jsonl', counted.explained);
  same(file, 'unexplained', summary.unexplained, logged, unexplained);
  if (summary.received !== summary.scored + summary.rejected) {
    const { received, scored, rejected } = summary;
    findings.add('mismatch', file, `${received} received is not ${scored} scored + ${rejected} rejected`);
  }
  const started = log?.started;
  if (started === undefined) return;
  if (summary.domain !== started.domain)
    findings.add('mismatch', file, `domain ${summary.domain}; ${logged} says ${started.domain}`);
  if (summary.model !== started.model)
    findings.add('mismatch', file, `model ${summary.model}; ${logged} says ${started.model}`);
}
