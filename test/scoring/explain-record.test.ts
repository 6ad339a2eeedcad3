import { describe, expect, test } from 'vitest';
import { decisionId } from '../../lib/decisions/decision-id.ts';
import type { RecordDescription } from '../../lib/features/describe-rows.ts';
import { COVERS_OF_TRAINING_ROWS, type ModelCard } from '../../lib/models/card.ts';
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
/** Made in each test: what is computed as the file is loaded counts for none. */
const explain = (by: Model = model, of: RecordDescription = record) =>
  recordExplainer(by, 0.25)(0.4, inScore, of);

describe('recordExplainer', () => {
  test('sums the inputs of a source, one contribution each, the largest first', () => {
    const { explanation, additive } = explain();
    expect(additive).toBe(true);
    expect(explanation.contributions.map(({ column, contribution }) => [column, contribution])).toEqual([
      ['amount', 0.2],
      ['country_rate', 0.07],
      ['country', 0.06],
      ['orders', -0.03],
    ]);
  });

  test('what is usual is the record’s own; else the median of training, to seven digits; else nothing', () => {
    const of = (column: string) => explain().explanation.contributions.find((one) => one.column === column)!;
    expect(of('amount').usual).toBe(80);
    expect(of('orders').usual).toBe(1.234568);
    expect(of('country').usual).toBeNull();
    expect(of('country_rate').usual).toBeNull();
  });

  test('speaks in the words of the pack, with its parameters, and lists the rules that hit', () => {
    const { explanation } = explain();
    expect(explanation.contributions[0]!.words).toBe('The amount is 950; usual is 80');
    expect(explanation.rules).toEqual([{ id: 'large', severity: 'high', words: '950 is more than 900' }]);
  });

  test('names threshold, model, pack and the decision’s own id', () => {
    const { explanation } = explain();
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

  test('a record that meets no rule has none', () => {
    expect(explain(model, { ...record, rules: [] }).explanation.rules).toEqual([]);
  });

  test('says where the score stands among held-out records, where the card knows', () => {
    const { evaluation } = model.card;
    const observed = { value: 0.5, low: 0.4, high: 0.6 };
    const scoreBands = [{ from: 0.25, to: 1, records: 40, score: 0.5, observed }];
    const by = { ...model, card: { ...model.card, evaluation: { ...evaluation!, scoreBands } } };
    expect(explain(by).explanation.standing).toMatchObject({ confirmed: 0.5, records: 40 });
    const { scoreBands: _, ...earlier } = by.card.evaluation;
    for (const known of [earlier, null]) {
      const { explanation } = explain({ ...model, card: { ...model.card, evaluation: known } });
      expect('standing' in explanation).toBe(false);
    }
  });

  test('says where an imported model’s covers were counted on the training rows, and else nothing', () => {
    const cover = (value: string) => ({
      ...model,
      card: { ...model.card, hyperParameters: { cover: value } },
    });
    expect(explain(cover(COVERS_OF_TRAINING_ROWS)).explanation.covers).toBe('training_rows');
    expect('covers' in explain(cover('from the file')).explanation).toBe(false);
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

describe('sentences of a record', () => {
  const pack = () =>
    parsePack(
      `domain: loans
base_currency: EUR
record: { id: id, time: at, label: bad }
columns: { id: string, at: timestamp, home: country, branch: string, amount: { type: money, currency: cur }, cur: currency, bad: boolean }
parameters: { limit: 100 }
features:
  size: { is: amount_base, words: "{value} {base_currency} over {limit}", group: The amount }
  place: { is: length(branch), words: "Place {value}", context: true }
categories: { home: { words: "From {value}", group: Where, context: true }, branch: {} }
encodings: { branch_rate: { of: branch, words: "{value} in {home}", context: true } }
rules:
  - { id: abroad, when: home = 'PA', because: "Home is {home}" }
`,
      'loans.yaml',
    );
  const explained = () => {
    const names = ['size', 'place', 'home', 'branch', 'branch_rate'];
    const kindOf = (name: string) =>
      name === 'branch_rate' ? 'encoding' : ['home', 'branch'].includes(name) ? 'category' : 'feature';
    const fitted = {
      inputs: names.map((name) => ({ name, kind: kindOf(name), source: name }) as const),
      encodings: [],
    };
    return recordExplainer({ ...model, pack: pack(), card: { ...model.card, profiles: [], fitted } }, 0.5)(
      0.1,
      { base: 0.1, contributions: new Float64Array(names.length) },
      {
        ...record,
        rules: ['abroad'],
        sources: new Map([
          ['size', source(950)],
          ['place', source(3)],
          ['home', source('PA')],
          ['branch', source('PA')],
          ['branch_rate', source(0.5)],
        ]),
        values: new Map<string, Shown>([['home', 'PA']]),
      },
    ).explanation;
  };

  test('name the base currency, parameters and countries', () => {
    const { contributions, rules } = explained();
    expect(Object.fromEntries(contributions.map((one) => [one.column, one.words]))).toEqual({
      size: '950 EUR over 100',
      place: 'Place 3',
      home: 'From Panama',
      // A code that is no country's column is a text.
      branch: 'branch is PA',
      branch_rate: '50 % in Panama',
    });
    expect(rules[0]!.words).toBe('Home is Panama');
  });

  test('have the group and the context that the pack gives them, and else none', () => {
    const placed = explained().contributions.map(({ column, group, context }) => [column, group, context]);
    expect(placed.toSorted()).toEqual([
      ['branch', undefined, undefined],
      ['branch_rate', undefined, true],
      ['home', 'Where', true],
      ['place', undefined, true],
      ['size', 'The amount', undefined],
    ]);
    for (const one of explained().contributions.filter(({ column }) => column === 'branch'))
      expect(Object.keys(one)).not.toContain('group');
  });
});
