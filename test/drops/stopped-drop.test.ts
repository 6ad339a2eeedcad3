import { describe, expect, test } from 'vitest';
import { readArrival } from '../../lib/drops/arrival.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { isOpen, readStoppedDrop } from '../../lib/drops/stopped-drop.ts';

const drop = {
  ...{ id: 'd-1', domain: 'shop', bucket: 'b', key: 'drops/shop/a.csv', version: 'v', bytes: 1 },
  receivedAt: '2026-01-01T00:00:00Z',
};
/** As Step Functions reports it on the account's bus. */
const stopped = (status: string, more = {}) => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  time: '2026-01-01T06:00:00Z',
  detail: {
    ...{ name: 'd-1-2', status, startDate: 1, stopDate: 2, output: null },
    input: JSON.stringify({ drop, attempt: 2 }),
    ...more,
  },
});
const noVersion = () => Promise.reject(new Error('not asked for'));

describe('an execution that stopped', () => {
  test.each([
    ['ABORTED', {}, 'ExecutionAborted', /stopped by hand/],
    ['TIMED_OUT', {}, 'ExecutionTimedOut', /longer than a drop may/],
    [
      'FAILED',
      { error: 'States.DataLimitExceeded', cause: 'too large' },
      'ExecutionFailed',
      /DataLimit.*too large/,
    ],
  ])('%s: names the drop, the attempt and how', (status, more, name, cause) => {
    expect(readStoppedDrop(stopped(status, more))).toEqual({
      ...{ drop, attempt: 2 },
      error: { Error: name, Cause: expect.stringMatching(cause) },
    });
  });

  test('that is of no drop, or succeeded, is none', () => {
    expect(readStoppedDrop(stopped('ABORTED', { input: '{"domain":"finance"}' }))).toBeNull();
    expect(readStoppedDrop(stopped('ABORTED', { input: null }))).toBeNull();
    expect(readStoppedDrop(stopped('SUCCEEDED'))).toBeNull();
    expect(readStoppedDrop('text')).toBeNull();
  });

  test('is retried from the dead letters as the next attempt, put there by EventBridge or by Lambda', async () => {
    const event = stopped('TIMED_OUT');
    const failedCall = {
      version: '1.0',
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: event,
      responsePayload: { errorType: 'StoreError', errorMessage: 'no table' },
    };
    for (const letter of [event, failedCall]) {
      expect(await readArrival(JSON.stringify(letter), noVersion)).toEqual({ drop, attempt: 3 });
    }
    const monitor = { ...failedCall, requestPayload: { domain: 'finance' } };
    await expect(readArrival(JSON.stringify(monitor), noVersion)).rejects.toThrow('neither');
  });

  test('leaves alone a drop that came to its own end, or has a later attempt', () => {
    const of = (state: string, attempt: number) => ({ state, attempt }) as DropStatus;
    expect(isOpen(of('scoring', 2), { attempt: 2 })).toBe(true);
    for (const status of [of('done', 2), of('failed', 2), of('scoring', 3), null]) {
      expect(isOpen(status, { attempt: 2 })).toBe(false);
    }
  });
});
