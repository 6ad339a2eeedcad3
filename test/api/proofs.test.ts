import { expect, test } from 'vitest';
import type { Call } from '../../lib/api/endpoints.ts';
import { proofHandlers } from '../../lib/api/proofs.ts';
import { flagOf } from '../helpers/flags.ts';

test('a proof that holds a personal record id is given to who may read it, asks for it, and is logged', async () => {
  const flag = flagOf(1);
  const acts: unknown[] = [];
  const { getFlagProof } = proofHandlers({
    flags: { get: async () => flag },
    proofs: {
      ofFlag: async () => ({ proof: 'c2sp.org/tlog-proof@v1' }),
      ofReview: async () => ({ missing: 'there is none' }),
      ofModel: async () => ({ missing: 'there is none' }),
    },
    personal: {
      personalData: async () => ({
        columns: new Set(['transaction_id']),
        id: true,
        entity: false,
        time: false,
      }),
      recordRead: async (_, act) => void acts.push(act),
      now: () => 0,
    },
  });
  const ask = (pii: boolean, of: 'flag' | 'review' = 'flag') =>
    getFlagProof({
      ...{ params: { id: flag.flag }, query: { pii, of }, pii },
      caller: { sub: 'ann', name: null, grants: [] },
    } as unknown as Call<'getFlagProof'>);
  await expect(ask(false)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('read_pii'),
  });
  expect(acts).toEqual([]);
  expect((await ask(true)).body).toEqual({ proof: 'c2sp.org/tlog-proof@v1' });
  expect(acts).toMatchObject([
    { event: 'pii_read', actor: 'ann', data: { route: 'GET /v1/flags/{id}/proof' } },
  ]);
  await expect(ask(true, 'review')).rejects.toMatchObject({ status: 404, message: 'There is none.' });
});
