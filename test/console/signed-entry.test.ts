import { describe, expect, test } from 'vitest';
import { signedIn } from '../../console/state/signed-entry.ts';

describe('signedIn', () => {
  test('finds the signature of a record, alone or among several', () => {
    const one = { decision_id: 'f1', record_id: 'T1', version: 2, signed: 'abc' };
    const found = { flag: 'f1', place: 2, hash: 'abc' };
    expect(signedIn(one, 'T1')).toEqual(found);
    expect(signedIn({ flags: [{ ...one, record_id: 'T0', signed: 'x' }, one] }, 'T1')).toEqual(found);
  });

  test('finds none where nothing was signed on it', () => {
    expect(signedIn({ decision_id: 'f1', version: 1 }, 'T1')).toBeNull();
    expect(signedIn({ flags: [{ record_id: 'T0', signed: 'x' }] }, 'T1')).toBeNull();
  });
});
