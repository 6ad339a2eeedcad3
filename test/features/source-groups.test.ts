import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelInput } from '../../lib/features/model-input.ts';
import { sourceGroups } from '../../lib/features/source-groups.ts';

const input = (source: string, kind: ModelInput['kind'] = 'feature'): ModelInput => ({
  name: source,
  kind,
  source,
});

test('inputs of one source are one group, in the order in which sources first appear', () => {
  const inputs = [
    input('b'),
    input('country', 'category'),
    input('country', 'category'),
    input('a', 'encoding'),
  ];
  expect(sourceGroups(inputs)).toEqual([
    { source: 'b', kind: 'feature', inputs: [0] },
    { source: 'country', kind: 'category', inputs: [1, 2] },
    { source: 'a', kind: 'encoding', inputs: [3] },
  ]);
  expect(sourceGroups([])).toEqual([]);
});

test('every input is in exactly one group, that of its source', () =>
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')), (sources) => {
      const groups = sourceGroups(sources.map((source) => input(source)));
      const places = groups.flatMap((group) => group.inputs);
      expect([...places].sort((a, b) => a - b)).toEqual([...sources.keys()]);
      expect(new Set(groups.map(({ source }) => source)).size).toBe(groups.length);
      for (const group of groups) {
        for (const place of group.inputs) expect(sources[place]).toBe(group.source);
      }
    }),
  ));
