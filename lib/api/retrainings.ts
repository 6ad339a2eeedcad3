/** What answers for retrainings: started, listed, looked at. */
import type { RetrainingStatus } from '../retraining/retraining-status.ts';
import { cursorPage } from './cursor-page.ts';
import { expectDomain } from './drops.ts';
import type { Answerers, Call, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

/** One that has not moved for so long was broken off, and stands in nobody's way. */
const longestStepMs = 24 * 3600_000;

export interface RetrainingServices {
  readonly retrainings: {
    get(id: string): Promise<RetrainingStatus | null>;
    list(query: { domain: string; limit: number; before?: string }): Promise<{
      readonly items: readonly RetrainingStatus[];
      readonly next: string | null;
    }>;
  };
  /** Its id comes back. */
  readonly start: (request: { domain: string; startedBy: string }) => Promise<string>;
  readonly domains: () => Promise<readonly string[]>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function retrainingAnswerers(
  services: RetrainingServices,
): Required<Pick<Answerers, 'startRetraining' | 'listRetrainings' | 'getRetraining'>> {
  return {
    startRetraining: (call) => startRetraining(services, call),
    listRetrainings: (call) => listRetrainings(services, call),
    getRetraining: async ({ params }) => ({ body: await readRetraining(services, params.id) }),
  };
}

async function startRetraining(
  services: RetrainingServices,
  { body: { domain }, caller }: Call<'startRetraining'>,
): Promise<Reply<'startRetraining'>> {
  await expectDomain(services.domains, domain, caller);
  const { items } = await services.retrainings.list({ domain, limit: 10 });
  const other = items.find(
    (one) => one.state === 'running' && services.now() - Date.parse(one.updated_at) < longestStepMs,
  );
  if (other !== undefined)
    throw new Problem(409, `Retraining ${other.id} of ${domain} is under way: wait for its end.`);
  const id = await services.start({ domain, startedBy: caller.sub });
  return { body: await readRetraining(services, id) };
}

async function listRetrainings(
  { retrainings, cursorSecret }: RetrainingServices,
  { query: { domain, limit, cursor } }: Call<'listRetrainings'>,
): Promise<Reply<'listRetrainings'>> {
  const read = (before: string | undefined) =>
    retrainings.list({ domain, limit, ...(before !== undefined && { before }) });
  const list = { name: 'retrainings', filter: { domain }, cursor };
  return { body: await cursorPage(cursorSecret, list, read, (one) => one) };
}

async function readRetraining({ retrainings }: RetrainingServices, id: string): Promise<RetrainingStatus> {
  const retraining = await retrainings.get(id);
  if (retraining === null) throw new Problem(404, `There is no retraining ${id}.`);
  return retraining;
}
