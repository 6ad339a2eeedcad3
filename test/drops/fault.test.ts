/** What of an error of an erasable drop is left for the state machine to decide by. */
import { expect, test } from 'vitest';
import { orFault } from '../../lib/drops/fault.ts';

const drop = {
  ...{ id: 'd-1', domain: 'finance', bucket: 'drops', key: 'drops/finance/file_1', sealedKey: 'q83v' },
  ...{ version: 'v', bytes: 1, receivedAt: '2026-01-01T00:00:00Z' },
};

test.each([
  new Error('Out of Memory Error: could not spill "AC000381"'),
  Object.assign(new Error('write of AC000381'), { code: 'ENOSPC' }),
])('that the disk or memory was too small is said without words', async (error) => {
  const failed = orFault(() => Promise.reject(error), { drop });
  await expect(failed).rejects.toMatchObject({
    ...{ name: 'OutOfSpace', message: expect.not.stringContaining('AC000381') },
    stack: expect.stringMatching(/^OutOfSpace: /),
  });
});
