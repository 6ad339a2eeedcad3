/** What answers for retrainings: started, cancelled, listed, looked at. */
import { RetrainingRefused, type RetrainingStatus } from '../retraining/retraining-status.ts';
import { cursorPage } from './cursor-page.ts';
import { expectDomain } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

export interface RetrainingServices {
  readonly retrainings: {
    get(id: string): Promise<RetrainingStatus | null>;
    list(query: { domain: string; limit: number; before?: string }): Promise<{
      readonly items: readonly RetrainingStatus[];
      readonly next: string | null;
    }>;
  };
  /** Its id comes back. Throws a RetrainingRefused. */
  readonly start: (request: { domain: string; startedBy: string }) => Promise<string>;
  /** Throws a RetrainingRefused. */
  readonly cancel: (cancellation: { id: string; by: string; reason: string }) => Promise<void>;
  readonly domains: () => Promise<readonly string[]>;
  readonly cursorSecret: () => Promise<Uint8Array>;
}

export function retrainingHandlers(
  services: RetrainingServices,
): Required<Pick<Handlers, 'startRetraining' | 'cancelRetraining' | 'listRetrainings' | 'getRetraining'>> {
  return {
    startRetraining: (call) => startRetraining(services, call),
    cancelRetraining: (call) => cancelRetraining(services, call),
    listRetrainings: (call) => listRetrainings(services, call),
    getRetraining: async ({ params }) => ({ body: await readRetraining(services, params.id) }),
  };
}

async function startRetraining(
  services: RetrainingServices,
  { body: { domain }, caller }: Call<'startRetraining'>,
): Promise<Reply<'startRetraining'>> {
  await expectDomain(services.domains, domain, caller);
  const id = await orConflict(() => services.start({ domain, startedBy: caller.sub }));
  return { body: await readRetraining(services, id) };
}

async function cancelRetraining(
  services: RetrainingServices,
  { params: { id }, body: { reason }, caller }: Call<'cancelRetraining'>,
): Promise<Reply<'cancelRetraining'>> {
  await readRetraining(services, id);
  await orConflict(() => services.cancel({ id, by: caller.sub, reason }));
  return { body: await readRetraining(services, id) };
}

async function orConflict<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RetrainingRefused) throw new Problem(409, error.message);
    throw error;
  }
}

async function listRetrainings(
  { retrainings, cursorSecret }: RetrainingServices,
  { query: { domain, limit, cursor } }: Call<'listRetrainings'>,
): Promise<Reply<'listRetrainings'>> {
  const read = (before: string | undefined) =>
    retrainings.list({ domain, limit, ...(before !== undefined && { before }) });
  const list = { name: 'retrainings', filter: { domain }, cursor };
  return { body: await cursorPage(cursorSecret, list, read, (one) => ({ ...one })) };
}

async function readRetraining({ retrainings }: RetrainingServices, id: string): Promise<RetrainingStatus> {
  const retraining = await retrainings.get(id);
  if (retraining === null) throw new Problem(404, `There is no retraining ${id}.`);
  return retraining;
}
