import { expect, it } from 'vitest';
import { NewViewRequest } from '../../lib/api/view-schemas.ts';

const faults = (name: string, rule: string | null = null) =>
  NewViewRequest.safeParse({ name, filter: { rule } }).error?.issues.map(({ message }) => message) ?? [];

it('a view has a name that is seen as it is, and a rule that may be one', () => {
  expect(faults('Hoch – größer 10’000', 'AML-01.b')).toEqual([]);
  for (const name of ['a\u202Eb', 'a\u0007b', 'a\u200Bb', 'a\tb'])
    expect(faults(name)).toEqual(['expected no characters that cannot be seen']);
  for (const rule of ['AC-000262 John Doe', 'a,b', 'a\u202Eb', ' '])
    expect(faults('All', rule)).toEqual(['expected the id of a rule: no blanks, and no , ; or |']);
});
