/** Acts on cases: the case, what its history says, the entry in the audit log and the event for others are one transaction. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Case } from '../cases/case.ts';
import { actOnCase, CASE_EVENTS, type CaseAct, type CaseActor, StaleCase } from '../cases/case-acts.ts';
import { caseFacts } from '../cases/case-entries.ts';
import { type AssayEvent, type Events, makeEvent } from '../events/event-schemas.ts';
import { untilWritten } from '../until-written.ts';
import type { AuditChain } from './audit-chain.ts';
import { caseWrites } from './case-change.ts';
import { actKey } from './case-keys.ts';
import { readCase } from './case-row.ts';
import type { CaseHistoryEntry } from './case-table.ts';
import { mentionEvents, mentionWrites } from './mention-table.ts';
import { newSalt } from './salt.ts';
import { doing } from './store-error.ts';
import type { Write } from './transaction.ts';

export interface ChangedCase {
  readonly case: Case;
  /** To be published: they wait in the outbox as one. */
  readonly events: Events;
}

const MAX_ATTEMPTS = 8;

export class CaseDesk {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;

  constructor(client: DynamoDBDocumentClient, table: string, audit: AuditChain) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
  }

  /**
   * Null: there is no such case. Throws a CaseRefused, or a StaleCase where `seen` is given and the case has another version. Without
   * `seen` an act is done on the case as it is by then.
   */
  async act(
    id: string,
    act: CaseAct,
    actor: CaseActor,
    { seen, mentions = [] }: { readonly seen?: number; readonly mentions?: readonly string[] } = {},
  ): Promise<ChangedCase | null> {
    let version = 0;
    const attempt = async (): Promise<ChangedCase | null | undefined> => {
      const before = await doing(`reading case ${id}`, () => readCase(this.#client, this.#table, id));
      if (before === null) return null;
      version = before.version;
      if (seen !== undefined && seen !== before.version) throw new StaleCase(id, seen, before.version);
      const after = actOnCase(before, act, actor);
      const history = historyOf(act, after, actor);
      const mention = { domain: after.domain, caseId: id, ...actor, people: mentions };
      const events: Events = [caseChanged(after, act.act, actor.at), ...mentionEvents(mention)];
      const writes = [
        ...mentionWrites(this.#table, mention),
        ...caseWrites(this.#table, before, after),
        caseActWrite(this.#table, after, history),
      ];
      const entry = auditAct(act, { after, history }, actor);
      const isWritten = await this.#audit.appendWith(after.domain, [entry], writes, [events]);
      return isWritten ? { case: after, events } : undefined;
    };
    return await untilWritten(MAX_ATTEMPTS, attempt, () => new StaleCase(id, version, version + 1));
  }
}

export function caseChanged(
  { id, domain, version }: Case,
  act: CaseAct['act'] | 'close',
  at: string,
): AssayEvent {
  return makeEvent('CaseChanged', { at, domain, case: id, act, version });
}

export function caseActWrite(TableName: string, { id }: Case, entry: CaseHistoryEntry): Write {
  return { Put: { TableName, Item: { ...entry, ...actKey(id, entry.at, entry.version) } } };
}

function historyOf(
  act: CaseAct,
  { version, assignee, hold, snoozedUntil }: Case,
  actor: CaseActor,
): CaseHistoryEntry {
  return {
    ...{ act: act.act, by: actor.by, at: actor.at, version, salt: newSalt() },
    ...('reason' in act && { reason: act.reason }),
    ...(act.act === 'assign' && { assignee }),
    ...(act.act === 'claim' && hold !== null && { until: hold.until }),
    ...(act.act === 'snooze' && snoozedUntil !== null && { until: snoozedUntil }),
  };
}

/** What the audit log keeps of an act: not its reason, which may name people. */
function auditAct(
  act: CaseAct,
  { after, history }: { readonly after: Case; readonly history: CaseHistoryEntry },
  { by, at }: CaseActor,
) {
  const { version, hold, assignee, snoozedUntil } = after;
  return {
    event: CASE_EVENTS[act.act],
    actor: by,
    subject: after.id,
    at,
    data: {
      case: after.id,
      version,
      ...caseFacts(after, history),
      ...(act.act === 'claim' && hold !== null && { until: hold.until }),
      ...(act.act === 'assign' && { assignee }),
      ...(act.act === 'snooze' && snoozedUntil !== null && { until: snoozedUntil }),
    },
  } as const;
}
