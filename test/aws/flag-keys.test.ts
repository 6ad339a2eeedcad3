/** That the flags of one drop do not all write to one partition of an index: each takes about 1,000 writes a second. */
import { expect, test } from 'vitest';
import { flagKeys } from '../../lib/aws/flag-keys.ts';
import { flagOf } from '../helpers/flags.ts';

test.each(['queue', 'drop', 'entity_key'] as const)(
  'no partition of the index by %s takes all flags of a drop',
  (name) => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 4_000; n++) {
      const key = flagKeys(flagOf(n, { entity: 'the one account' }))[name]!;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    expect(Math.max(...counts.values())).toBeLessThan(600);
  },
);

test('a flag has the same keys however often it arrives, and another status does not move its shard', () => {
  const flag = flagOf(1);
  expect(flagKeys(flag)).toEqual(flagKeys(flagOf(1)));
  const shardOf = (key: string) => key.split('#').at(-1);
  expect(shardOf(flagKeys({ ...flag, status: 'inconclusive' }).queue)).toBe(shardOf(flagKeys(flag).queue));
});
