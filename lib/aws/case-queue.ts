/**
 * Lists of cases, and the next one to work on. Each list is some partitions of the index `cases`, merged: never a scan. The index
 * follows the table a little later, so what is taken from it to be worked on is looked at again in the table itself.
 */
import { type DynamoDBDocumentClient, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type Case, type CaseStatus, type CaseView, statusAt } from '../cases/case.ts';
import { type CaseActor, CaseRefused, isFree, StaleCase } from '../cases/case-acts.ts';
import { caseWrites } from './case-change.ts';
import type { CaseDesk, ChangedCase } from './case-desk.ts';
import { CASE_VIEWS, caseQueues, rankBounds } from './case-keys.ts';
import { asCase } from './case-row.ts';
import { type Page, readMerged, type Stream, type StreamFilter } from './merged-streams.ts';
import { doing, unlessOvertaken } from './store-error.ts';

export interface CaseFilter {
  readonly assignee?: string;
  readonly rule?: string;
  readonly severityRank?: number;
  readonly status?: CaseStatus;
  /** Of the last flag; ISO 8601 in UTC with milliseconds. */
  readonly from?: string;
  readonly to?: string;
}

export interface CaseListQuery {
  readonly domains: readonly string[];
  readonly views: readonly CaseView[];
  readonly filter: CaseFilter;
  readonly now: string;
  readonly limit: number;
  /** `last` of the page before. */
  readonly before?: string;
}

/** How many cases are looked at, at a time, for one to take. */
const CANDIDATES = 10;
const MAX_PAGES = 50;
const MAX_WOKEN = 50;

export class CaseQueue {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async list(query: CaseListQuery): Promise<Page<Case>> {
    const { domains, views, filter, now, limit, before } = query;
    await this.#wake(domains, now);
    return await doing('listing cases', () =>
      readMerged(this.#client, this.#table, groupsOf(domains, views, filter.severityRank ?? null, before), {
        ...{ limit, before, asItem: asCase, placeOf },
        filter: tableFilter(filter, now),
        isWanted: (one) => filter.status === undefined || statusAt(one, now) === filter.status,
      }),
    );
  }

  /** The most urgent case that is no one's, or this person's to do, held for them; null: there is none. */
  async takeNext(
    desk: Pick<CaseDesk, 'act'>,
    { domains, holdSeconds }: { readonly domains: readonly string[]; readonly holdSeconds: number },
    actor: CaseActor,
  ): Promise<ChangedCase | null> {
    await this.#wake(domains, actor.at);
    let before: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await this.#candidates(domains, actor, before);
      for (const one of page.items) {
        const taken = await desk
          .act(one.id, { act: 'claim', holdSeconds }, actor, { seen: one.version })
          .catch((error: unknown) => {
            if (error instanceof CaseRefused || error instanceof StaleCase) return null;
            throw error;
          });
        if (taken !== null) return taken;
      }
      if (page.last === null) return null;
      before = page.last;
    }
    return null;
  }

  async #candidates(domains: readonly string[], { by, at }: CaseActor, before: string | undefined) {
    const free = '(attribute_type(#hold, :null) OR #hold.#until <= :now)';
    const own = '(attribute_type(#assignee, :null) OR #assignee = :by)';
    return await doing('looking for the next case', () =>
      readMerged(this.#client, this.#table, groupsOf(domains, ['act', 'look'], null, before), {
        ...{ limit: CANDIDATES, before, asItem: asCase, placeOf },
        filter: {
          expression: `#status = :open AND ${free} AND ${own}`,
          names: { '#status': 'status', '#hold': 'hold', '#until': 'until', '#assignee': 'assignee' },
          values: { ':open': 'open', ':null': 'NULL', ':now': at, ':by': by },
        },
        isWanted: (one) => isFree(one, { by, at }),
      }),
    );
  }

  /** Cases whose snooze is over are open again. */
  async #wake(domains: readonly string[], now: string): Promise<void> {
    await doing('waking snoozed cases', async () => {
      const queues = domains.flatMap((domain) => caseQueues(domain, 'snoozed'));
      const found = await Promise.all(
        queues.map((queue) =>
          this.#client.send(
            new QueryCommand({
              TableName: this.#table,
              IndexName: 'cases',
              KeyConditionExpression: 'case_queue = :queue AND case_rank <= :now',
              ExpressionAttributeValues: { ':queue': queue, ':now': now },
              Limit: MAX_WOKEN,
            }),
          ),
        ),
      );
      const due = found.flatMap(({ Items = [] }) => Items.map(asCase));
      await Promise.all(due.map((one) => this.#wakeOne(one)));
    });
  }

  async #wakeOne(before: Case): Promise<void> {
    const after = { ...before, status: 'open', snoozedUntil: null, version: before.version + 1 } as const;
    const TransactItems = caseWrites(this.#table, before, after);
    // Another who listed at the same moment may have done it.
    await unlessOvertaken(`waking case ${before.id}`, () =>
      this.#client.send(new TransactWriteCommand({ TransactItems })),
    );
  }
}

/** Open cases come before decided ones, whatever their ranks: the place of a case begins with its view. */
const PLACES: Readonly<Record<CaseView, string>> = { act: '4', look: '3', snoozed: '2', decided: '1' };

function placeOf({ case_queue, case_rank }: Readonly<Record<string, unknown>>): string {
  return `${PLACES[String(case_queue).split('#')[2] as CaseView]}${case_rank}`;
}

function groupsOf(
  domains: readonly string[],
  views: readonly CaseView[],
  severityRank: number | null,
  before: string | undefined,
): Stream[][] {
  return CASE_VIEWS.filter((view) => views.includes(view)).flatMap((view) => {
    if (before !== undefined && PLACES[view] > before[0]!) return [];
    const isRanked = view === 'act' || view === 'look';
    const { low, high: top } = rankBounds(isRanked ? severityRank : null);
    const cut = before?.[0] === PLACES[view] ? before.slice(1) : null;
    const high = cut !== null && cut < top ? cut : top;
    if (low > high) return [];
    const queues = domains.flatMap((domain) => caseQueues(domain, view));
    const keys = { index: 'cases', partitionName: 'case_queue', sortName: 'case_rank' } as const;
    return [queues.map((partition) => ({ ...keys, partition, low, high }))];
  });
}

/** Null: all are wanted. What status a case has at a moment is looked at again when it is read. */
function tableFilter(
  { assignee, rule, severityRank, status, from, to }: CaseFilter,
  now: string,
): StreamFilter | null {
  const parts: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const add = (expression: string, own: Record<string, string>, value: Record<string, unknown>) => {
    parts.push(expression);
    Object.assign(names, own);
    Object.assign(values, value);
  };
  if (assignee !== undefined)
    add('#assignee = :assignee', { '#assignee': 'assignee' }, { ':assignee': assignee });
  if (rule !== undefined) add('contains(#rules, :rule)', { '#rules': 'rules' }, { ':rule': rule });
  if (severityRank !== undefined)
    add(
      '#top.#severityRank = :severityRank',
      { '#top': 'top', '#severityRank': 'severityRank' },
      { ':severityRank': severityRank },
    );
  if (from !== undefined) add('#last >= :from', { '#last': 'lastFlagAt' }, { ':from': from });
  if (to !== undefined) add('#last <= :to', { '#last': 'lastFlagAt' }, { ':to': to });
  if (status !== undefined && status !== 'in_review')
    add('#status = :status', { '#status': 'status' }, { ':status': status });
  if (status === 'in_review')
    add('#hold.#until > :now', { '#hold': 'hold', '#until': 'until' }, { ':now': now });
  return parts.length === 0 ? null : { expression: parts.join(' AND '), names, values };
}
