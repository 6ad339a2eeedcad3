/** What a pack says, in the language of the page. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadTexts, nameOf, sayReason } from '../../console/state/pack-texts.ts';
import { speak } from '../../console/words/words.ts';
import { packHandlers } from '../../lib/api/packs.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { reviewRulesOf } from '../../lib/services/review-rules-source.ts';

const models = {
  domains: async () => ['finance'],
  champion: (domain: string) => loadShippedChampion(domain),
};
const asked: string[] = [];

beforeAll(async () => {
  const { getPackTexts } = packHandlers({ models, reviewRules: reviewRulesOf(models) });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path);
    const { body } = await getPackTexts({
      ...{ params: { domain: 'finance' }, query: { language: 'de' }, body: undefined },
      ...{ caller: { sub: 'ann', name: null, grants: [] }, scope: ['finance'], pii: false },
    });
    return { ok: true, status: 200, headers: new Headers(), json: async () => body };
  });
  await speak('de');
  await loadTexts('finance', 'de');
});
afterAll(async () => {
  // Other files may share these modules.
  await speak('en');
  await loadTexts(null, 'en');
  vi.unstubAllGlobals();
});

describe('in German, a pack', () => {
  test('calls its columns, rules, groups and reasons by their German names', () => {
    expect(nameOf('columns', 'account_id')).toBe('Konto');
    expect(nameOf('rules', 'structuring')).toBe('Stückelung');
    expect(nameOf('groups', 'The amount', 'The amount')).toBe('Der Betrag');
    expect(nameOf('reasons', 'data_error', 'A value is wrong')).toBe('Ein Wert im Datensatz ist falsch');
    expect(nameOf('columns', 'not_there')).toBe('Not there');
    expect(nameOf('values', 'constructor', 'constructor')).toBe('constructor');
  });

  test.each([
    ['cash_deposits_week', 6, 0.47, 'Bareinzahlungen in 7 Tagen: 6 (üblich 0,47)'],
    ['passed_on', 0.923, 0.1, 'Weitergeleitet in 48 Stunden: 92,3\u00a0% (üblich 10,0\u00a0%)'],
    ['amount_base', 9_850, 120.5, 'Betrag in Basiswährung: 9.850,00 (üblich 120,50)'],
    ['new_counterparty', true, false, 'Erste Zahlung mit dieser Gegenseite: ja (üblich nein)'],
    ['night', 0, null, 'In der Nacht: nein'],
    ['since_previous', 7_200, null, 'Zeit seit der vorigen Zahlung: 2 Stunden'],
    ['transaction_type', 'cash_deposit', null, 'Art der Zahlung: Bareinzahlung'],
    ['channel', null, null, 'Weg der Zahlung: fehlt'],
    ['account_age_days', 3_872, 1_234.4, 'Alter des Kontos in Tagen: 3.872 (üblich 1.234)'],
    ['amount_base', '12345.60', null, 'Betrag in Basiswährung: 12.345,60'],
    ['night', 1, 0.03, 'In der Nacht: ja (üblich nein)'],
    ['of_a_later_pack', 1, null, 'The pack’s own sentence'],
  ])('says of %s what is here and what is usual', (column, value, usual, said) => {
    expect(sayReason({ column, value, usual, words: 'The pack’s own sentence' })).toBe(said);
  });

  test('is asked for once in a domain', async () => {
    await loadTexts('finance', 'de');
    expect(asked).toEqual(['/v1/packs/finance/texts?language=de']);
  });

  test('speaks its own language to who reads English', async () => {
    await loadTexts('finance', 'en');
    expect(nameOf('rules', 'structuring')).toBe('Structuring');
    expect(sayReason({ column: 'night', value: 0, usual: null, words: 'Made at night: no' })).toBe(
      'Made at night: no',
    );
  });
});
