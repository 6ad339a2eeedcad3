/** What a reader needs to find the very same data, settings and program again. */

import type { ModelCard } from '../models/card.ts';
import type { ThresholdPolicy } from '../packs/pack.ts';
import {
  countOf,
  formatBytes,
  formatCount,
  formatNumber,
  formatScore,
  formatShare,
  isNumber,
} from './format-number.ts';
import { type Html, html } from './html.ts';
import { type Section, table } from './section.ts';

type Setting = number | string | boolean | null;

export function describeProvenance(card: ModelCard): Section {
  const { dataset, hyperParameters, libraries } = card;
  return {
    id: 'provenance',
    title: 'Data and provenance',
    lead: 'Training is deterministic: the same data, pack, seed and version give the same model, byte for byte. These are the hashes to check it by.',
    body: html`${factList('Model', [
      ['Version', code(card.version)],
      ['model.onnx', html`${code(card.onnx.sha256)} (${formatBytes(card.onnx.bytes)})`],
      ['Pack', html`version ${card.pack.version}, ${code(card.pack.hash)}`],
      [
        'Threshold',
        `${formatScore(card.threshold.value)}, ${describePolicy(card.threshold.policy)}, chosen on ${card.threshold.chosenOn}`,
      ],
      ['Base value', `${formatScore(card.base)}, where every explanation starts`],
      ['Inputs', formatCount(card.fitted.inputs.length)],
      ['Seed', isNumber(card.seed) ? String(card.seed) : 'not known'],
      ['Approved by', card.approvedBy ?? 'no one yet'],
    ])}${factList('Training data', [
      ['Dataset', code(dataset.hash)],
      [
        'Records',
        `${formatCount(dataset.received)} received, ${formatCount(dataset.rejected)} rejected, ${formatCount(dataset.labelled)} labelled, ${formatCount(dataset.positives)} positive`,
      ],
      ...describeSplit(card),
    ])}${
      dataset.files.length === 0
        ? null
        : table(
            'Files',
            [{ title: 'File' }, { title: 'Size', numeric: true }, { title: 'sha256' }],
            dataset.files.map(({ name, bytes, sha256 }) => [name, formatBytes(bytes), code(sha256)]),
          )
    }<div class="figures">${settingsTable('Hyper-parameters', hyperParameters)}${settingsTable('Libraries', libraries)}</div>`,
  };
}

function code(text: string): Html {
  return html`<span class="code">${text}</span>`;
}

function factList(title: string, facts: readonly (readonly [string, string | Html])[]): Html {
  return html`<div class="facts-box"><p class="box-title">${title}</p><dl>${facts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl></div>
`;
}

function settingsTable(caption: string, settings: Readonly<Record<string, Setting>>): Html | null {
  const entries = Object.entries(settings);
  if (entries.length === 0) return null;
  return table(
    caption,
    [{ title: 'Name' }, { title: 'Value', numeric: true }],
    entries.map(([name, value]) => [name, describeSetting(value)]),
  );
}

function describeSetting(value: Setting): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  return isNumber(value) ? String(value) : 'none';
}

function describeSplit({ split }: ModelCard): (readonly [string, string])[] {
  if (split === null) return [];
  const parts = `${formatCount(split.train)} for training, ${formatCount(split.heldOut)} held out`;
  const unused = split.unused > 0 ? `, ${countOf(split.unused, 'record')} in neither part` : '';
  const cut = split.cutTime === null ? '' : `; held-out records begin at ${split.cutTime}`;
  return [
    ['Split', split.method],
    ['Parts', `${parts}${unused}${cut}`],
  ];
}

function describePolicy(policy: ThresholdPolicy): string {
  switch (policy.policy) {
    case 'max_f1':
      return 'the highest F1';
    case 'min_recall':
      return `a recall of at least ${formatShare(policy.recall)}`;
    case 'capacity':
      return `at most ${formatNumber(policy.perDay)} flags a day`;
  }
}
