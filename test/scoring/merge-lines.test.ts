import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explanationLine } from '../../lib/decisions/explanation-line.ts';
import { type FlagLine, mergeFlagLines, storeFlagLines } from '../../lib/scoring/flag-lines.ts';
import { mergeBySeq } from '../../lib/scoring/merge-lines.ts';
import { mergeRecordHits, type RecordHits, storeRecordHits } from '../../lib/scoring/rule-hits-of-run.ts';
import { fakeExplanation } from '../helpers/report-data.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-merge-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* streamOf<One>(all: readonly One[]): AsyncGenerator<One> {
  yield* all;
}

test('streams in order of seq are one in order of seq, whatever each holds', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(100), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (seqs, count) => {
        const ordered = seqs.toSorted((a, b) => a - b);
        const streams = Array.from({ length: count }, (_, at) =>
          streamOf(ordered.filter((seq) => seq % count === at).map((seq) => ({ seq }))),
        );
        const merged = await Array.fromAsync(mergeBySeq(streams), ({ seq }) => seq);
        expect(merged).toEqual(ordered);
      },
    ),
  ));

describe('what partitions of a drop stored is put together as it was', () => {
  test('flags, of which a missing input stays missing', async () => {
    const flagOf = (seq: number, sampled: boolean): FlagLine => {
      const explanation = fakeExplanation(seq, 2);
      return {
        ...{ seq, additive: seq % 2 === 0, explanation, line: explanationLine(explanation) },
        inputs: sampled ? { values: [1.5, Number.NaN], contributions: [0.25, -0.5] } : null,
      };
    };
    const parts = [[flagOf(1, true), flagOf(4, false)], [flagOf(2, false), flagOf(3, true)], []];
    const paths = parts.map((_, at) => join(folder, `flags-${at}.jsonl`));
    for (const [at, part] of parts.entries())
      expect(await storeFlagLines(streamOf(part), paths[at]!)).toBe(part.length);
    const merged = await Array.fromAsync(mergeFlagLines(paths));
    expect(merged).toEqual(parts.flat().toSorted((a, b) => a.seq - b.seq));
  });

  test('rule hits', async () => {
    const hitOf = (seq: number): RecordHits => ({
      ...{ seq, decision_id: `d${seq}`, record_id: `r${seq}`, score: seq / 10, flagged: seq > 2 },
      hits: [{ id: 'large', severity: 'high', words: 'a line\nand another' }],
    });
    const parts = [[hitOf(2)], [hitOf(1), hitOf(3)]];
    const paths = parts.map((_, at) => join(folder, `hits-${at}.jsonl`));
    for (const [at, part] of parts.entries()) await storeRecordHits(streamOf(part), paths[at]!);
    expect(await Array.fromAsync(mergeRecordHits(paths))).toEqual([hitOf(1), hitOf(2), hitOf(3)]);
  });
});
