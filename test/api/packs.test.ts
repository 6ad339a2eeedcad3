/** What people read of a pack, held against the pack itself. */
import { describe, expect, test } from 'vitest';
import { PackAnswer } from '../../lib/api/pack-schemas.ts';
import { packHandlers } from '../../lib/api/packs.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { durationText, parseDuration } from '../../lib/packs/duration.ts';
import { reviewRulesOf } from '../../lib/services/review-rules-source.ts';

const models = {
  domains: async () => ['finance', 'pharma'],
  champion: (domain: string) => loadShippedChampion(domain),
};
const caller = { sub: 'ann', name: null, grants: [] };
const read = async (domain: string) => {
  const { getPack } = packHandlers({ models, reviewRules: reviewRulesOf(models) });
  const { body } = await getPack({
    params: { domain },
    ...{ query: {}, body: undefined, caller, scope: [domain], pii: false },
  });
  return body;
};

describe('a pack as people read it', () => {
  test.each(['finance', 'pharma'])('has every column, window, feature and rule of %s', async (domain) => {
    const { pack, card } = await loadShippedChampion(domain);
    const shown = await read(domain);
    expect(PackAnswer.parse(shown)).toEqual(shown);
    expect(shown).toMatchObject({ model: card.version, pack_hash: pack.hash, pack_version: pack.version });
    expect(shown.columns.map(({ name }) => name)).toEqual(pack.columns.map(({ name }) => name));
    expect(shown.windows.map(({ name }) => name)).toEqual(pack.windows.map(({ name }) => name));
    expect(shown.rules.map(({ id }) => id)).toEqual(pack.rules.map(({ id }) => id));
    expect(shown.features.map(({ name }) => name)).toEqual([
      ...pack.features.map(({ name }) => name),
      ...pack.categories.map(({ column }) => column),
      ...pack.encodings.map(({ name }) => name),
    ]);
    expect(shown.parameters.map(({ name }) => name)).toEqual(Object.keys(pack.parameters));
  });

  test('says types, lengths, deadlines and what flags by itself as the pack writes them', async () => {
    const finance = await read('finance');
    const column = (name: string) => finance.columns.find((one) => one.name === name);
    expect(column('amount')).toMatchObject({ type: 'money(18,2)', min: 0, required: true, pii: false });
    expect(column('expected_turnover')).toMatchObject({ type: 'decimal(18,2)' });
    expect(column('account_country')).toMatchObject({ type: 'country' });
    expect(column('customer_name')).toMatchObject({ pii: true, derived: false });
    expect(column('amount_base')).toMatchObject({ derived: true });
    const windows = Object.fromEntries(finance.windows.map(({ name, over }) => [name, over]));
    expect(windows).toMatchObject({ six_hours: '6 hours', week: '7 days', past: null });
    expect(finance.rules.filter((rule) => rule.flags_by_itself).map(({ id }) => id)).toEqual([
      ...['prohibited_country', 'structuring', 'offshore_high_value'],
    ]);
    expect(finance.review.due).toEqual({ critical: 24, high: 72, medium: 240, low: 720, none: 720 });
    const pharma = await read('pharma');
    expect(pharma.threshold).toMatchObject({ set_by_people: false, policy: 'capacity', aim: 12 });
    expect(pharma.windows.find(({ name }) => name === 'operator_before')).toMatchObject({
      ...{ columns: ['operator_id'], over: '12 hours', delay: '1 second' },
    });
    expect(pharma.review).toMatchObject({ signature: 'required', four_eyes: 'critical' });
  });

  test('is not there for a domain without a model', async () => {
    await expect(read('churn')).rejects.toMatchObject({ status: 404 });
  });
});

describe('the length of a window', () => {
  test.each(['1 second', '90 minutes', '36 hours', '1 day', '90 days', '61 seconds'])(
    'is written as a pack reads it: %s',
    (text) => {
      const read = parseDuration(text, 'microseconds');
      expect('length' in read && durationText(read.length, 'microseconds')).toBe(text);
    },
  );

  test('is written in steps where the time column is an integer, and below a second in parts of one', () => {
    expect(durationText(24, 'steps')).toBe('24 steps');
    expect(durationText(500_000, 'microseconds')).toBe('0.5 seconds');
  });
});
