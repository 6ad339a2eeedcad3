/**
 * How long records of a domain must be kept, and legal holds, on a deployed stack: acts of the domain's log, as runs on files have them
 * in the log beside their keys.
 */
import type { AuditAct } from '../audit/audit-entry.ts';
import { InputError } from '../errors.ts';
import { untilWritten } from '../until-written.ts';
import { type LawStore, lawSubject } from './erasure.ts';
import { type Hold, nextHoldId, standingHolds } from './holds.ts';
import { expectNamesNone, expectNotNamed } from './named-subjects.ts';
import { type Retention, standingRetention } from './retention.ts';
import type { SubjectKeys } from './subject-keys.ts';

export interface LawDeps {
  readonly store: LawStore;
  readonly keys: Pick<SubjectKeys, 'find' | 'findByPseudonym' | 'take'>;
}

/** Who decides, where and when (ISO 8601). */
interface Decided {
  readonly domain: string;
  readonly by: string;
  readonly now: string;
}

export interface Law {
  /** Null: no law obliges to keep records. Undefined: no one has said so far, and nothing is erased. */
  readonly retention: Retention | null | undefined;
  readonly holds: readonly Hold[];
}

const MAX_ATTEMPTS = 10;

export async function readLaw(store: Pick<LawStore, 'law'>, domain: string): Promise<Law> {
  const { entries } = await store.law(domain);
  return { retention: standingRetention(entries), holds: standingHolds(entries) };
}

/** Null months: no law obliges to keep records. Throws an InputError where the basis names a subject. */
export async function setRetention(
  deps: LawDeps,
  { domain, by, now, months, basis }: Decided & { readonly months: number | null; readonly basis: string },
): Promise<void> {
  await expectNamesNone(deps.keys, { basis });
  await decide(deps, domain, async () => ({
    ...domainAct(domain, by, now),
    event: 'retention_set',
    data: { months, basis },
  }));
}

export type HeldThing =
  | { readonly kind: 'subject'; readonly subject: string }
  /** The pseudonym whose case it is. */
  | { readonly kind: 'case'; readonly pseudonym: string }
  | { readonly kind: 'period'; readonly from?: string; readonly to?: string };

export interface AddedHold extends Hold {
  /** False: no record of the subject was scored so far. Where its id is mistyped, nothing is held. */
  readonly isKnown: boolean;
}

/** Throws an InputError where the basis names the subject, or a period ends before it begins. */
export async function addHold(
  deps: LawDeps,
  { domain, by, now, held, basis }: Decided & { readonly held: HeldThing; readonly basis: string },
): Promise<AddedHold> {
  const { of, isKnown } = await resolve(deps, held, basis);
  const { kind } = held;
  const { from = null, to = null } = held.kind === 'period' ? held : {};
  if (from !== null && to !== null && to < from) throw new InputError(`to: ${to} is before from: ${from}`);
  const id = await decide(deps, domain, async (entries) => {
    const hold = nextHoldId(entries);
    const days = { ...(from !== null && { from }), ...(to !== null && { to }) };
    return {
      ...domainAct(domain, by, now),
      ...(of !== null && { subject: of }),
      event: 'hold_added',
      data: { hold, kind, ...days, basis },
    };
  });
  return { id: String(id.hold), kind, of, from, to, basis, by, at: now, isKnown };
}

async function resolve(
  { keys }: LawDeps,
  held: HeldThing,
  basis: string,
): Promise<{ readonly of: string | null; readonly isKnown: boolean }> {
  if (held.kind === 'subject') {
    expectNotNamed({ basis }, held.subject);
    const row = (await keys.take(new Map([[held.subject, null]]))).get(held.subject)!;
    return { of: row.pseudonym, isKnown: row.span !== null };
  }
  const row =
    held.kind === 'case' ? (await keys.findByPseudonym([held.pseudonym])).get(held.pseudonym) : undefined;
  if (held.kind === 'case' && row === undefined)
    throw new InputError('the subject of this case has no key: it is erased, and cannot be held');
  await expectNamesNone(keys, { basis }, row?.id ?? null);
  return { of: row?.pseudonym ?? null, isKnown: true };
}

/** Throws an InputError where no such hold stands, or the reason names its subject. */
export async function releaseHold(
  deps: LawDeps,
  { domain, by, now, hold, reason }: Decided & { readonly hold: string; readonly reason: string },
): Promise<void> {
  await decide(deps, domain, async (entries) => {
    const standing = standingHolds(entries);
    const held = standing.find(({ id }) => id === hold);
    if (held === undefined)
      throw new InputError(
        `no hold "${hold}" stands in ${domain}; expected ${standing.map(({ id }) => id).join(', ') || 'none: there is no hold'}`,
      );
    const row = held.of === null ? undefined : (await deps.keys.findByPseudonym([held.of])).get(held.of);
    await expectNamesNone(deps.keys, { reason }, row?.id ?? null);
    return {
      ...domainAct(domain, by, now),
      ...(held.of !== null && { subject: held.of }),
      event: 'hold_released',
      data: { hold, reason },
    };
  });
}

function domainAct(domain: string, actor: string, at: string) {
  return { actor, at, subject: `domain ${domain}`, also: [lawSubject(domain)] };
}

/** The data of the act that was written. */
async function decide(
  { store }: LawDeps,
  domain: string,
  actFor: (entries: Parameters<typeof standingHolds>[0]) => Promise<AuditAct>,
): Promise<Readonly<Record<string, unknown>>> {
  return await untilWritten(
    MAX_ATTEMPTS,
    async () => {
      const { entries, version } = await store.law(domain);
      const act = await actFor(entries);
      return (await store.decide(domain, version, act)) ? act.data : undefined;
    },
    () => new Error(`others decided on the keys of ${domain} each time`),
  );
}
