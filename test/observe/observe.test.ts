import { beforeEach, describe, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  process.env.POWERTOOLS_DEV = 'true';
  process.env.POWERTOOLS_METRICS_NAMESPACE = 'Assay';
});

import { log } from '../../lib/observe/logger.ts';
import { observe } from '../../lib/observe/observe.ts';
import { lambdaContext } from '../helpers/api-event.ts';

beforeEach(() => {
  vi.restoreAllMocks();
});

describe('observe', () => {
  it('hands event and context to the work and its result back', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const handler = observe(async (event: { a: number }, context) => [event.a + 1, context.functionName]);
    expect(await handler({ a: 1 }, lambdaContext())).toEqual([2, 'api']);
  });

  it('logs with the request of Lambda, and what the event is about when it fails', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const handler = observe(
      async (event: { drop: string }) => {
        log.info('begun', { stage: 'plan' });
        throw new RangeError(`no such part of ${event.drop}`);
      },
      (event) => ({ drop: event.drop }),
    );
    await expect(handler({ drop: 'd-1' }, lambdaContext())).rejects.toThrow('no such part of d-1');
    expect(JSON.parse(String(info.mock.calls[0]?.[0]))).toMatchObject({
      message: 'begun',
      stage: 'plan',
      function_request_id: 'lambda-request-1',
    });
    expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toMatchObject({
      message: 'the function failed',
      drop: 'd-1',
      error_name: 'RangeError',
      error_at: expect.stringContaining('observe.test.ts'),
    });
  });
});
