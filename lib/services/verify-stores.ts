/**
 * The flags and reviews of a domain as the tables have them, against the logs that prove them: each flag against the entry of its drop's
 * log, its status against the reviews in the log of the domain, each review against its entry. What is changed, taken out, added or hidden
 * from lists in a table is named.
 */
import { type AuditEntry, parseEntry } from '../audit/audit-entry.ts';
import type { ActsProblem } from '../audit/verify-acts.ts';
import type { UnfinishedFlag } from '../aws/deferred-writes.ts';
import type { FlagTable } from '../aws/flag-table.ts';
import { caseIdOf } from '../cases/case.ts';
import { type CaseFlag, shownOf } from '../cases/check-case.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import { inParallel } from '../in-parallel.ts';
import { checkFlag, checkFlagState, type FlagOfLog, flagOfLog } from '../reviews/check-flag.ts';
import { checkReviews, type ReviewOfTable, type StoreProblem } from '../reviews/check-reviews.ts';
import { LoggedReviews } from '../reviews/logged-reviews.ts';
import { findExplanations, type ResultSource } from './find-explanations.ts';
import { CaseCheck, type CaseFlags, type CaseSource } from './verify-cases.ts';
import { type RecordSources, verifyFlagRecords } from './verify-flag-records.ts';

export interface StoreSources {
  readonly flags: Pick<FlagTable, 'getAll' | 'query'>;
  readonly reviews: {
    reviewsOf(flag: string): Promise<readonly DomainReview[]>;
    reviewedSince(domain: string, from: string): Promise<readonly DomainReview[]>;
  };
  readonly cases: CaseSource;
  /** Flags that an act is still on its way to, with the number of its entry. */
  unfinishedFlags(): Promise<readonly UnfinishedFlag[]>;
  /** What drops left for people: their explanations. */
  readonly results: ResultSource;
  /** Of the bucket of logs: null where there is none. */
  readonly audit: { readBytes(key: string): Promise<Uint8Array | null> };
  /** The log of the domain as it is by now. */
  entries(): Promise<readonly AuditEntry[]>;
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
const BATCH = 100;
const PAGE = 200;
const MAX_LISTED = 200;
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
  const waiting = [...unfinished, ...(await sources.unfinishedFlags())];
  const moving = movingNow(waiting, await sources.entries(), entries.length, flags.byCase);
  const added = await addedReviews(sources, [...flags.byDrop.values()].flat(), logged);
  const known = new Set(reviews.map(({ where }) => where));
  const hidden = added.filter(({ where }) => !known.has(where));
  const found = [...flags.problems, ...cases.problems, ...records, ...reviews, ...hidden];
  const still = found.filter(({ decision }) => !moving.has(decision));
  return {
    flags: flags.count,
    cases: cases.count,
    reviews: logged.all().length,
    changing:
      cases.changing +
      new Set(found.filter(({ decision }) => moving.has(decision)).map((one) => one.decision)).size,
    problems: toProblems(still),
  };
}

/**
 * Flags and cases that acts changed since the log was read, and those that an act of the log has yet to change. A write that waits
 * excuses only a flag that the entry of its act is about: anyone who can write to the table could put one there.
 */
function movingNow(
  waiting: readonly UnfinishedFlag[],
  now: readonly AuditEntry[],
  read: number,
  cases: CaseFlags,
): ReadonlySet<string> {
  const bySeq = new Map(now.map((entry) => [entry.seq, entry]));
  const deferred = waiting.filter(({ flag, seq }) => {
    const act = bySeq.get(seq);
    return act !== undefined && new LoggedReviews([act]).decisions.has(flag);
  });
  const later = now.slice(read);
  const moving = new Set([...deferred.map(({ flag }) => flag), ...new LoggedReviews(later).decisions]);
  for (const { event, data } of later) if (event.startsWith('case_')) moving.add(String(data.case));
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

/** A row that lacks the attribute of the index is in no list of reviews; whoever opens its flag sees it. */
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

interface CheckedFlags {
  readonly count: number;
  readonly byDrop: ReadonlyMap<string, readonly string[]>;
  readonly byCase: CaseFlags;
  readonly problems: readonly StoreProblem[];
}

interface FlagAndLog {
  readonly flag: FlagItem;
  readonly logged: FlagOfLog;
}

class FlagCheck {
  readonly #sources: StoreSources;
  readonly #domain: string;
  readonly #logged: LoggedReviews;
  readonly #problems: StoreProblem[] = [];
  /** Held against the log of the drop that they name: which one. */
  readonly #checked = new Map<string, string>();
  readonly #cases = new Map<string, CaseFlag[]>();
  /** In the log of one drop; the table says that another raised them. */
  readonly #elsewhere = new Set<string>();

  constructor(sources: StoreSources, domain: string, logged: LoggedReviews) {
    this.#sources = sources;
    this.#domain = domain;
    this.#logged = logged;
  }

  async run(entries: readonly AuditEntry[]): Promise<CheckedFlags> {
    const drops = entries.flatMap(({ event, subject }) => (event === 'drop_sealed' ? [subject] : []));
    await inParallel([...new Set(drops)], CONCURRENCY, (drop) => this.#checkDrop(drop));
    const listed = await this.#list();
    await this.#checkOthers(new Set([...listed, ...this.#elsewhere].filter((id) => !this.#checked.has(id))));
    const unlisted = [...this.#checked.keys()].filter((decision) => !listed.has(decision));
    // Lists follow the table a little later.
    const again = unlisted.length === 0 ? listed : await this.#list();
    for (const decision of unlisted)
      if (!again.has(decision))
        this.#add(decision, 'mismatch', 'it is in the table, and no list of flags shows it');
    const byDrop = Map.groupBy(this.#checked.keys(), (decision) => this.#checked.get(decision)!);
    return { count: this.#checked.size, byDrop, byCase: this.#cases, problems: this.#problems };
  }

  async #checkDrop(drop: string): Promise<void> {
    const logged = await this.#flagsOf(drop);
    const bare: FlagAndLog[] = [];
    for (let from = 0; from < logged.length; from += BATCH) {
      const batch = logged.slice(from, from + BATCH);
      const stored = await this.#sources.flags.getAll(batch.map(({ decision }) => decision));
      const found = new Map(stored.map((flag) => [flag.flag, flag]));
      for (const one of batch) {
        const flag = found.get(one.decision);
        if (flag === undefined)
          this.#add(
            one.decision,
            'missing',
            `the log of ${drop} has it, on record ${one.recordId}; the table does not`,
          );
        // The same record in a later drop: who raised it first stays.
        else if (flag.drop !== drop) this.#elsewhere.add(one.decision);
        else if (flag.explanation === null) bare.push({ flag, logged: one });
        else this.#check(flag, one);
      }
    }
    await this.#checkBare(drop, bare);
  }

  /** Flags without an explanation, against what the drop left: all of a drop in one reading. */
  async #checkBare(id: string, bare: readonly FlagAndLog[]): Promise<void> {
    if (bare.length === 0) return;
    const left = new Map(bare.map((one) => [one.logged.sha256, one]));
    const drop = { id, domain: this.#domain };
    for await (const { sha256, line } of findExplanations(
      this.#sources.results,
      drop,
      new Set(left.keys()),
    )) {
      const one = left.get(sha256);
      if (one !== undefined) this.#check(one.flag, one.logged, line);
      left.delete(sha256);
    }
    for (const { flag, logged } of left.values()) this.#check(flag, logged);
  }

  /** Flags that no sealed drop vouches for: of a drop that is under way, or of none. */
  async #checkOthers(ids: ReadonlySet<string>): Promise<void> {
    const flags = await this.#sources.flags.getAll([...ids]);
    const byDrop = Map.groupBy(flags, ({ drop }) => drop);
    for (const [drop, own] of byDrop) {
      const logged = new Map((await this.#flagsOf(drop)).map((one) => [one.decision, one]));
      const bare: FlagAndLog[] = [];
      for (const flag of own) {
        const one = logged.get(flag.flag);
        if (one === undefined)
          this.#add(flag.flag, 'inserted', `the table has it, of ${drop}; the log of ${drop} does not`);
        else if (flag.explanation === null) bare.push({ flag, logged: one });
        else this.#check(flag, one);
      }
      await this.#checkBare(drop, bare);
    }
  }

  #check(flag: FlagItem, logged: FlagOfLog, result: string | null = null): void {
    this.#checked.set(flag.flag, flag.drop);
    const state = this.#logged.stateOf(flag.flag);
    const own = [...checkFlag(flag, logged, result), ...checkFlagState(flag, state)];
    this.#problems.push(...own);
    const isOpen = state.status === 'open';
    const shown = isOpen && own.length === 0 ? shownOf(flag, result) : null;
    const { flag: id, severityRank } = flag;
    const caseId = caseIdOf(this.#domain, flag.entity, id);
    const flags = this.#cases.get(caseId) ?? [];
    flags.push({ id, severityRank, score: logged.score, isOpen, shown });
    this.#cases.set(caseId, flags);
    if (flag.domain !== this.#domain)
      this.#add(
        flag.flag,
        'mismatch',
        `domain ${flag.domain} in the table; the log is that of ${this.#domain}`,
      );
  }

  async #flagsOf(drop: string): Promise<FlagOfLog[]> {
    const bytes = await this.#sources.audit.readBytes(
      `${dropKeys({ id: drop, domain: this.#domain }).audit}/audit.jsonl`,
    );
    if (bytes === null) return [];
    const lines = Buffer.from(bytes).toString('utf8').split('\n');
    return lines.flatMap((line) => {
      const { entry } = line.includes('"event":"flagged"') ? parseEntry(line) : {};
      return entry === undefined ? [] : (flagOfLog(entry) ?? []);
    });
  }

  async #list(): Promise<Set<string>> {
    const ids = new Set<string>();
    let before: string | undefined;
    do {
      const page = await this.#sources.flags.query({
        ...{ scope: [this.#domain], limit: PAGE },
        ...(before !== undefined && { before }),
      });
      for (const { flag } of page.items) ids.add(flag);
      before = page.next ?? undefined;
    } while (before !== undefined);
    return ids;
  }

  #add(decision: string, kind: StoreProblem['kind'], message: string): void {
    this.#problems.push({ where: `flag ${decision}`, kind, message, decision });
  }
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
