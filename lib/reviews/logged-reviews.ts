/** What the log of a domain says of its reviews: each review, and the state that they leave each flag with. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { FlagStatus, PendingVerdict } from '../decisions/flag-item.ts';
import { countedReviews, type Review, type Verdict } from './review.ts';

/** Not the reason and the note, which the log leaves out: they may name people. */
export interface LoggedReview extends Omit<Review, 'reason' | 'note' | 'signature' | 'id' | 'together'> {
  /** The number of the entry. */
  readonly seq: number;
  readonly recordId: string;
  /** The hash of the whole review (`review-hash.ts`); absent: of an earlier version. */
  readonly row?: string;
}

/** What a flag must be like in the table. */
export interface FlagState {
  readonly status: FlagStatus;
  /** 1, and one more with each open review and each that was withdrawn. */
  readonly version: number;
  readonly pending: PendingVerdict | null;
}

export const NEW_FLAG: FlagState = { status: 'open', version: 1, pending: null };

interface Said {
  readonly open: LoggedReview[];
  readonly blind: LoggedReview[];
  withdrawn: number;
}

export class LoggedReviews {
  readonly #byDecision = new Map<string, Said>();

  /** Entries in their order; those of other events say nothing here. */
  constructor(entries: readonly AuditEntry[]) {
    for (const entry of entries) {
      for (const review of reviewsIn(entry)) this.#of(review.flag)[review.kind].push(review);
      if (entry.event === 'review_withdrawn')
        for (const decision of textsOf(entry.data.decisions)) this.#withdraw(decision, entry.at ?? '');
    }
  }

  all(): LoggedReview[] {
    return [...this.#byDecision.values()].flatMap(({ open, blind }) => [...open, ...blind]);
  }

  /** Decisions that any review is about. */
  get decisions(): ReadonlySet<string> {
    return new Set(this.#byDecision.keys());
  }

  stateOf(decision: string): FlagState {
    const said = this.#byDecision.get(decision);
    if (said === undefined) return NEW_FLAG;
    const { open, withdrawn } = said;
    const counted = countedReviews(open.map(asReview)).at(-1);
    const last = open.findLast(({ withdrawnAt }) => withdrawnAt === undefined);
    return {
      status: counted?.verdict ?? 'open',
      version: 1 + open.length + withdrawn,
      pending: last?.unconfirmed === true ? { verdict: last.verdict, by: last.by, at: last.at } : null,
    };
  }

  #of(decision: string): Said {
    const said = this.#byDecision.get(decision) ?? { open: [], blind: [], withdrawn: 0 };
    this.#byDecision.set(decision, said);
    return said;
  }

  /** A review is withdrawn only while nothing followed it on its flag: it is the last one. */
  #withdraw(decision: string, at: string): void {
    const said = this.#of(decision);
    said.withdrawn++;
    const last = said.open.findLastIndex(({ withdrawnAt }) => withdrawnAt === undefined);
    if (last >= 0) said.open[last] = { ...said.open[last]!, withdrawnAt: at };
  }
}

type Data = Readonly<Record<string, unknown>>;

function reviewsIn({ seq, event, actor: by, at = '', subject, data }: AuditEntry): LoggedReview[] {
  const who = { seq, by, at };
  if (event === 'reviewed') return [reviewOf(who, { record_id: subject, ...data })];
  if (event !== 'case_reviewed' || !Array.isArray(data.flags)) return [];
  const { verdict, reason_code } = data;
  return (data.flags as readonly Data[]).map((flag) =>
    reviewOf(who, { verdict, reason_code, ...flag, kind: 'open' }),
  );
}

function reviewOf(who: Pick<LoggedReview, 'seq' | 'by' | 'at'>, data: Data): LoggedReview {
  const { decision_id, record_id, version, kind, verdict, reason_code, unconfirmed, row } = data;
  return {
    ...who,
    flag: String(decision_id),
    recordId: String(record_id),
    version: Number(version),
    kind: kind === 'blind' ? 'blind' : 'open',
    verdict: verdict as Verdict,
    ...(typeof reason_code === 'string' && { reasonCode: reason_code }),
    ...(unconfirmed === true && { unconfirmed }),
    ...(typeof row === 'string' && { row }),
  };
}

function asReview(review: LoggedReview): Review {
  return { ...review, reason: '', note: null };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
