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

  it('answers when the work has ended, however little time Lambda has left', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const handler = observe(async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return 'done';
    });
    const context = { ...lambdaContext(), getRemainingTimeInMillis: () => 10 };
    expect(await handler({}, context)).toBe('done');
  });

  it('throws what a payload has room for a hundred times over: a name, a short message and no stack', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const deep = (levels: number): Promise<never> => {
      if (levels > 0) return deep(levels - 1);
      throw new RangeError(`too far: ${'x'.repeat(10_000)}`);
    };
    const thrown: Error = await observe(() => deep(9))({}, lambdaContext()).catch((error) => error);
    // As Lambda passes it to the state machine.
    const { name: errorType, message: errorMessage, stack } = thrown;
    const cause = JSON.stringify({ errorType, errorMessage, trace: stack!.split('\n') });
    expect(cause.length).toBeLessThan(1_000);
    expect(cause).not.toContain('observe.test');
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
