/** Every text of a shipped pack has its translation, and no translation is of nothing. */
import { describe, expect, test } from 'vitest';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { packTextsOf, TEXT_LANGUAGES } from '../../lib/packs/load-pack-texts.ts';
import { reviewPolicyOf } from '../../lib/packs/load-review-policy.ts';

const CASES = ['finance', 'pharma'].flatMap((domain) => TEXT_LANGUAGES.map((one) => [domain, one] as const));

describe.each(CASES)('the texts of %s in %s', (domain, language) => {
  test('are those of the pack: columns, facts, groups, rules and listed reasons', async () => {
    const pack = await loadPack(domain);
    const policy = await reviewPolicyOf(pack);
    const texts = (await packTextsOf(pack, language))!;
    const sources = [...pack.features, ...pack.categories, ...pack.encodings];
    const keysOf = (names: object) => Object.keys(names).sort();
    const once = (names: readonly string[]) => [...new Set(names)].sort();
    expect(keysOf(texts.columns)).toEqual(once(pack.columns.map(({ name }) => name)));
    const described = pack.columns.filter(({ description }) => description !== null);
    expect(keysOf(texts.descriptions)).toEqual(once(described.map(({ name }) => name)));
    expect(keysOf(texts.features)).toEqual(
      once(sources.map((one) => ('name' in one ? one.name : one.column))),
    );
    expect(keysOf(texts.groups)).toEqual(once(sources.flatMap(({ shown }) => shown.group ?? [])));
    expect(keysOf(texts.rules)).toEqual(once(pack.rules.map(({ id }) => id)));
    const codes = Object.values(policy.reasons).flatMap((reasons) => reasons.map(({ code }) => code));
    expect(keysOf(texts.reasons)).toEqual(once(codes));
    const allowed = pack.columns.flatMap((column) => column.allowed ?? []).map(String);
    expect(allowed.filter((value) => !(value in texts.values))).toEqual([]);
  });
});

test('a pack that is not shipped has no texts, also by the name of one that is', async () => {
  const { hash } = await loadPack('finance');
  expect(await packTextsOf({ domain: 'churn', hash }, 'de')).toBeNull();
  expect(await packTextsOf({ domain: 'finance', hash: '0'.repeat(64) }, 'de')).toBeNull();
});
