/** How flags are reviewed, as a pack says it, as a shipped domain has it, and by default. */
import { describe, expect, it } from 'vitest';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { parseReviewPolicy, reviewPolicyOf } from '../../lib/packs/load-review-policy.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { dueAt } from '../../lib/packs/review-policy.ts';

const pack = (review: string) =>
  parsePack(
    `domain: shop\ncolumns: { id: string, amount: number }\nfeatures: { size: amount }\n${review}`,
    'shop.yaml',
  );

describe('the review policy', () => {
  it('of the shipped domains has reasons for each verdict; pharma asks for a signature and two people', async () => {
    for (const domain of ['finance', 'pharma']) {
      const { reasons, ...policy } = await reviewPolicyOf(await loadPack(domain));
      expect(Object.values(reasons).map((list) => list.length > 1)).toEqual([true, true, true]);
      expect([domain, policy.signature, policy.fourEyes]).toEqual(
        domain === 'pharma' ? [domain, 'required', 'critical'] : [domain, 'off', null],
      );
    }
  });

  it('is what the pack says before anything else, and by default asks for nothing', async () => {
    const said = pack(
      'review: { due: { high: 2 hours }, signature: required, four_eyes: high, reasons: { true_positive: { stolen: "A stolen card" } } }',
    );
    const policy = await reviewPolicyOf({ ...said, domain: 'finance' });
    expect(policy).toMatchObject({
      ...{ signature: 'required', fourEyes: 'high' },
      reasons: { true_positive: [{ code: 'stolen', words: 'A stolen card' }], false_positive: [] },
    });
    expect(dueAt(policy, 'high', '2026-01-31T23:00:00.000Z')).toBe('2026-02-01T01:00:00.000Z');
    expect(await reviewPolicyOf(pack(''))).toMatchObject({ signature: 'off', fourEyes: null });
  });

  it('is refused with its line where anything in it is not known', () => {
    for (const [text, found] of [
      ['review: { due: { urgent: 1 hour } }', /shop\.yaml:4: review\.due\.urgent: found an unknown key/],
      ['review: { due: { high: 3 months } }', /a month has no fixed length/],
      ['review: { due: { high: 1 second } }', /expected at least a minute/],
      ['review: { reasons: { right: { a: b } } }', /found an unknown key, expected one of true_positive/],
      ['review: { reasons: { true_positive: { "Not a code": b } } }', /expected a code of up to 40/],
      ['review: { reasons: { true_positive: [a] } }', /expected up to 20 codes/],
      ['review: { signature: maybe }', /expected required, off/],
      ['review: { four_eye: high }', /did you mean "four_eyes"/],
    ] as const)
      expect(() => pack(text)).toThrow(found);
    expect(() => parseReviewPolicy('reviews: {}', 'finance.yaml')).toThrow(/finance\.yaml/);
  });
});
