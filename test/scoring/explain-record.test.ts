import { describe, expect, test } from 'vitest';
import { decisionId } from '../../lib/decisions/decision-id.ts';
import type { RecordDescription } from '../../lib/features/describe-rows.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import type { Shown } from '../../lib/packs/shown-value.ts';
import { recordExplainer } from '../../lib/scoring/explain-record.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';
import { shopPack } from '../helpers/shop.ts';

const inputs: ModelCard['fitted']['inputs'] = [
  { name: 'amount', kind: 'feature', source: 'amount' },
  { name: 'country=DE', kind: 'category', source: 'country', value: 'DE' },
  { name: 'country=other', kind: 'category', source: 'country', value: null },
  { name: 'country=missing', kind: 'category', source: 'country' },
  { name: 'orders', kind: 'feature', source: 'orders' },
  { name: 'country_rate', kind: 'encoding', source: 'country_rate' },
];
const profile = { missingShare: 0, edges: [], shares: [1], mean: null };
const model: Model = {
  onnx: new Uint8Array(),
  pack: shopPack,
  card: {
    ...fakeTrainingReport(1).card,
    domain: 'shop',
    version: '0123456789ab',
    pack: { version: 3, hash: shopPack.hash, source: shopPack.source },
    fitted: { inputs, encodings: [] },
    profiles: [
      { ...profile, name: 'amount', median: 100 },
      { ...profile, name: 'orders', median: 1.23456789 },
      { ...profile, name: 'country_rate', median: null },
    ],
  },
};

const source = (value: Shown, usual: Shown = null) => ({ value, usual });
const record: RecordDescription = {
  seq: 0,
  recordId: 'o-1',
  recordHash: 'f'.repeat(64),
  sources: new Map([
    ['amount', source(950, 80)],
    ['country', source('DE')],
    ['orders', source(4)],
    ['country_rate', source(0.25)],
  ]),
  rules: ['large'],
  values: new Map<string, Shown>([
    ['amount', 950],
    ['country', 'DE'],
    ['orders', 4],
  ]),
};
const inScore = { base: 0.1, contributions: Float64Array.of(0.2, 0.05, -0.01, 0.02, -0.03, 0.07) };
const { explanation, additive } = recordExplainer(model, 0.25)(0.4, inScore, record);
const of = (column: string) => explanation.contributions.find((one) => one.column === column)!;

describe('recordExplainer', () => {
  test('sums the inputs of a source, one contribution each, the largest first', () => {
    expect(additive).toBe(true);
    expect(explanation.contributions.map(({ column, contribution }) => [column, contribution])).toEqual([
      ['amount', 0.2],
      ['country_rate', 0.07],
      ['country', 0.06],
      ['orders', -0.03],
    ]);
  });

  test('what is usual is the record’s own; else the median of training, to seven digits; else nothing', () => {
    expect(of('amount').usual).toBe(80);
    expect(of('orders').usual).toBe(1.234568);
    expect(of('country').usual).toBeNull();
    expect(of('country_rate').usual).toBeNull();
  });

  test('speaks in the words of the pack, with its parameters, and lists the rules that hit', () => {
    expect(of('amount').words).toBe('The amount is 950; usual is 80');
    expect(explanation.rules).toEqual([{ id: 'large', severity: 'high', words: '950 is more than 900' }]);
  });

  test('names threshold, model, pack and the decision’s own id', () => {
    expect(explanation).toMatchObject({
      threshold: 0.25,
      model: '0123456789ab',
      pack: 'shop@3',
      record_id: 'o-1',
    });
    expect(explanation.decision_id).toBe(
      decisionId({
        domain: 'shop',
        recordId: 'o-1',
        recordHash: 'f'.repeat(64),
        modelVersion: '0123456789ab',
      }),
    );
  });

  test('parts that do not make the score are said to leave some of it unexplained', () => {
    const off = recordExplainer(model, 0.25)(0.5, inScore, record);
    expect(off.additive).toBe(false);
    expect(off.explanation.unexplained).toBeCloseTo(0.1, 9);
  });
});

describe('every kind of source reads as its own', () => {
  const pack = parsePack(
    `domain: loans
record: { id: id, label: bad }
columns: { id: string, waited: integer, country: string, branch: string, urgent: boolean, bad: boolean }
parameters: { offshore: [PA, KY] }
features:
  waited: { is: waited, format: duration, words: "Waited {value}; usual is {usual}" }
  urgent: { is: urgent, words: "Urgent: {value}; usual: {usual}" }
categories: { branch: {}, country: { words: "The country is {value}" } }
encodings:
  branch_rate: { of: branch }
  country_rate: { of: country, words: "{value} of {country} went bad; offshore are {offshore}" }
rules:
  - { id: slow, when: waited > 60, because: "Waited {waited}" }
`,
    'loans.yaml',
  );
  const names = ['waited', 'urgent', 'branch', 'country', 'branch_rate', 'country_rate'];
  const kindOf = (name: string) =>
    name.endsWith('_rate') ? 'encoding' : name === 'branch' || name === 'country' ? 'category' : 'feature';
  const card: ModelCard = {
    ...model.card,
    profiles: [],
    fitted: { inputs: names.map((name) => ({ name, kind: kindOf(name), source: name })), encodings: [] },
  };
  const words = (urgent: Shown, usual: Shown): Record<string, string> => {
    const facts = recordExplainer({ ...model, pack, card }, 0.5)(
      0.1,
      { base: 0.1, contributions: new Float64Array(names.length) },
      {
        ...record,
        rules: ['slow'],
        sources: new Map([
          ['waited', source(7200, 60)],
          ['urgent', source(urgent, usual)],
          ['branch', source('North')],
          ['country', source('PA')],
          ['branch_rate', source(0.5, 0.1)],
          ['country_rate', source(0.25, 0.1)],
        ]),
        values: new Map<string, Shown>([
          ['waited', 7200],
          ['branch', 'North'],
          ['country', 'PA'],
        ]),
      },
    ).explanation;
    const sentences = facts.contributions.map((one) => [one.column, one.words]);
    return Object.fromEntries([...sentences, ...facts.rules.map((rule) => [rule.id, rule.words])]);
  };

  test('features by their format and words, categories and encodings by theirs, lists as lists', () => {
    expect(words(true, 1)).toEqual({
      waited: 'Waited 2 h; usual is 1 min',
      urgent: 'Urgent: yes; usual: yes',
      branch: 'branch is North',
      country: 'The country is PA',
      branch_rate: 'past rate for branch North is 50 %; overall 10 %',
      country_rate: '25 % of PA went bad; offshore are PA, KY',
      slow: 'Waited 2 h',
    });
  });

  test('what is usual of a yes or no is a yes or no, between them a share; of a number it stays a number', () => {
    expect(words(true, 0).urgent).toBe('Urgent: yes; usual: no');
    expect(words(false, 1).urgent).toBe('Urgent: no; usual: yes');
    expect(words(false, 0.25).urgent).toBe('Urgent: no; usual: 0.25');
    expect(words(3, 1).urgent).toBe('Urgent: 3; usual: 1');
    expect(words(3, 0).urgent).toBe('Urgent: 3; usual: 0');
  });
});
