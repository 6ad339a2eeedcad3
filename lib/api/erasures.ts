/**
 * What answers for erasures: someone asks, another approves or turns it down, and anyone who reads the domain sees how far it is; and
 * what stands against them, the duty to keep records and legal holds.
 */
import { InputError } from '../errors.ts';
import type { DomainKeys, KeysOf } from '../privacy/domain-keys.ts';
import { addHold, type HeldThing, readLaw, releaseHold, setRetention } from '../privacy/domain-law.ts';
import {
  askForErasure,
  decideOnErasure,
  type Erasure,
  ErasureRefused,
  type ErasureStore,
} from '../privacy/erasure.ts';
import type { Hold } from '../privacy/holds.ts';
import { expectPersonalRight } from './authorize.ts';
import { cursorPage } from './cursor-page.ts';
import { expectDomain } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { asSentence, Problem, type ProblemStatus } from './problem.ts';

export interface ErasureServices {
  readonly erasures: ErasureStore & {
    list(
      domains: readonly string[],
      query: { readonly limit: number; readonly before?: string },
    ): Promise<{ readonly items: readonly Erasure[]; readonly next: string | null }>;
  };
  /** Null: records of the domain are not erasable. */
  readonly keysOf: KeysOf;
  /** The entity of a case; null: there is no such case in the domain. */
  readonly entityOf: (domain: string, id: string) => Promise<string | null>;
  readonly domains: () => Promise<readonly string[]>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** 20 hex digits, new ones each time. */
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Names =
  | 'askForErasure'
  | 'listErasures'
  | 'getErasure'
  | 'decideOnErasure'
  | 'getErasureRules'
  | 'setRetention'
  | 'addHold'
  | 'releaseHold';

export function erasureHandlers(services: ErasureServices): Required<Pick<Handlers, Names>> {
  return {
    askForErasure: (call) => ask(services, call),
    listErasures: (call) => list(services, call),
    getErasure: async ({ params }) => ({ body: shown(await find(services, params.id)) }),
    decideOnErasure: (call) => decide(services, call),
    getErasureRules: async ({ params }) => ({ body: await rulesOf(services, params.domain) }),
    setRetention: (call) => retain(services, call),
    addHold: (call) => hold(services, call),
    releaseHold: (call) => release(services, call),
  };
}

async function ask(
  services: ErasureServices,
  { body: { domain, subject, basis }, caller }: Call<'askForErasure'>,
): Promise<Reply<'askForErasure'>> {
  await expectDomain(services.domains, domain, caller);
  expectPersonalRight(caller, domain, 'It names a subject, which is');
  const keys = await keysOf(services, domain);
  const asked = { id: `x-${services.newId()}`, domain, subject, basis, ...decidedBy(services, caller.sub) };
  return { body: shown(await orProblem(askForErasure({ store: services.erasures, keys }, asked))) };
}

async function list(
  { erasures, cursorSecret }: ErasureServices,
  { query: { domain, limit, cursor } }: Call<'listErasures'>,
): Promise<Reply<'listErasures'>> {
  const read = (before: string | undefined) =>
    erasures.list([domain], { limit, ...(before !== undefined && { before }) });
  return {
    body: await cursorPage(cursorSecret, { name: 'erasures', filter: { domain }, cursor }, read, shown),
  };
}

async function decide(
  services: ErasureServices,
  { params: { id }, body, caller }: Call<'decideOnErasure'>,
): Promise<Reply<'decideOnErasure'>> {
  const { domain } = await find(services, id);
  const keys = await keysOf(services, domain);
  const decision = { id, ...body, ...decidedBy(services, caller.sub) };
  return { body: shown(await orProblem(decideOnErasure({ store: services.erasures, keys }, decision))) };
}

async function retain(
  services: ErasureServices,
  { params: { domain }, body, caller }: Call<'setRetention'>,
): Promise<Reply<'setRetention'>> {
  const deps = { store: services.erasures, keys: await keysOf(services, domain) };
  await orProblem(setRetention(deps, { domain, ...body, ...decidedBy(services, caller.sub) }));
  return { body: await rulesOf(services, domain) };
}

async function hold(
  services: ErasureServices,
  { params: { domain }, body, caller }: Call<'addHold'>,
): Promise<Reply<'addHold'>> {
  const deps = { store: services.erasures, keys: await keysOf(services, domain) };
  if (body.subject !== undefined) expectPersonalRight(caller, domain, 'It names a subject, which is');
  const held = await heldThing(services, domain, body);
  const by = decidedBy(services, caller.sub);
  const { isKnown: known, ...added } = await orProblem(
    addHold(deps, { domain, held, basis: body.basis, ...by }),
  );
  return { body: { ...added, known } };
}

async function heldThing(
  { entityOf }: ErasureServices,
  domain: string,
  { subject, case: caseId, from, to }: Call<'addHold'>['body'],
): Promise<HeldThing> {
  if (subject !== undefined) return { kind: 'subject', subject };
  if (caseId !== undefined) {
    const pseudonym = await entityOf(domain, caseId);
    if (pseudonym === null) throw new Problem(404, `There is no case ${caseId}.`);
    return { kind: 'case', pseudonym };
  }
  return { kind: 'period', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

async function release(
  services: ErasureServices,
  { params: { domain, hold: id }, body: { reason }, caller }: Call<'releaseHold'>,
): Promise<Reply<'releaseHold'>> {
  const deps = { store: services.erasures, keys: await keysOf(services, domain) };
  await orProblem(releaseHold(deps, { domain, hold: id, reason, ...decidedBy(services, caller.sub) }));
  return { body: await rulesOf(services, domain) };
}

async function rulesOf(
  { erasures }: ErasureServices,
  domain: string,
): Promise<Reply<'getErasureRules'>['body']> {
  const { retention, holds } = await readLaw(erasures, domain);
  const none = { months: null, basis: null };
  return {
    domain,
    retention: retention === undefined ? null : (retention ?? none),
    holds: holds.map((one: Hold) => ({ ...one })),
  };
}

async function keysOf({ keysOf: find }: ErasureServices, domain: string): Promise<DomainKeys> {
  const keys = await find(domain);
  if (keys === null)
    throw new Problem(409, `Records of ${domain} are not erasable: the stage has no key for their subjects.`);
  return keys;
}

async function find({ erasures }: ErasureServices, id: string): Promise<Erasure> {
  const found = await erasures.get(id);
  if (found === null) throw new Problem(404, `There is no erasure ${id}.`);
  return found;
}

function decidedBy({ now }: ErasureServices, by: string): { readonly by: string; readonly now: string } {
  return { by, now: new Date(now()).toISOString() };
}

const STATUS: Readonly<Partial<Record<ErasureRefused['code'], ProblemStatus>>> = {
  unknown_subject: 404,
  unknown_erasure: 404,
  own_request: 403,
  other_identity: 403,
};

/** What names a subject is a fault of the request (422). */
async function orProblem<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ErasureRefused)
      throw new Problem(STATUS[error.code] ?? 409, asSentence(error.message));
    if (error instanceof InputError) throw new Problem(422, asSentence(error.message));
    throw error;
  }
}

function shown({ askedAt, decidedBy, decidedAt, updatedAt, because, ...erasure }: Erasure) {
  return {
    ...{ ...erasure, because: [...because], asked_at: askedAt, updated_at: updatedAt },
    ...{ decided_by: decidedBy, decided_at: decidedAt },
  };
}
