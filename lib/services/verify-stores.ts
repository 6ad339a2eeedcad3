/**
 * The flags, cases, reviews and attachments of a domain as the tables have them, against the logs that prove them: each flag against the
 * entry of its drop's log, its status against the reviews in the log of the domain, each review and attachment against its entry. What
 * is changed, taken out, added or hidden from lists in a table is named.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { ActsProblem } from '../audit/verify-acts.ts';
import type { UnfinishedFlag } from '../aws/deferred-writes.ts';
import type { FlagTable } from '../aws/flag-table.ts';
import { caseOfEntry, entryOfCase } from '../cases/case-entries.ts';
import { inParallel } from '../in-parallel.ts';
import { checkReviews, type ReviewOfTable, type StoreProblem } from '../reviews/check-reviews.ts';
import { LoggedReviews } from '../reviews/logged-reviews.ts';
import { type AttachmentSources, verifyAttachments } from './verify-attachments.ts';
import { CaseCheck, type CaseFlags, type CaseSource } from './verify-cases.ts';
import { type RecordSources, verifyFlagRecords } from './verify-flag-records.ts';
import { FlagCheck, type FlagSources } from './verify-flags.ts';

export interface StoreSources extends FlagSources, AttachmentSources {
  readonly flags: Pick<FlagTable, 'getAll' | 'stored' | 'query'>;
  readonly reviews: {
    reviewsOf(flag: string): Promise<readonly DomainReview[]>;
    reviewedSince(domain: string, from: string): Promise<readonly DomainReview[]>;
  };
  readonly cases: CaseSource;
  /** Flags that an act is still on its way to. */
  unfinishedFlags(): Promise<readonly UnfinishedFlag[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Where the records of flags are read; absent: they are not looked at. */
  readonly records?: Pick<RecordSources, 'data' | 'packOf'>;
}

interface DomainReview extends ReviewOfTable {
  readonly domain: string;
}

export interface VerifiedStores {
  readonly flags: number;
  readonly cases: number;
  readonly reviews: number;
  /** Flags, cases and reviews that changed meanwhile: of these nothing is said. */
  readonly changing: number;
  readonly problems: readonly ActsProblem[];
}

const CONCURRENCY = 8;
const MAX_LISTED = 200;
/** Every minute what waits is carried out; for as long as a function works on it, and once more, it may fail. */
const MAX_UNFINISHED_MS = 60 * 60_000;
/** Before every ISO 8601 time. */
const EARLIEST = '0';

/** `entries`: the log of the domain, read before the tables. */
export async function verifyStores(
  sources: StoreSources,
  domain: string,
  entries: readonly AuditEntry[],
): Promise<VerifiedStores> {
  const logged = new LoggedReviews(entries);
  const unfinished = await sources.unfinishedFlags();
  const reviews = await reviewProblems(sources, domain, logged);
  const caseCheck = await CaseCheck.begin(sources.cases, domain);
  const flags = await new FlagCheck(sources, domain, logged).run(entries);
  const cases = await caseCheck.end(flags.byCase, entries);
  const records =
    sources.records === undefined
      ? []
      : await verifyFlagRecords({ ...sources, ...sources.records }, domain, flags.byDrop);
  const attached = await verifyAttachments(sources, flags.byCase.keys(), entries);
  const added = await addedReviews(sources, flags.ids, logged);
  // Last of all: an act that comes while the tables are read excuses what it changes.
  const waiting = [...unfinished, ...(await sources.unfinishedFlags())];
  const now = await sources.entries();
  const late = now.slice(entries.length);
  const moving = movingNow([...unfinishedBy(waiting, now, sources.now()), ...changedBy(late)], flags.byCase);
  const known = new Set(reviews.map(({ where }) => where));
  const hidden = added.filter(({ where }) => !known.has(where));
  const found = [...flags.problems, ...cases.problems, ...records, ...reviews, ...hidden, ...attached];
  const still = found.filter(({ decision }) => !moving.has(decision));
  return {
    flags: flags.ids.length,
    cases: cases.count,
    reviews: logged.all().length,
    changing:
      cases.changing +
      new Set(found.filter(({ decision }) => moving.has(decision)).map((one) => one.decision)).size,
    problems: toProblems(still),
  };
}

/**
 * Flags that an act of the log has yet to change. A write that waits excuses only a flag that the entry of its act is about, only if the
 * entry has its hash or is of an earlier version, which had none, and not for longer than it takes: anyone who can write to the table
 * could put one there, or keep one there.
 */
function unfinishedBy(
  waiting: readonly UnfinishedFlag[],
  entries: readonly AuditEntry[],
  nowMs: number,
): string[] {
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  return waiting.flatMap(({ flag, seq, piece }) => {
    const act = bySeq.get(seq);
    const pieces = act?.data.deferred;
    const isIts = Array.isArray(pieces)
      ? pieces.includes(piece)
      : act !== undefined && isOfEarlierVersion(act);
    if (act === undefined || !isIts || nowMs - Date.parse(act.at ?? '') > MAX_UNFINISHED_MS) return [];
    return new LoggedReviews([act]).decisions.has(flag) ? [flag] : [];
  });
}

/** Each review, and each act on a case, says of a row what it is since then. */
function isOfEarlierVersion(act: AuditEntry): boolean {
  return entryOfCase(act) === null && new LoggedReviews([act]).all().every(({ row }) => row === undefined);
}

/** Flags and cases that these acts changed. */
function changedBy(acts: readonly AuditEntry[]): string[] {
  return [...new LoggedReviews(acts).decisions, ...acts.flatMap((entry) => caseOfEntry(entry) ?? [])];
}

/** With the cases of the flags. */
function movingNow(changed: readonly string[], cases: CaseFlags): ReadonlySet<string> {
  const moving = new Set(changed);
  for (const [id, own] of cases) if (own.some((flag) => moving.has(flag.id))) moving.add(id);
  return moving;
}

/** The index of reviews may lag: what is odd is read again where it is not. */
async function reviewProblems(
  { reviews }: StoreSources,
  domain: string,
  logged: LoggedReviews,
): Promise<StoreProblem[]> {
  const all = logged.all();
  const stored = await reviews.reviewedSince(domain, EARLIEST);
  const first = checkReviews(stored, all);
  if (first.every(({ kind }) => kind === 'inserted')) return first;
  const odd = [...new Set(first.map(({ decision }) => decision))];
  const again = await inParallel(odd, CONCURRENCY, (decision) => reviews.reviewsOf(decision));
  const own = again.flat().filter((review) => review.domain === domain && review.kind === 'open');
  return checkReviews([...stored, ...(await reviews.reviewedSince(domain, EARLIEST)), ...own], all);
}

/** A row that lacks the attribute of the index is in no list of reviews; anyone who opens its flag sees it. */
async function addedReviews(
  { reviews }: StoreSources,
  flags: readonly string[],
  logged: LoggedReviews,
): Promise<StoreProblem[]> {
  const open = logged.all().filter(({ kind }) => kind === 'open');
  const places = new Set(open.map(({ flag, version }) => `${flag} ${version}`));
  const found = await inParallel(flags, CONCURRENCY, async (flag) => {
    const own = await reviews.reviewsOf(flag);
    return own.filter(({ kind, version }) => kind !== 'open' || !places.has(`${flag} ${version}`));
  });
  return checkReviews(found.flat(), []);
}

/** What is missing comes last: of the rest, at least one is shown where there is any. */
function toProblems(found: readonly StoreProblem[]): ActsProblem[] {
  const rank = ({ kind }: StoreProblem) => Number(kind === 'missing');
  const problems = found.toSorted((a, b) => rank(a) - rank(b));
  const shown = problems
    .slice(0, MAX_LISTED)
    .map(({ where, kind, message }) => ({ where, kind, message }) satisfies ActsProblem);
  const more = problems.length - shown.length;
  if (more === 0) return shown;
  const message = `${more.toLocaleString('en-US')} more of flags, cases and reviews`;
  return [...shown, { where: 'the tables', kind: problems[MAX_LISTED]!.kind, message }];
}
