/** The flags of a domain as the table and its lists have them: each against the entry of its drop's log and the reviews of it. */
import { type AuditEntry, parseEntry } from '../audit/audit-entry.ts';
import type { FlagTable, StoredFlag } from '../aws/flag-table.ts';
import { caseIdOf } from '../cases/case.ts';
import { type CaseFlag, shownOf } from '../cases/check-case.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import { inParallel } from '../in-parallel.ts';
import { checkFlag, checkFlagState, type FlagOfLog, flagOfLog } from '../reviews/check-flag.ts';
import type { StoreProblem } from '../reviews/check-reviews.ts';
import type { LoggedReviews } from '../reviews/logged-reviews.ts';
import { findExplanations, type ResultSource } from './find-explanations.ts';
import { type CaseFlags, OUT_OF_PLACE } from './verify-cases.ts';
import { type DropRecords, RECORDS } from './verify-flag-records.ts';

export interface FlagSources {
  readonly flags: Pick<FlagTable, 'stored' | 'query'>;
  /** What drops left for people: their explanations. */
  readonly results: ResultSource;
  /** Of the bucket of logs: null where there is none. */
  readonly audit: { readBytes(key: string): Promise<Uint8Array | null> };
}

export interface CheckedFlags {
  /** Ids of flags that the log of the drop which they name has. */
  readonly ids: readonly string[];
  readonly byDrop: ReadonlyMap<string, DropRecords>;
  readonly byCase: CaseFlags;
  readonly problems: readonly StoreProblem[];
}

interface FlagAndLog {
  readonly stored: StoredFlag;
  readonly logged: FlagOfLog;
}

interface DropLog {
  readonly flags: readonly FlagOfLog[];
  /** Of records.parquet, as the log ends with it. */
  readonly sealed: string | null;
}

const CONCURRENCY = 8;
const BATCH = 100;
const PAGE = 200;

export class FlagCheck {
  readonly #sources: FlagSources;
  readonly #domain: string;
  readonly #reviews: LoggedReviews;
  readonly #problems: StoreProblem[] = [];
  /** Held against the log of the drop that they name: which one. */
  readonly #checked = new Map<string, string>();
  readonly #cases = new Map<string, CaseFlag[]>();
  readonly #sealed = new Map<string, string | null>();
  /** When each drop's log was sealed, by the log of the domain. */
  readonly #sealedAt = new Map<string, string>();
  /** In the log of one drop; the table says that another raised them. */
  readonly #elsewhere = new Set<string>();
  /** Where another list has them, none at all is no news. */
  readonly #outOfPlace = new Set<string>();

  constructor(sources: FlagSources, domain: string, reviews: LoggedReviews) {
    this.#sources = sources;
    this.#domain = domain;
    this.#reviews = reviews;
  }

  async run(entries: readonly AuditEntry[]): Promise<CheckedFlags> {
    for (const { event, subject, at } of entries)
      if (event === 'drop_sealed' && at !== undefined) this.#sealedAt.set(subject, at);
    const drops = entries.flatMap(({ event, subject }) => (event === 'drop_sealed' ? [subject] : []));
    await inParallel([...new Set(drops)], CONCURRENCY, (drop) => this.#checkDrop(drop));
    const listed = await this.#list();
    await this.#checkOthers(new Set([...listed, ...this.#elsewhere].filter((id) => !this.#checked.has(id))));
    await this.#checkListed(listed);
    const ids = [...this.#checked.keys()];
    const byDrop = Map.groupBy(ids, (decision) => this.#checked.get(decision)!);
    return {
      ...{ ids, byCase: this.#cases, problems: this.#problems },
      byDrop: new Map(
        [...byDrop].map(([drop, own]) => [drop, { ids: own, sealed: this.#sealed.get(drop) ?? null }]),
      ),
    };
  }

  async #checkDrop(drop: string): Promise<void> {
    const { flags } = await this.#logOf(drop);
    const bare: FlagAndLog[] = [];
    for (let from = 0; from < flags.length; from += BATCH) {
      const batch = flags.slice(from, from + BATCH);
      const rows = await this.#sources.flags.stored(batch.map(({ decision }) => decision));
      const found = new Map(rows.map((one) => [one.flag.flag, one]));
      for (const logged of batch) {
        const stored = found.get(logged.decision);
        const message = `the log of ${drop} has it, on record ${logged.recordId}; the table does not`;
        if (stored === undefined) this.#add(logged.decision, 'missing', message);
        // The same record in a later drop: who raised it first stays.
        else if (stored.flag.drop !== drop) this.#elsewhere.add(logged.decision);
        else bare.push(...this.#checkWhole({ stored, logged }));
      }
    }
    await this.#checkBare(drop, bare);
  }

  /** Flags that no sealed drop vouches for: of a drop that is under way, or of none. */
  async #checkOthers(ids: ReadonlySet<string>): Promise<void> {
    const rows = await this.#sources.flags.stored([...ids]);
    for (const [drop, own] of Map.groupBy(rows, ({ flag }) => flag.drop)) {
      const known = new Map((await this.#logOf(drop)).flags.map((one) => [one.decision, one]));
      const bare: FlagAndLog[] = [];
      for (const stored of own) {
        const logged = known.get(stored.flag.flag);
        const message = `the table has it, of ${drop}; the log of ${drop} does not`;
        if (logged === undefined) this.#add(stored.flag.flag, 'inserted', message);
        else bare.push(...this.#checkWhole({ stored, logged }));
      }
      await this.#checkBare(drop, bare);
    }
  }

  /** One without an explanation comes back. */
  #checkWhole(one: FlagAndLog): FlagAndLog[] {
    if (one.stored.flag.explanation === null) return [one];
    this.#check(one);
    return [];
  }

  /** Flags without an explanation, against what the drop left: all of a drop in one reading. */
  async #checkBare(id: string, bare: readonly FlagAndLog[]): Promise<void> {
    if (bare.length === 0) return;
    const left = new Map(bare.map((one) => [one.logged.sha256, one]));
    const drop = { id, domain: this.#domain };
    const lines = findExplanations(this.#sources.results, drop, new Set(left.keys()));
    for await (const { sha256, line } of lines) {
      const one = left.get(sha256);
      if (one !== undefined) this.#check(one, line);
      left.delete(sha256);
    }
    for (const one of left.values()) this.#check(one);
  }

  #check({ stored: { flag, isInPlace }, logged }: FlagAndLog, result: string | null = null): void {
    const { flag: id, severityRank, domain } = flag;
    this.#checked.set(id, flag.drop);
    const state = this.#reviews.stateOf(id);
    const own = [...checkFlag(flag, logged, result), ...checkFlagState(flag, state)];
    this.#problems.push(...own);
    const isOpen = state.status === 'open';
    const shown = isOpen && own.length === 0 ? shownOf(flag, result) : null;
    const caseId = caseIdOf(this.#domain, flag.entity, id);
    const flags = this.#cases.get(caseId) ?? [];
    const sealedAt = this.#sealedAt.get(flag.drop) ?? null;
    flags.push({ id, severityRank, score: logged.score, isOpen, shown, sealedAt });
    this.#cases.set(caseId, flags);
    const message = `domain ${domain} in the table; the log is that of ${this.#domain}`;
    if (domain !== this.#domain) this.#add(id, 'mismatch', message);
    else if (own.length === 0 && !isInPlace) {
      this.#outOfPlace.add(id);
      this.#add(id, 'mismatch', OUT_OF_PLACE);
    }
  }

  /** Lists follow the table a little later: what they lack is looked for again. */
  async #checkListed(listed: ReadonlySet<string>): Promise<void> {
    const left = [...this.#checked.keys()].filter((id) => !listed.has(id) && !this.#outOfPlace.has(id));
    if (left.length === 0) return;
    const again = await this.#list();
    for (const id of left)
      if (!again.has(id)) this.#add(id, 'mismatch', 'it is in the table, and no list of flags shows it');
  }

  async #logOf(drop: string): Promise<DropLog> {
    const key = `${dropKeys({ id: drop, domain: this.#domain }).audit}/audit.jsonl`;
    const bytes = await this.#sources.audit.readBytes(key);
    const lines = Buffer.from(bytes ?? '')
      .toString('utf8')
      .trimEnd()
      .split('\n');
    const flags = lines.flatMap((line) => {
      const { entry } = line.includes('"event":"flagged"') ? parseEntry(line) : {};
      return entry === undefined ? [] : (flagOfLog(entry) ?? []);
    });
    const files = parseEntry(lines.at(-1) ?? '').entry?.data.files as Record<string, unknown> | undefined;
    const sealed = typeof files?.[RECORDS] === 'string' ? files[RECORDS] : null;
    this.#sealed.set(drop, sealed);
    return { flags, sealed };
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
