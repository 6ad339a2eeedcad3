/**
 * The cases of a domain as the table and its lists have them, against their flags and the log. Cases are read before the flags are: of one
 * that has another version afterwards nothing is said, for people work on it.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { CaseTable, ListedCase } from '../aws/case-table.ts';
import type { Case } from '../cases/case.ts';
import { caseOfEntry } from '../cases/case-entries.ts';
import { type CaseFlag, checkCase } from '../cases/check-case.ts';
import { checkHistory, hasHistory } from '../cases/check-history.ts';
import { inParallel } from '../in-parallel.ts';
import type { StoreProblem } from '../reviews/check-reviews.ts';
import { LoggedReviews } from '../reviews/logged-reviews.ts';

export type CaseSource = Pick<CaseTable, 'get' | 'listed' | 'openFlags' | 'history'>;
export type CaseFlags = ReadonlyMap<string, readonly CaseFlag[]>;

export interface VerifiedCases {
  readonly count: number;
  readonly changing: number;
  readonly problems: readonly StoreProblem[];
}

const CONCURRENCY = 8;
/** Of a case or a flag. */
export const OUT_OF_PLACE = 'it stands in another list, or at another place, than it should';

export class CaseCheck {
  readonly #cases: CaseSource;
  readonly #domain: string;
  readonly #before: ReadonlyMap<string, ListedCase>;
  #changing = 0;
  #now: Promise<ReadonlyMap<string, ListedCase>> | undefined;

  private constructor(cases: CaseSource, domain: string, before: ReadonlyMap<string, ListedCase>) {
    this.#cases = cases;
    this.#domain = domain;
    this.#before = before;
  }

  /** Before the flags are read. */
  static async begin(cases: CaseSource, domain: string): Promise<CaseCheck> {
    return new CaseCheck(cases, domain, await listed(cases, domain));
  }

  async end(flags: CaseFlags, entries: readonly AuditEntry[]): Promise<VerifiedCases> {
    const acts = Map.groupBy(entries, caseOfEntry);
    const early = earlyReviews(entries);
    const found = await inParallel([...flags], CONCURRENCY, ([id, own]) =>
      this.#check(id, own, {
        own: acts.get(id) ?? [],
        early: own.flatMap(({ id: flag }) => (early.get(flag) ?? []).map(({ entry }) => entry)),
      }),
    );
    const without = [...this.#before.keys()].filter((id) => !flags.has(id));
    const problems = [
      ...found.flat(),
      ...without.map((id) => problemOf(id, 'inserted', 'the table has it; none of its flags is there')),
    ];
    return { count: flags.size, changing: this.#changing, problems };
  }

  async #check(
    id: string,
    flags: readonly CaseFlag[],
    { own: acts, early }: { readonly own: readonly AuditEntry[]; readonly early: readonly AuditEntry[] },
  ): Promise<StoreProblem[]> {
    const before = this.#before.get(id);
    const [openFlags, history] = await Promise.all([
      this.#openFlagsOf(id, flags),
      this.#historyOf(id, acts, early),
    ]);
    const odd = [...openFlags, ...history];
    if (before !== undefined && odd.length === 0 && messagesOf(before, flags, acts).length === 0) return [];
    const now = await this.#cases.get(id);
    if (now === null)
      return [
        problemOf(
          id,
          'missing',
          `${flags.length} flags are of it, and the table does not have it (assay case backfill)`,
        ),
      ];
    if (before === undefined) return await this.#checkUnlisted(id);
    if (now.version === before.case.version)
      return [...messagesOf({ ...before, case: now }, flags, acts), ...odd].map((message) =>
        problemOf(id, 'mismatch', message),
      );
    this.#changing++;
    return [];
  }

  /** The case goes on to the next of these rows when a flag is decided: what is not among them is never on top. */
  async #openFlagsOf(id: string, flags: readonly CaseFlag[]): Promise<string[]> {
    const open = new Set(flags.flatMap((flag) => (flag.isOpen ? [flag.id] : [])));
    const rows = await this.#cases.openFlags(id, open.size + 1);
    const isSame = rows.length === open.size && rows.every((flag) => open.has(flag));
    return isSame ? [] : ['its list of open flags in the table is not that of the logs'];
  }

  async #historyOf(id: string, acts: readonly AuditEntry[], early: readonly AuditEntry[]): Promise<string[]> {
    if (!hasHistory(acts)) return [];
    return checkHistory(await this.#cases.history(id), [...acts, ...new Set(early)]);
  }

  /** One that was opened meanwhile is there by now. */
  async #checkUnlisted(id: string): Promise<StoreProblem[]> {
    this.#now ??= listed(this.#cases, this.#domain);
    if ((await this.#now).has(id)) {
      this.#changing++;
      return [];
    }
    return [problemOf(id, 'mismatch', 'it is in the table, and no list of cases shows it')];
  }
}

/** Entries of earlier versions, which say no case, by each flag that they are about. */
function earlyReviews(entries: readonly AuditEntry[]): ReadonlyMap<string, readonly EarlyReview[]> {
  const early = entries.filter((entry) => caseOfEntry(entry) === null && entry.data.kind !== 'blind');
  const reviews = early.flatMap((entry) =>
    [...new LoggedReviews([entry]).decisions].map((flag) => ({ flag, entry })),
  );
  return Map.groupBy(reviews, ({ flag }) => flag);
}

interface EarlyReview {
  readonly flag: string;
  readonly entry: AuditEntry;
}

function messagesOf(
  { case: one, isInPlace }: ListedCase,
  flags: readonly CaseFlag[],
  acts: readonly AuditEntry[],
): string[] {
  const place = isInPlace ? [] : [OUT_OF_PLACE];
  return [...checkCase(one, flags, acts), ...place];
}

async function listed(cases: CaseSource, domain: string): Promise<ReadonlyMap<string, ListedCase>> {
  return new Map((await cases.listed(domain)).map((one) => [one.case.id, one]));
}

function problemOf(id: Case['id'], kind: StoreProblem['kind'], message: string): StoreProblem {
  return { where: `case ${id}`, kind, message, decision: id };
}
