/** What answers for stops: what is stopped, and a person's stop or resumption. */
import { InputError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { resumeScoring, type Stop, type StopDeps, StopRefused, stopScoring } from '../oversight/stop.ts';
import { expectDomain } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { asSentence, Problem } from './problem.ts';

export interface StopServices extends StopDeps {
  readonly waiting: { count(domain: string): Promise<number> };
  readonly models: { loadUnsigned(domain: string, version: string): Promise<unknown> };
  readonly domains: () => Promise<readonly string[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const CONCURRENCY = 8;

export function stopHandlers(
  services: StopServices,
): Required<Pick<Handlers, 'listStops' | 'stopScoring' | 'resumeScoring'>> {
  return {
    listStops: (call) => listStops(services, call),
    stopScoring: (call) => turn(services, call, true),
    resumeScoring: (call) => turn(services, call, false),
  };
}

async function listStops(
  { stops, waiting, domains }: StopServices,
  { scope }: Call<'listStops'>,
): Promise<Reply<'listStops'>> {
  const found = await inParallel(scope === 'all' ? await domains() : scope, CONCURRENCY, async (domain) => {
    const active = await stops.active(domain);
    if (active.length === 0) return [];
    const waiting_drops = await waiting.count(domain);
    return active.map((stop) => ({ ...stop, waiting_drops }));
  });
  return { body: { items: found.flat() } };
}

async function turn(
  services: StopServices,
  { body: { domain, model, reason }, caller }: Pick<Call<'stopScoring'>, 'body' | 'caller'>,
  stopped: boolean,
): Promise<Pick<Reply<'stopScoring'>, 'body'>> {
  await expectDomain(services.domains, domain, caller);
  if (model !== undefined) await expectModel(services, domain, model);
  const at = new Date(services.now()).toISOString();
  const stop: Stop = { domain, model: model ?? null, by: caller.sub, at, reason };
  try {
    await (stopped ? stopScoring : resumeScoring)(services, stop);
  } catch (error) {
    if (error instanceof StopRefused) throw new Problem(409, asSentence(error.message));
    throw error;
  }
  return { body: { ...stop, stopped, waiting_drops: await services.waiting.count(domain) } };
}

async function expectModel({ models }: StopServices, domain: string, version: string): Promise<void> {
  await models.loadUnsigned(domain, version).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    const detail = `the domain ${domain} has no model ${version}`;
    throw new Problem(409, asSentence(detail));
  });
}
