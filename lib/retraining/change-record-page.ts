/** A change record as one HTML file: it loads nothing, and reads on paper. */

import { formatPerson } from '../actor.ts';
import type { Estimate } from '../evaluation/evaluation.ts';
import { outcomeOf } from '../registry/acceptance.ts';
import {
  countOf,
  formatCount,
  formatInterval,
  formatScore,
  formatShare,
  formatSigned,
} from '../report/format-number.ts';
import { type Html, html } from '../report/html.ts';
import { renderCards, renderNav, renderPage } from '../report/page.ts';
import { renderSection, type Section, table } from '../report/section.ts';
import type { ChangeRecord } from './change-record.ts';
import type { HeldOutFigures } from './compare-models.ts';
import type { FlagChange } from './flag-changes.ts';

export function renderChangeRecord(record: ChangeRecord): string {
  const sections = [
    describeFigures(record),
    describeCriteria(record),
    describeSegments(record),
    describeFlags(record),
    describeChanges(record),
    describeDataset(record),
    describeApprovals(record),
  ].filter((section) => section !== null);
  const title = `Change record: ${record.title}`;
  return renderPage({
    title,
    top: renderTop(record, sections),
    body: sections.map((section) => renderSection(section, 2)),
  });
}

function renderTop(record: ChangeRecord, sections: readonly Section[]): Html {
  const { comparison, approvals, rollbackTo } = record;
  const overall = comparison.gate.criteria.find(({ id }) => id === 'overall');
  const met = comparison.gate.criteria.filter(({ passed }) => passed).length;
  const cards: [string, string, string][] = [
    ['New model', record.model, `promoted ${day(record.promotedAt)}`],
    [
      'Rollback target',
      rollbackTo ?? 'none',
      rollbackTo === null ? 'there was no model before' : 'the model before',
    ],
    ['Criteria met', `${met} of ${comparison.gate.criteria.length}`, 'all must be, to be put forward'],
    [
      'Approved by',
      approvals.length === 0 ? 'no one' : String(approvals.length),
      approvals.map(({ by }) => personIn(record, by)).join(', '),
    ],
  ];
  return html`<header>
<p class="eyebrow">Change record</p>
<h1>${record.title}</h1>
<p class="facts"><span>Domain <b>${record.domain}</b></span> <span>Retraining <b class="code">${record.retraining ?? 'none'}</b></span> <span>Started by <b>${personIn(record, record.startedBy)}</b></span> <span>Dataset <b class="code">${record.dataset.version}</b></span></p>
<p class="summary">Model ${record.model} decides since ${minute(record.promotedAt)}.${overall === undefined ? ' There was no model before to compare it with.' : ` ${overall.sentence}`}</p>
${renderCards(cards)}
${renderNav(sections)}
</header>
`;
}

const FIGURES: readonly (readonly [
  string,
  (figures: HeldOutFigures) => Estimate | number,
  (value: number) => string,
])[] = [
  ['ROC-AUC', ({ rocAuc }) => rocAuc, formatScore],
  ['PR-AUC', ({ prAuc }) => prAuc, formatScore],
  ['Precision', ({ precision }) => precision, formatShare],
  ['Recall', ({ recall }) => recall, formatShare],
  ['False-positive rate', ({ falsePositiveRate }) => falsePositiveRate, formatShare],
  ['Flagged', ({ flaggedShare }) => flaggedShare, formatShare],
  ['Threshold', ({ threshold }) => threshold, formatScore],
];

function describeFigures({ comparison }: ChangeRecord): Section {
  const { figures, gate } = comparison;
  const show = (figure: Estimate | number, format: (value: number) => string) => {
    if (typeof figure === 'number') return format(figure);
    const interval = formatInterval(figure, format);
    return interval === null ? format(figure.value) : `${format(figure.value)} (${interval})`;
  };
  const rows = FIGURES.map(([name, pick, format]) => [
    name,
    figures.champion === null ? 'no model' : show(pick(figures.champion), format),
    show(pick(figures.challenger), format),
  ]);
  return {
    id: 'figures',
    title: 'Before and after',
    lead: `Both models on the same ${countOf(gate.heldOut.rows, 'record')}, ${formatCount(gate.heldOut.positives)} of them positive: later in time than all that the new model learned from, and of other entities.${sayWeighted(gate.heldOut.weighted)}`,
    body: html`${table('Figures on the held-out part, with 95% intervals', [{ title: 'Figure' }, { title: 'Before', numeric: true }, { title: 'After', numeric: true }], rows)}${comparison.notes.length === 0 ? null : html`<p class="others">${comparison.notes.join(' ')}</p>`}`,
  };
}

function sayWeighted(weighted: number | undefined): string {
  if (!weighted) return '';
  return ` ${countOf(weighted, 'record')} of them came from blind review: each counts as often as the inverse of its inclusion probability.`;
}

const CRITERIA = {
  labels: 'Labels',
  positives: 'Positives',
  held_out: 'Held-out part',
  overall: 'Overall',
  segments: 'Segments',
  recall: 'Recall',
  recall_floor: 'Recall floor',
  flag_volume: 'Flags',
} as const;

const OUTCOMES = { passed: 'met', failed: 'not met', not_enough_data: 'not enough data' } as const;

function describeCriteria({ comparison }: ChangeRecord): Section {
  return {
    id: 'criteria',
    title: 'Acceptance criteria',
    lead: 'What the pack asks of a new model before people are asked to approve it.',
    body: table(
      'Criteria and results',
      [{ title: 'Criterion' }, { title: 'Result' }, { title: 'In words' }],
      comparison.gate.criteria.map((one) => [CRITERIA[one.id], OUTCOMES[outcomeOf(one)], one.sentence]),
    ),
  };
}

function describeSegments({ comparison }: ChangeRecord): Section | null {
  const { segments, segmentsNotJudged, metric } = comparison.gate;
  if (segments.length === 0) return null;
  const few =
    segmentsNotJudged === 0
      ? ''
      : ` ${formatCount(segmentsNotJudged)} more have too few records to be judged.`;
  return {
    id: 'segments',
    title: 'By segment',
    lead: `${metric === 'pr_auc' ? 'PR-AUC' : 'Recall at as many flags'} in each segment; the intervals of the differences hold for all segments at once.${few}`,
    body: table(
      'Segments',
      [
        { title: 'Segment' },
        { title: 'Records', numeric: true },
        { title: 'Before', numeric: true },
        { title: 'After', numeric: true },
        { title: 'Difference', numeric: true },
      ],
      segments.map(({ column, value, rows, champion, challenger, difference }) => [
        `${column}: ${value}`,
        formatCount(rows),
        formatScore(champion),
        formatScore(challenger),
        `${formatSigned(difference.value)} (${formatInterval(difference, formatSigned)})`,
      ]),
    ),
  };
}

function describeFlags({ comparison }: ChangeRecord): Section | null {
  const { flags } = comparison;
  if (flags === null) return null;
  const listed = (caption: string, changes: readonly FlagChange[]) =>
    changes.length === 0
      ? null
      : table(
          caption,
          [
            { title: 'Record' },
            { title: 'Score before', numeric: true },
            { title: 'Score after', numeric: true },
          ],
          changes.map(({ recordId, champion, challenger }) => [
            html`<span class="code">${recordId}</span>`,
            formatScore(champion),
            formatScore(challenger),
          ]),
        );
  return {
    id: 'flags',
    title: 'Flags gained and lost',
    lead: `Of the held-out records both models flag ${formatCount(flags.both)}; the new one flags ${formatCount(flags.gained)} that the old one did not, and no longer flags ${formatCount(flags.lost)}.`,
    body: html`<div class="pair">${listed('Gained, the largest change first', flags.gainedExamples.slice(0, 10))}${listed('Lost, the largest change first', flags.lostExamples.slice(0, 10))}</div>`,
  };
}

function describeChanges({ changes }: ChangeRecord): Section {
  return {
    id: 'changes',
    title: 'What changed',
    lead: 'Only what differs between the two models; everything else is as it was.',
    body: table(
      'Changes',
      [{ title: 'What' }, { title: 'Before' }, { title: 'After' }],
      changes.map(({ what, before, after }) => [what, before ?? '–', after ?? '–']),
    ),
  };
}

function describeDataset({ dataset }: ChangeRecord): Section {
  const { counts, labelSources, objects } = dataset;
  const facts: [string, string | Html][] = [
    ['Version', html`<span class="code">${dataset.version}</span>`],
    ['Labels as of', minute(dataset.asOf)],
    ['Records', `${formatCount(counts.records)}, and ${formatCount(counts.history)} as history only`],
    ['Labelled', `${formatCount(counts.labelled)}, ${formatCount(counts.positives)} of them positive`],
    [
      'Labels from',
      `${countOf(labelSources.review, 'review')}, ${formatCount(labelSources.labels_file)} from labels files, ${formatCount(labelSources.drop)} from drops`,
    ],
    ['Left without a label', `${countOf(counts.inconclusive, 'record')} whose review was inconclusive`],
    ['Contradictions', `${countOf(counts.conflicts, 'record')} of which sources say different things`],
    ['Drawn by chance', `${countOf(counts.weighted, 'record')} that stand for more than themselves`],
  ];
  return {
    id: 'dataset',
    title: 'Dataset',
    lead: 'What the new model was made of. The version is a hash over records, labels and pack.',
    body: html`<div class="facts-box"><p class="box-title">Dataset</p><dl>${facts.map(
      ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl></div>
${table(
  'Objects',
  [{ title: 'Object' }, { title: 'Version' }, { title: 'sha256' }],
  objects.map(({ key, versionId, sha256 }) => [key, versionId, html`<span class="code">${sha256}</span>`]),
)}`,
  };
}

function describeApprovals(record: ChangeRecord): Section {
  const { approvals, startedBy, proposedAt } = record;
  return {
    id: 'approvals',
    title: 'Approvals',
    lead: `Put forward ${minute(proposedAt)}, by the retraining that ${personIn(record, startedBy)} started. Two different people approve a model, and neither is the one who started it.`,
    body: table(
      'Who approved, and when',
      [{ title: 'Who' }, { title: 'When' }, { title: 'Comment' }],
      approvals.map(({ by, at, comment }) => [personIn(record, by), minute(at), comment ?? '–']),
    ),
  };
}

function personIn({ people }: ChangeRecord, id: string): string {
  return formatPerson(id, people?.[id]);
}

function day(at: string): string {
  return at.slice(0, 10);
}

/** 2026-03-05 10:22 UTC */
function minute(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
