/** What became of the held-out records at the threshold, as four tiles in a table. */
import type { Evaluation } from '../evaluation/evaluation.ts';
import { formatCount, formatInterval, formatScore, formatShare } from './format-number.ts';
import { type Html, html } from './html.ts';
import { type Section, table } from './section.ts';

export function describeConfusion(evaluation: Evaluation): Section | null {
  const { confusion, threshold, precision, recall, falsePositiveRate, f1, flaggedShare } =
    evaluation.atThreshold;
  const { tp, fp, tn, fn } = confusion;
  if (tp + fp + tn + fn === 0) return null;
  const range = (estimate: typeof precision) => formatInterval(estimate, formatShare) ?? '–';
  return {
    id: 'confusion',
    title: 'Confusion matrix',
    lead: `What happens to held-out records at the threshold, ${formatScore(threshold)}. Blue tiles are right, orange ones wrong; the stronger the colour, the larger the share of the row.`,
    body: html`<div class="pair"><div class="scroll" role="region" aria-label="Confusion matrix" tabindex="0"><table class="tiles">
<caption>Held-out records by label and outcome</caption>
<thead><tr><td></td><th scope="col">Flagged</th><th scope="col">Not flagged</th></tr></thead>
<tbody><tr><th scope="row">Positive</th>${tile(tp, tp + fn, 'found', true)}${tile(fn, tp + fn, 'missed', false)}</tr>
<tr><th scope="row">Negative</th>${tile(fp, fp + tn, 'false alarms', false)}${tile(tn, fp + tn, 'passed', true)}</tr></tbody>
</table></div>${table(
      'At the threshold',
      [{ title: 'Measure' }, { title: 'Value', numeric: true }, { title: '95% interval', numeric: true }],
      [
        ['Precision', formatShare(precision.value), range(precision)],
        ['Recall', formatShare(recall.value), range(recall)],
        ['False positive rate', formatShare(falsePositiveRate.value), range(falsePositiveRate)],
        ['F1', formatScore(f1), '–'],
        ['Flagged', formatShare(flaggedShare), '–'],
      ],
    )}</div>`,
  };
}

function tile(count: number, ofRow: number, meaning: string, right: boolean): Html {
  const share = ofRow > 0 ? count / ofRow : 0;
  return html`<td class="${right ? 'right' : 'wrong'}" style="--share:${share.toFixed(3)}"><b>${formatCount(count)}</b><span>${formatShare(share)} ${meaning}</span></td>`;
}
