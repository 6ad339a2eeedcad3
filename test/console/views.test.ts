import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filterOf, queryOf, readStored } from '../../console/state/views.ts';
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

test('views of an earlier version come back as they were stored, and nothing else does', () => {
  const views = { finance: [{ name: 'High', query: 'severity=high' }] };
  expect(readStored(JSON.stringify(views))).toEqual(views);
  expect(readStored('{"finance":[{"name":1},null,{"name":"a","query":"b"}],"pharma":7}')).toEqual({
    finance: [{ name: 'a', query: 'b' }],
  });
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof readStored(text) === 'object'));
});
