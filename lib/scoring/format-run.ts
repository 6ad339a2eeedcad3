/** What `assay score` prints: the counts, a table of the most urgent flags with their strongest reasons, and where the rest is. */
import type { Explanation } from '../decisions/explanation.ts';
import { raisingReasons } from '../decisions/reasons.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunSummary } from './run-summary.ts';

const shownFlags = 10;
const shownReasons = 3;

export function formatRun(summary: RunSummary, top: readonly Explanation[], run: RunFolder): string {
  const share = ((100 * summary.flagged) / Math.max(1, summary.scored)).toFixed(2);
  const lines = [
    `${count(summary.received)} received = ${count(summary.scored)} scored + ${count(summary.rejected)} rejected; ` +
      `${count(summary.flagged)} flagged (${share} %), in ${summary.seconds.toFixed(1)} s`,
    '',
    ...flagTable(top.slice(0, shownFlags)),
  ];
  if (summary.flagged > shownFlags) {
    lines.push(`… and ${count(summary.flagged - shownFlags)} more in ${run.flags}`, '');
  }
  if (summary.unexplained > 0) {
    lines.push(`${summary.unexplained} flags could not be explained exactly: see ${run.audit}`);
  }
  if (summary.rejected > 0) lines.push(`rejects      ${run.rejects}`);
  lines.push(`report       ${run.report}`, `proof        assay verify ${run.audit}`);
  return `${lines.join('\n')}\n`;
}

/** Score, record and, line by line, why: the rules hit, then what raised the score most. */
function flagTable(flags: readonly Explanation[]): string[] {
  if (flags.length === 0) return [];
  const width = Math.max('record'.length, ...flags.map((flag) => flag.record_id.length));
  const row = (score: string, record: string, why: string): string =>
    withoutControls(`${score.padEnd(5)}  ${record.padEnd(width)}  ${why}`.trimEnd());
  return [
    row('score', 'record', 'why'),
    row('─'.repeat(5), '─'.repeat(width), '─'.repeat(60)),
    ...flags.flatMap((flag) => {
      const [first = '', ...rest] = reasonsOf(flag);
      return [row(flag.score.toFixed(3), flag.record_id, first), ...rest.map((why) => row('', '', why)), ''];
    }),
  ];
}

function reasonsOf({ rules, contributions }: Explanation): string[] {
  const raising = raisingReasons(contributions, shownReasons);
  return [
    ...rules.map((rule) => `${rule.severity} rule: ${rule.words}`),
    ...raising.map((one) => `+${one.contribution.toFixed(3)} ${one.words}`),
  ];
}

/** A record's text may hold what a terminal would obey. */
function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
