/**
 * The erasure of a subject on a deployed stack: one person asks, another approves, and what follows is carried out in steps, each of
 * which can be repeated.
 *
 *     asked ──approve──► approved ─► key_gone ─► files_gone ─► done
 *       ├────turn down─► turned_down
 *       └────a law or hold stands, when asked or approved─► refused
 *
 * `approved` is written with the act that says `erased`: from then on only what was left midway is finished.
 */
import { identityKind, isSamePerson, WAYS } from '../actor.ts';
import type { AuditAct, AuditEntry } from '../audit/audit-entry.ts';
import { InputError } from '../errors.ts';
import { untilWritten } from '../until-written.ts';
import { whatStandsAgainst } from './erase-subject.ts';
import { expectNotNamed } from './named-subjects.ts';
import type { SubjectKeys } from './subject-keys.ts';

export const ERASURE_STATES = [
  ...(['asked', 'approved', 'key_gone', 'files_gone', 'done', 'refused', 'turned_down'] as const),
] as const;
export type ErasureState = (typeof ERASURE_STATES)[number];

export interface Erasure {
  readonly id: string;
  readonly domain: string;
  /** What the subject is known by: its true id stands in its key's row alone, and goes with it. */
  readonly pseudonym: string;
  readonly basis: string;
  /** Who asked, and when (ISO 8601). */
  readonly by: string;
  readonly askedAt: string;
  readonly state: ErasureState;
  /** What stood against it, where it was refused: a sentence each. */
  readonly because: readonly string[];
  /** Who approved it or turned it down, when and why. */
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly reason: string | null;
  /** Of the last step. */
  readonly updatedAt: string;
}

/** What erasures of a domain are decided by: how long records must be kept, and holds. */
export interface DomainLaw {
  /** Their acts, in order. */
  readonly entries: readonly AuditEntry[];
  /** What is decided on them is written only where it is still that. */
  readonly version: number;
}

export interface LawStore {
  law(domain: string): Promise<DomainLaw>;
  /** False: something else was decided meanwhile. */
  decide(domain: string, version: number, act: AuditAct): Promise<boolean>;
}

export interface ErasureChange {
  readonly erasure: Erasure;
  /** The state that it changes from; null: it is new. */
  readonly from: ErasureState | null;
  readonly act: AuditAct | null;
  /** Of the law that it was decided by; null: nothing is decided. */
  readonly version: number | null;
}

export interface ErasureStore extends LawStore {
  get(id: string): Promise<Erasure | null>;
  /** The id of that of the subject which is not at its end; null: there is none. */
  openOf(pseudonym: string): Promise<string | null>;
  /** In one write. False: the law, the state, or what is open of the subject changed meanwhile. */
  write(change: ErasureChange): Promise<boolean>;
}

export interface ErasureDeps {
  readonly store: ErasureStore;
  readonly keys: Pick<SubjectKeys, 'find' | 'findByPseudonym'>;
}

type RefusalCode =
  | 'unknown_subject'
  | 'under_way'
  | 'unknown_erasure'
  | 'decided'
  | 'own_request'
  | 'other_identity';

/** It cannot be asked for or decided like this. */
export class ErasureRefused extends InputError {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_ATTEMPTS = 10;
const overtaken = () => new Error('others decided on the keys of the domain each time');

/** What all acts on the law of a domain are also about: they are found by it, whatever else the log holds. */
export function lawSubject(domain: string): string {
  return `erasure in ${domain}`;
}

export interface Asked {
  /** Of the new erasure. */
  readonly id: string;
  readonly domain: string;
  readonly subject: string;
  readonly basis: string;
  readonly by: string;
  /** ISO 8601. */
  readonly now: string;
}

/** As it stands then: asked, or refused by what stands against it. Throws an InputError where the basis names the subject. */
export async function askForErasure({ store, keys }: ErasureDeps, asked: Asked): Promise<Erasure> {
  const { id, domain, subject, basis, by, now } = asked;
  expectNotNamed({ basis }, subject);
  return await untilWritten(
    MAX_ATTEMPTS,
    async () => {
      const { entries, version } = await store.law(domain);
      const row = (await keys.find([subject])).get(subject);
      if (row === undefined)
        throw new ErasureRefused(
          'unknown_subject',
          `${domain} has no key of this subject: no record of it was scored with keys, or it is erased`,
        );
      const open = await store.openOf(row.pseudonym);
      if (open !== null)
        throw new ErasureRefused('under_way', `the erasure ${open} of this subject is under way already`);
      const because = whatStandsAgainst(entries, row, now);
      const erasure: Erasure = {
        ...{ id, domain, pseudonym: row.pseudonym, basis, by, askedAt: now, because, updatedAt: now },
        ...{
          state: because.length > 0 ? 'refused' : 'asked',
          decidedBy: null,
          decidedAt: null,
          reason: null,
        },
      };
      const act = because.length > 0 ? refusedAct(erasure, by, now) : askedAct(erasure);
      return (await store.write({ erasure, from: null, act, version })) ? erasure : undefined;
    },
    overtaken,
  );
}

export interface ErasureDecision {
  readonly id: string;
  readonly decision: 'approve' | 'turn_down';
  readonly reason: string;
  readonly by: string;
  /** ISO 8601. */
  readonly now: string;
}

/** As it stands then. It is refused, too, by a law or hold that came since it was asked for. Throws an ErasureRefused. */
export async function decideOnErasure(
  { store, keys }: ErasureDeps,
  { id, decision, reason, by, now }: ErasureDecision,
): Promise<Erasure> {
  return await untilWritten(
    MAX_ATTEMPTS,
    async () => {
      const asked = await store.get(id);
      if (asked === null) throw new ErasureRefused('unknown_erasure', `there is no erasure ${id}`);
      if (asked.state !== 'asked')
        throw new ErasureRefused('decided', `the erasure ${id} is ${asked.state}, and cannot be decided`);
      const { domain, pseudonym } = asked;
      const { entries, version } = await store.law(domain);
      const row = (await keys.findByPseudonym([pseudonym])).get(pseudonym);
      if (row !== undefined) expectNotNamed({ reason }, row.id);
      const decided = { ...asked, decidedBy: by, decidedAt: now, reason, updatedAt: now };
      if (decision === 'turn_down') {
        const erasure: Erasure = { ...decided, state: 'turned_down' };
        const act = actOn(erasure, by, now, 'erasure_turned_down', { reason });
        return (await store.write({ erasure, from: 'asked', act, version })) ? erasure : undefined;
      }
      expectAnother(asked, by);
      const because = row === undefined ? [] : whatStandsAgainst(entries, row, now);
      const erasure: Erasure = { ...decided, because, state: because.length > 0 ? 'refused' : 'approved' };
      const act = because.length > 0 ? refusedAct(erasure, by, now) : erasedAct(erasure, by, now);
      return (await store.write({ erasure, from: 'asked', act, version })) ? erasure : undefined;
    },
    overtaken,
  );
}

function expectAnother({ id, by: asker }: Erasure, by: string): void {
  if (isSamePerson(asker, by))
    throw new ErasureRefused('own_request', `you asked for the erasure ${id}: it takes another person`);
  const [kind, own] = [identityKind(asker), identityKind(by)];
  if (kind !== own && kind !== 'system')
    throw new ErasureRefused(
      'other_identity',
      `the erasure ${id} was asked for ${WAYS[kind]}: approve it so, too, since two kinds of identity may be one person`,
    );
}

/** What no one can read again is gone; each is done again where it was interrupted. */
export interface ErasureSteps {
  destroyKey(domain: string, pseudonym: string): Promise<void>;
  /**
   * Deletes what was put together of the subject, and says how much is left to wait for: delivered files from before that moment, and
   * exports that are being made, which may have read the key.
   */
  deleteFiles(erasure: Erasure): Promise<{ readonly left: number }>;
}

/** Goes on with an approved one as far as it can now. */
export async function carryOutErasure(
  store: Pick<ErasureStore, 'write'>,
  steps: ErasureSteps,
  begun: Erasure,
  now: string,
): Promise<Erasure> {
  let erasure = begun;
  const become = async (state: ErasureState, act: AuditAct | null = null): Promise<void> => {
    const next: Erasure = { ...erasure, state, updatedAt: now };
    // Another call may do the same at this moment: what it did is not done again.
    await store.write({ erasure: next, from: erasure.state, act, version: null });
    erasure = next;
  };
  if (erasure.state === 'approved') {
    await steps.destroyKey(erasure.domain, erasure.pseudonym);
    await become('key_gone');
  }
  if (erasure.state === 'key_gone') {
    const { left } = await steps.deleteFiles(erasure);
    if (left > 0) return erasure;
    await become('files_gone');
  }
  if (erasure.state === 'files_gone') await become('done', actOn(erasure, 'assay', now, 'erasure_done', {}));
  return erasure;
}

function askedAct(erasure: Erasure): AuditAct {
  return actOn(erasure, erasure.by, erasure.askedAt, 'erasure_asked', { basis: erasure.basis });
}

function refusedAct(erasure: Erasure, by: string, now: string): AuditAct {
  const { basis, because } = erasure;
  return actOn(erasure, by, now, 'erasure_refused', { basis, because });
}

function erasedAct(erasure: Erasure, by: string, now: string): AuditAct {
  const { basis, reason, by: asked_by } = erasure;
  return actOn(erasure, by, now, 'erased', { basis, asked_by, reason });
}

type ErasureEvent = 'erasure_asked' | 'erasure_turned_down' | 'erasure_refused' | 'erased' | 'erasure_done';

function actOn(
  { id, pseudonym }: Erasure,
  actor: string,
  at: string,
  event: ErasureEvent,
  data: Readonly<Record<string, string | null | readonly string[]>>,
): AuditAct {
  return {
    ...{ event, actor, at, subject: pseudonym },
    data: { erasure: id, ...data },
  } as AuditAct;
}

/** Whether nothing is to be done on it any more. */
export function hasEnded({ state }: Pick<Erasure, 'state'>): boolean {
  return state === 'done' || state === 'refused' || state === 'turned_down';
}
