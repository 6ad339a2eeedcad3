import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeEntities } from '../../lib/evaluation/entity-codes.ts';
import { BUCKETS, HoldoutTally } from '../../lib/evaluation/holdout-tally.ts';

test('HoldoutTally counts at every cut and share what a count from scratch gives', () => {
  const record = fc.record({
    entity: fc.integer({ min: 0, max: 6 }),
    label: fc.constantFrom(0, 1),
    weight: fc.constantFrom(1, 50),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 25 }), (records) => {
      const labels = Uint8Array.from(records, ({ label }) => label);
      const weights = Float64Array.from(records, ({ weight }) => weight);
      const names = records.map(({ entity }) => `E${entity}`);
      const codes = codeEntities(names, String, records.length, 3);
      const rows = Uint32Array.from(records.keys());
      const tally = new HoldoutTally(codes, labels, rows, weights);
      for (let cut = 0; cut <= records.length; cut++) {
        const holdouts = [...tally.holdouts()];
        expect(holdouts).toHaveLength(BUCKETS);
        const sum = (part: Float64Array) => part.reduce((total, weight) => total + weight, 0);
        expect(tally.totalWeight).toBe(sum(weights));
        expect(tally.passedWeight).toBe(sum(weights.subarray(0, cut)));
        for (const buckets of [1, 137, 500, 800, BUCKETS]) {
          const aside = (row: number) => Math.floor(codes.hash[codes.code[row]!]! * 1000) < buckets;
          const met = new Set(names.slice(cut));
          const heldOut = [...rows].filter((row) => row >= cut && aside(row));
          const train = [...rows].filter((row) => row < cut && !(aside(row) && met.has(names[row]!)));
          const positives = (part: number[]) => part.filter((row) => labels[row] === 1).length;
          const weigh = (part: number[]) => part.reduce((sum, row) => sum + weights[row]!, 0);
          expect(holdouts[buckets - 1]).toEqual({
            buckets,
            train: train.length,
            trainPositives: positives(train),
            heldOut: heldOut.length,
            heldOutPositives: positives(heldOut),
            trainWeight: weigh(train),
            heldOutWeight: weigh(heldOut),
          });
        }
        if (cut < records.length) tally.moveBefore(cut);
      }
    }),
    { numRuns: 40 },
  );
});
