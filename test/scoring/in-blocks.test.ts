import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inBlocks } from '../../lib/scoring/in-blocks.ts';

async function* each(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

test('lines come out in blocks, whole and in order, and nothing of nothing', async () => {
  const line = fc.oneof(fc.string({ maxLength: 40 }), fc.constant('é'.repeat(100_000)));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (texts) => {
      const blocks = await Array.fromAsync(inBlocks(each(texts)));
      expect(blocks.join('')).toBe(texts.join(''));
      for (const block of blocks.slice(0, -1)) expect(block.length).toBeGreaterThanOrEqual(256 * 1024);
    }),
  );
  const many = Array.from({ length: 100_000 }, (_, index) => `${index}\n`);
  expect(await Array.fromAsync(inBlocks(each(many)))).toHaveLength(3);
  expect(await Array.fromAsync(inBlocks(each([])))).toEqual([]);
  const whole = 'x'.repeat(256 * 1024);
  expect(await Array.fromAsync(inBlocks(each([whole])))).toEqual([whole]);
  expect(await Array.fromAsync(inBlocks(each([whole, 'y'])))).toEqual([whole, 'y']);
});
