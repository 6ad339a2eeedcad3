/** What `assay score` prints: the counts, the most urgent flags with their strongest reasons, and where the rest is. */
import type { Explanation } from '../decisions/explanation.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunSummary } from './run-summary.ts';

const shownFlags = 10;
const shownReasons = 3;

export function runInWords(summary: RunSummary, top: readonly Explanation[], run: RunFolder): string {
  const lines = [
    `${count(summary.received)} received = ${count(summary.scored)} scored + ${count(summary.rejected)} rejected; ` +
      `${count(summary.flagged)} flagged (${((100 * summary.flagged) / Math.max(1, summary.scored)).toFixed(2)} %), in ${summary.seconds.toFixed(1)} s`,
    '',
    ...top.slice(0, shownFlags).flatMap(flagLines),
  ];
  if (summary.flagged > shownFlags)
    lines.push(`… and ${count(summary.flagged - shownFlags)} more in ${run.flags}`, '');
  if (summary.unexplained > 0)
    lines.push(`${summary.unexplained} flags could not be explained exactly: see ${run.audit}`);
  if (summary.rejected > 0) lines.push(`rejects      ${run.rejects}`);
  lines.push(`report       ${run.report}`, `proof        assay verify ${run.audit}`);
  return `${lines.join('\n')}\n`;
}

function flagLines(flag: Explanation): string[] {
  const head = `${flag.score.toFixed(3)}  ${flag.record_id}`;
  const rules = flag.rules.map((rule) => `         ! ${rule.severity}: ${rule.words}`);
  const reasons = flag.contributions
    .filter((one) => one.contribution > 0)
    .slice(0, shownReasons)
    .map((one) =>
      `        ${one.contribution.toFixed(3).padStart(6)}  ${one.words}`.replace(/^( *)(\d)/, '$1+$2'),
    );
  return [head, ...rules, ...reasons, ''];
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
