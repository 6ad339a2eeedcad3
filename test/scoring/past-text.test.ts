import { expect, test } from 'vitest';
import { countDrops, pastText } from '../../lib/scoring/past-text.ts';

test('the past of a run is a line a drop, and a list of drops counts as many as it names', () => {
  const lines = ['i-1', `${'a'.repeat(64)} 12`, 'i-2'];
  expect(pastText(lines)).toBe(`i-1\n${'a'.repeat(64)} 12\ni-2\n`);
  expect(pastText([])).toBe('');
  expect(countDrops(lines)).toBe(14);
  expect(countDrops([])).toBe(0);
  // What only looks like a list is a drop.
  for (const line of [
    `${'a'.repeat(63)} 12`,
    `x${'a'.repeat(64)} 12`,
    `${'a'.repeat(64)} 12 `,
    `${'A'.repeat(64)} 12`,
  ])
    expect(countDrops([line])).toBe(1);
});
