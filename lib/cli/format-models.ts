/** Models of a deployed stack, in words. */

import { formatPerson, type NameOf } from '../actor.ts';
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';
import { outcomeOf } from '../registry/acceptance.ts';
import type { ModelEntry, ModelRegistry } from '../registry/registry-state.ts';
import type { Compared } from '../retraining/compare-models.ts';
import { textTable, withoutControls } from './text-table.ts';

/** `champion`: the card of the model that serves, which a registry that was never written does not know. */
export function formatModels(
  { models, lineage }: ModelRegistry,
  champion: ModelCard,
  nameOf: NameOf,
): string {
  const entries = Object.values(models).toSorted((a, b) => (lastOf(a) < lastOf(b) ? 1 : -1));
  if (entries.length === 0) {
    return `${champion.version}  champion, as installed; no retraining has put another forward\n`;
  }
  const rows = entries.map(({ version, state, metrics, startedBy, approvals, history, retraining }) => [
    version,
    state,
    history.at(-1)!.at.slice(0, 19).replace('T', ' '),
    metrics === null ? '–' : metrics.prAuc.toFixed(3),
    metrics === null ? '–' : metrics.recall.toFixed(3),
    retraining === null ? 'installed' : `${formatPerson(startedBy, nameOf(startedBy))}, ${retraining}`,
    approvals.map(({ by }) => formatPerson(by, nameOf(by))).join(', ') || '–',
  ]);
  const table = textTable(
    [
      ...[{ head: 'model' }, { head: 'state' }, { head: 'since (UTC)' }],
      ...([
        { head: 'PR-AUC', align: 'right' },
        { head: 'recall', align: 'right' },
      ] as const),
      ...[{ head: 'started by' }, { head: 'approved by' }],
    ],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  const back = lineage.at(-2);
  return back === undefined ? table : `${table}a rollback goes back to ${back}\n`;
}

/** Everyone who did something to these entries. */
export function peopleOf(entries: readonly ModelEntry[]): string[] {
  return entries.flatMap(({ startedBy, approvals, history, thresholds = [], thresholdProposal }) => [
    startedBy,
    ...[...approvals, ...history].map(({ by }) => by),
    ...thresholds.flatMap(({ proposedBy, approvedBy }) => [proposedBy, approvedBy]),
    ...(thresholdProposal === undefined ? [] : [thresholdProposal.by]),
  ]);
}

export function formatModel(
  card: ModelCard,
  entry: ModelEntry | null,
  comparison: Compared | null,
  nameOf: NameOf,
): string {
  const { evaluation, dataset, threshold } = card;
  const facts: [string, string][] = [
    ['model', card.version],
    ['state', entry?.state ?? 'installed'],
    ['algorithm', card.algorithm],
    ['trained on', `${dataset.labelled} labelled records, ${dataset.positives} of them positive`],
    ['threshold', (entry?.thresholds?.at(-1)?.to ?? threshold.value).toFixed(4)],
    ...(evaluation === null
      ? []
      : ([
          ['PR-AUC', figure(evaluation.prAuc)],
          ['precision', figure(evaluation.atThreshold.precision)],
          ['recall', figure(evaluation.atThreshold.recall)],
        ] satisfies [string, string][])),
    ...(entry?.expiresAt != null && entry.state === 'candidate'
      ? ([['approve by', entry.expiresAt]] satisfies [string, string][])
      : []),
    ...(entry?.approvals ?? []).map(({ by, at, comment }): [string, string] => [
      'approved',
      `${at}  ${formatPerson(by, nameOf(by))}${comment === null ? '' : `: ${comment}`}`,
    ]),
    ...(entry?.history ?? []).map(({ state, at, by, reason }): [string, string] => [
      'history',
      `${at}  ${state} by ${formatPerson(by, nameOf(by))}${reason === null ? '' : `: ${reason}`}`,
    ]),
    ...(entry?.thresholds ?? []).map((one): [string, string] => [
      'history',
      `${one.at}  threshold ${one.from} to ${one.to}, proposed by ${formatPerson(one.proposedBy, nameOf(one.proposedBy))}, approved by ${formatPerson(one.approvedBy, nameOf(one.approvedBy))}: ${one.reason}`,
    ]),
    ...(entry?.thresholdProposal === undefined
      ? []
      : ([
          [
            'proposed',
            `${entry.thresholdProposal.at}  threshold ${entry.thresholdProposal.to} by ${formatPerson(entry.thresholdProposal.by, nameOf(entry.thresholdProposal.by))}: ${entry.thresholdProposal.reason}`,
          ],
        ] satisfies [string, string][])),
    ...(comparison?.gate.criteria ?? []).map((one): [string, string] => [
      `gate: ${outcomeOf(one).replaceAll('_', ' ')}`,
      one.sentence,
    ]),
    ...(comparison?.notes ?? []).map((note): [string, string] => ['note', note]),
    ...(comparison?.flags == null
      ? []
      : ([
          [
            'flags',
            `${comparison.flags.gained} gained, ${comparison.flags.lost} lost, ${comparison.flags.both} the same`,
          ],
        ] satisfies [string, string][])),
  ];
  return facts.map(([name, value]) => `${withoutControls(`${name.padEnd(12)} ${value}`)}\n`).join('');
}

function figure({ value, low, high }: Estimate): string {
  return low === null || high === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function lastOf({ history }: ModelEntry): string {
  return history.at(-1)?.at ?? '';
}
