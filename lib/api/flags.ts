/** What answers for flags: the table of flags in, lists and single flags as the API shows them out. */
import type { FlagItem, FlagSummary } from '../drops/flag-item.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Answerers, Call, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';
import { type Reviews, shownReview } from './reviews.ts';

/** The part of the table of flags that is needed here. */
export interface FlagReader {
  get(id: string): Promise<FlagItem | null>;
  query(query: FlagListQuery): Promise<{
    readonly items: readonly FlagSummary[];
    readonly next: string | null;
    readonly cost: { readonly queries: number; readonly evaluated: number; readonly units: number };
  }>;
}

interface FlagListQuery {
  readonly domain?: string;
  readonly status?: FlagSummary['status'];
  readonly minScore?: number;
  readonly maxScore?: number;
  readonly severity?: Call<'listFlags'>['query']['severity'] & string;
  readonly from?: string;
  readonly to?: string;
  readonly entity?: string;
  readonly drop?: string;
  readonly limit: number;
  readonly before?: string;
}

export function flagAnswerers(
  flags: FlagReader,
  reviewsOf: Reviews['reviewsOf'],
  cursorSecret: () => Promise<Uint8Array>,
): Required<Pick<Answerers, 'listFlags' | 'getFlag'>> {
  return {
    listFlags: (call) => listFlags(flags, cursorSecret, call),
    getFlag: (call) => getFlag(flags, reviewsOf, call),
  };
}

async function listFlags(
  flags: FlagReader,
  cursorSecret: () => Promise<Uint8Array>,
  { query }: Call<'listFlags'>,
): Promise<Reply<'listFlags'>> {
  const { limit, cursor, min_score, max_score, ...rest } = query;
  if (min_score !== undefined && max_score !== undefined && min_score > max_score) {
    const detail = `is above max_score (${max_score})`;
    throw new Problem(422, 'A query parameter is not as expected.', {
      faults: [{ at: 'min_score', detail }],
    });
  }
  const given = Object.entries({ ...rest, minScore: min_score, maxScore: max_score });
  const filter = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const list = listName('flags', filter);
  const secret = await cursorSecret();
  const before = cursor === undefined ? {} : { before: openCursor(secret, list, cursor) };
  const page = await flags.query({ ...filter, limit, ...before });
  const { queries, evaluated, units } = page.cost;
  return {
    body: {
      items: page.items.map((flag) => ({ ...flag, rules: [...flag.rules], reasons: [...flag.reasons] })),
      next: page.next === null ? null : sealCursor(secret, list, page.next),
    },
    headers: { 'assay-read-cost': `queries=${queries}, items=${evaluated}, units=${units}` },
  };
}

async function getFlag(
  flags: FlagReader,
  reviewsOf: Reviews['reviewsOf'],
  { params }: Call<'getFlag'>,
): Promise<Reply<'getFlag'>> {
  const [flag, reviews] = await Promise.all([flags.get(params.id), reviewsOf(params.id)]);
  if (flag === null) throw new Problem(404, `There is no flag ${params.id}.`);
  return {
    body: {
      ...flag,
      rules: [...flag.rules],
      reasons: [...flag.reasons],
      explanation: flag.explanation === null ? null : JSON.parse(flag.explanation),
      record: flag.record === null ? null : JSON.parse(flag.record),
      reviews: reviews.map(shownReview),
    },
  };
}
