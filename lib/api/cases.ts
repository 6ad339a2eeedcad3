/** What answers for cases: lists and one case by files of their own, and what people do with them. */
import type { Case } from '../cases/case.ts';
import { type CaseAct, type CaseActor, CaseRefused, StaleCase } from '../cases/case-acts.ts';
import type { Mention } from '../cases/mention.ts';
import type { Events } from '../events/event-schemas.ts';
import { listActs } from './case-acts.ts';
import { type ColleagueServices, readMentions } from './colleagues.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { type CaseListServices, listCases } from './list-cases.ts';
import { asSentence, Problem } from './problem.ts';
import { type CaseReadServices, getCase } from './read-case.ts';
import { type ShownCase, showCases } from './show-case.ts';

interface CaseActServices extends ColleagueServices {
  readonly mentions: {
    /** False: the last mention is another than the one that was seen, or there is none. */
    end(domain: string, seen: Pick<Mention, 'caseId' | 'at'>, person: string): Promise<boolean>;
  };
  readonly queue: {
    /** Null: there is none. */
    takeNext(domain: string, actor: CaseActor): Promise<{ case: Case; events: Events } | null>;
  };
  readonly act: (
    id: string,
    act: CaseAct,
    actor: CaseActor,
    options: { seen?: number; mentions?: readonly string[] },
  ) => Promise<{ readonly case: Case; readonly events: Events } | null>;
  readonly publish: (events: Events) => Promise<unknown>;
  /** How long a hold lasts. */
  readonly holdSeconds: number;
}

type CaseServices = CaseListServices & CaseReadServices & CaseActServices;

type CaseEndpoints =
  | 'listCases'
  | 'getCase'
  | 'listCaseActs'
  | 'takeNextCase'
  | 'claimCase'
  | 'releaseCase'
  | 'assignCase'
  | 'escalateCase'
  | 'snoozeCase'
  | 'reopenCase'
  | 'endMention';

export function caseHandlers(services: CaseServices): Required<Pick<Handlers, CaseEndpoints>> {
  const act = (call: ActCall, what: CaseAct) => actOn(services, call, what);
  const { holdSeconds } = services;
  return {
    listCases: (call) => listCases(services, call),
    getCase: (call) => getCase(services, call),
    listCaseActs: (call) => listActs(services, call),
    takeNextCase: (call) => takeNextCase(services, call),
    claimCase: (call) => act(call, { act: 'claim', holdSeconds }),
    releaseCase: (call) => act(call, { act: 'release' }),
    assignCase: (call) => act(call, { act: 'assign', assignee: call.body.assignee }),
    escalateCase: (call) => act(call, { act: 'escalate', reason: call.body.reason }),
    snoozeCase: (call) => act(call, { act: 'snooze', until: call.body.until, reason: call.body.reason }),
    reopenCase: (call) => act(call, { act: 'reopen', reason: call.body.reason }),
    endMention: (call) => endMention(services, call),
  };
}

async function endMention(
  { mentions }: CaseServices,
  { params: { id }, body: { at }, caller, scope }: Call<'endMention'>,
): Promise<Reply<'endMention'>> {
  const domain = String(scope[0]);
  const done = await mentions.end(domain, { caseId: id, at }, caller.sub);
  const later = done ? null : await mentions.inCase(domain, id, caller.sub);
  if (later !== null)
    throw new Problem(409, `There is a later mention, of ${later.at}: you looked at that of ${at}.`);
  return { body: { case: id, done } };
}

async function takeNextCase(
  services: CaseServices,
  { body, caller, pii }: Call<'takeNextCase'>,
): Promise<Reply<'takeNextCase'>> {
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const taken = await services.queue.takeNext(body.domain, actor);
  if (taken === null) return { body: { case: null } };
  await services.publish(taken.events);
  const reading = { actor: caller.sub, pii, route: 'POST /v1/cases/next', subject: taken.case.id };
  const [shown] = await showCases(services, reading, [taken.case], actor.at);
  return { body: { case: shown! } };
}

type ActCall = Pick<Call<'claimCase'>, 'params' | 'caller' | 'scope'> & {
  readonly body: { readonly version?: number | undefined; readonly mentions?: readonly string[] | undefined };
};

async function actOn(
  services: CaseServices,
  { params, caller, scope, body }: ActCall,
  act: CaseAct,
): Promise<{ body: ShownCase }> {
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const seen = body.version === undefined ? {} : { seen: body.version };
  const mentions = await readMentions(services, String(scope[0]), body.mentions);
  const changed = await services.act(params.id, act, actor, { ...seen, mentions }).catch((error: unknown) => {
    if (error instanceof CaseRefused || error instanceof StaleCase)
      throw new Problem(409, asSentence(error.message));
    throw error;
  });
  if (changed === null) throw new Problem(404, `There is no case ${params.id}.`);
  await services.publish(changed.events);
  const reading = { actor: caller.sub, pii: false, route: '', subject: params.id };
  const [shown] = await showCases(services, reading, [changed.case], actor.at);
  return { body: shown! };
}
