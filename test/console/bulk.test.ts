import { describe, expect, test } from 'vitest';
import { chooseAlike, willDecide } from '../../console/state/bulk.ts';
import type { CaseDetail } from '../../console/state/case-list.ts';

const flag = (id: string, rules: readonly string[], status = 'open') => ({
  flag: id,
  version: 1,
  rules,
  status,
});
const detail = (id: string, flags: readonly object[], hold: object | null = null) =>
  ({ id, flag_list: flags, hold }) as unknown as CaseDetail;

describe('a verdict on several cases', () => {
  test('is on open flags with the same most severe rule as the first, and on nothing else', () => {
    const preview = chooseAlike(
      [
        detail('a', [flag('a1', ['cash'], 'false_positive'), flag('a2', ['cash']), flag('a3', ['night'])]),
        detail('b', [flag('b1', ['cash', 'night']), flag('b2', ['night', 'cash'])]),
        detail('c', [flag('c1', [])]),
      ],
      'ann',
    );
    expect(preview.rule).toBe('cash');
    expect(willDecide(preview).map(({ flags }) => flags.map((one) => one.flag))).toEqual([['a2'], ['b1']]);
  });

  test('leaves out what someone else holds, and takes the model’s own flags together', () => {
    const held = { by: 'ben', until: '2999-01-01' };
    const preview = chooseAlike([detail('a', [flag('a1', [])]), detail('b', [flag('b1', [])], held)], 'ann');
    expect(preview.rule).toBeNull();
    expect(willDecide(preview)).toHaveLength(1);
    expect(willDecide(chooseAlike([detail('b', [flag('b1', [])], held)], 'ben'))).toHaveLength(1);
  });
});
