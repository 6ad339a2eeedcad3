import { describe, expect, test } from 'vitest';
import { decisionId } from '../../lib/decisions/decision-id.ts';
import type { Shown } from '../../lib/decisions/explanation.ts';
import type { RecordDescription } from '../../lib/features/describe-rows.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import type { Model } from '../../lib/models/model-folder.ts';
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
