import { describe, expect, test } from 'vitest';
import { DriftCounter } from '../../lib/evaluation/drift-counter.ts';
import { profileInputs } from '../../lib/evaluation/profile-inputs.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import { raiseAlarms } from '../../lib/monitoring/alarms.ts';
import { type MonitoringPoint, measureModel, type Observed } from '../../lib/monitoring/monitoring-point.ts';
import { Random } from '../../samples/generators/random.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

const rows = 1000;
const random = new Random(1, 0);
/** amount, country=DE, country=other, country=missing */
const matrix = (others: number): Float32Array =>
  Float32Array.from({ length: rows * 4 }, (_, at) => {
    const row = Math.floor(at / 4);
    if (at % 4 === 0) return row % 10 === 0 ? Number.NaN : random.normal();
    if (at % 4 === 1) return row < others ? 0 : 1;
    return at % 4 === 2 && row < others ? 1 : 0;
  });
const names = ['amount', 'country=DE', 'country=other', 'country=missing'];
const profiles = profileInputs(matrix(20), rows, names);
const fake = fakeTrainingReport(1).card;
const category = { kind: 'category', source: 'country' } as const;
const card: ModelCard = {
  ...fake,
  profiles,
  fitted: {
    inputs: [
      { name: names[0]!, kind: 'feature', source: 'amount' },
      { name: names[1]!, ...category, value: 'DE' },
      { name: names[2]!, ...category, value: null },
      { name: names[3]!, ...category },
    ],
    encodings: [],
  },
};
const counts = (others: number) => {
  const counter = new DriftCounter(profiles);
  counter.add(matrix(others), rows);
  return counter.counts();
};
const seen: Observed = {
  flags: { flagged: 100, truePositives: 70, falsePositives: 30 },
  below: [{ unflagged: 900, reviewed: 300, positives: 6 }],
  times: [],
  pairs: [],
  inputs: counts(20),
  scores: card.evaluation!.scores,
  reasons: [],
  received: 1020,
  rejected: 20,
};
const options = { day: '2026-03-31', days: 28, now: '2026-04-01T00:00:00Z', seed: 1 };
const point = (changes: Partial<Observed> = {}): MonitoringPoint =>
  measureModel(card, { ...seen, ...changes }, options);

describe('a point of the time series', () => {
  test('is of a domain, a model and a day, and every figure has an interval or says that it lacks data', () => {
    const one = point();
    expect([one.domain, one.model, one.day, one.days]).toEqual([card.domain, card.version, '2026-03-31', 28]);
    for (const [name, figure] of Object.entries(one.figures)) {
      const isRaised =
        'value' in figure
          ? figure.low <= figure.value && figure.value <= figure.high
          : figure.needed > figure.n;
      expect(isRaised, name).toBe(true);
    }
    expect(one.figures.recall).toMatchObject({ value: 70 / 88 });
    expect(one.figures.rejected_share).toMatchObject({ value: 20 / 1020, n: 1020 });
    expect(one.figures.flagged_share).toMatchObject({ value: 0.1 });
    expect(one.figures.review_hours_median).toEqual({ not_enough_data: true, n: 0, needed: 40 });
  });

  test('holds the scores of all records, without their groups of entities', () => {
    const { scores } = card.evaluation!;
    expect(point({ scores: { ...scores, groups: [{ group: 3, ...scores }] } }).scores).toEqual(scores);
  });

  test('counts missing values of all inputs, and categories that training did not keep', () => {
    const { figures } = point({ inputs: counts(300) });
    expect(figures.missing_share).toMatchObject({ value: 100 / 4000, n: 4000 });
    expect(figures.unknown_share).toMatchObject({ value: 0.3, n: 1000 });
  });
});

describe('alarms', () => {
  test('none where all is as the card lets expect', () => {
    expect(
      raiseAlarms(point({ flags: { flagged: 100, truePositives: 70, falsePositives: 30 } }), card),
    ).toEqual([]);
  });

  test('a recall that is surely below the held-out one may start a retraining, and says its numbers', () => {
    const [alarm] = raiseAlarms(point({ below: [{ unflagged: 900, reviewed: 300, positives: 60 }] }), card);
    expect(alarm).toMatchObject({
      figure: 'recall',
      input: null,
      retrain: true,
      limit: card.evaluation!.atThreshold.recall.low,
    });
    expect(alarm!.sentence).toMatch(
      /^The recall, estimated from records below the line is 0\.280 \[0\.\d{3}, 0\.\d{3}\] \(n = 400\), below 0\.\d{3}, the least that the held-out part let expect\.$/,
    );
  });

  test('a recall that may be low by chance raises none', () => {
    const few = point({ below: [{ unflagged: 900, reviewed: 60, positives: 3 }] });
    expect((few.figures.recall as { value: number }).value).toBeLessThan(
      card.evaluation!.atThreshold.recall.low!,
    );
    expect(raiseAlarms(few, card)).toEqual([]);
  });

  test('an input that drifted is named', () => {
    const alarms = raiseAlarms(point({ inputs: counts(400) }), card);
    expect(alarms.map(({ figure, input }) => [figure, input])).toEqual([
      ['input_psi', 'country=DE'],
      ['input_psi', 'country=other'],
      ['unknown_share', null],
    ]);
    expect(alarms[0]!.sentence).toMatch(/^The drift \(PSI\) of country=DE is /);
  });

  test('own conditions take the place of the default ones; without data none is met', () => {
    const strict = [{ figure: 'precision', bad: 'below', limit: 0.99, retrain: false } as const];
    expect(raiseAlarms(point(), card, strict)).toHaveLength(1);
    const none = point({ flags: { flagged: 5, truePositives: 0, falsePositives: 5 } });
    expect(raiseAlarms(none, card, strict)).toEqual([]);
    expect(raiseAlarms(point(), { evaluation: null }, [{ ...strict[0]!, limit: 'card' }])).toEqual([]);
  });
});
