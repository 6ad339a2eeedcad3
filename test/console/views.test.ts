import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterOf } from '../../console/state/first-requests.ts';
import { queryOf } from '../../console/state/views.ts';
import { QUEUE_VIEWS } from '../../lib/cases/queue-views.ts';

test('a filter and its address are one another', () => {
  const view = fc.constantFrom(...QUEUE_VIEWS);
  const some = fc.option(fc.string({ minLength: 1 }));
  fc.assert(
    fc.property(fc.record({ view, severity: some, rule: some }), (filter) => {
      expect(filterOf(new URLSearchParams(queryOf(filter as never)))).toEqual(filter);
    }),
  );
  // A search is no part of it, and what the queue does not know is its first list.
  expect(queryOf(filterOf(new URLSearchParams('q=AC-1&view=none&severity=')))).toBe('');
});
