import { expect, test } from 'vitest';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { reviewRulesOf } from '../../lib/services/review-rules-source.ts';

test('the facts of a payment name the currency of its amount', async () => {
  const { facts } = await reviewRulesOf({ champion: loadShippedChampion })('finance');
  expect(facts).toEqual(expect.arrayContaining(['amount', 'currency']));
});
