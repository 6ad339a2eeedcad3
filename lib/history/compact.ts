/**
 * A compaction: what drops left since the last one goes into a segment, and with it the segments that are not much larger, so that
 * there are few of them however long a domain runs, and a record is written again a few times only. What windows see stays the
 * same: of a record that came again the newest version. The drops' own objects stay; old decisions are made again from these.
 */
import { join } from 'node:path';
import { DAY_MS } from '../days.ts';
import { Session, type SessionOptions } from '../engine/session.ts';
import type { ObjectStore } from '../object-store.ts';
import { fetchAll } from './fetch-files.ts';
import { type HistoryEntry, inOrder } from './history-entry.ts';
import { type HistoryIndex, type IndexedPast, MAX_TAKEN } from './history-index.ts';
import { historyKeys } from './history-keys.ts';
import { allParts } from './load-past.ts';
import { MergedRecords } from './merged-records.ts';
import { findOutOfDate } from './merged-stale.ts';
import { rowObjects, type Segment, segmentKeys } from './past.ts';
import { pastLines, storeLines } from './past-list.ts';
import { storeSegment } from './store-segment.ts';

export interface CompactDeps extends SessionOptions {
  readonly data: Pick<ObjectStore, 'download' | 'upload' | 'writeText' | 'list'>;
  readonly index: HistoryIndex;
  readonly rowsPerPartition: number;
  readonly now: () => Date;
}

/** Drops since the last compaction: fewer are left to be read one by one. */
const MIN_DROPS = 8;
/** A segment is written again with one that is smaller by up to this factor. */
const RATIO = 4;
/** A segment with more records is never written again: a function could not sort it in its time. */
const MAX_SEGMENT_ROWS = 20_000_000;
/** Transactions of one call: the next goes on. */
const MAX_COMMITS = 200;
/** Longer than any plan lives that may name what was replaced. */
const REPLACED_DAYS = 15;

/** How many drops were put into segments. */
export async function compactHistory(deps: CompactDeps, domain: string): Promise<number> {
  await emptyReplaced(deps, domain);
  let taken = 0;
  for (let commits = 0; commits < MAX_COMMITS; commits++) {
    const past = await deps.index.begin(domain);
    if (past.recent.length < (commits === 0 ? MIN_DROPS : 1)) break;
    const count = await compactSome(deps, domain, past);
    if (count === null) break;
    taken += count;
  }
  return taken;
}

/** Null: another compaction was faster. */
async function compactSome(deps: CompactDeps, domain: string, past: IndexedPast): Promise<number | null> {
  const session = await Session.open(deps);
  try {
    const merged = await MergedRecords.create(session);
    const entries = await takeEntries(deps, session, merged, inOrder(past.recent).slice(0, MAX_TAKEN));
    const replaced = await takeSegments(deps, session, merged, past.segments);
    const others = past.segments.filter((segment) => !replaced.includes(segment));
    const left = await findOutOfDate(deps, session, { merged, entries, replaced, others });
    const lines = pastLines({ segments: replaced, recent: entries });
    const name = { domain, segment: await storeLines(deps.data, domain, lines) };
    const pieces = [...replaced, ...entries];
    const stored = await storeSegment(deps, session, { name, merged, pieces, left });
    const segment: Segment = {
      ...name,
      drops: entries.length + replaced.reduce((sum, { drops }) => sum + drops, 0),
      committedAt: deps.now().toISOString(),
      ...stored,
      ...(pieces.some(({ sealed }) => sealed) && { sealed: true }),
    };
    const done = await deps.index.commit(domain, {
      version: past.version,
      segments: [...others, segment],
      taken: entries,
      replaced,
      at: segment.committedAt,
    });
    return done ? entries.length : null;
  } finally {
    await session.close();
  }
}

/** The oldest, and those after it whose columns are of the same types: packs have versions, and what differs is not put together. */
async function takeEntries(
  { data }: CompactDeps,
  session: Session,
  merged: MergedRecords,
  entries: readonly HistoryEntry[],
): Promise<HistoryEntry[]> {
  const taken: HistoryEntry[] = [];
  for (const [at, entry] of entries.entries()) {
    if (taken.length > 0 && merged.rows + entry.rows > MAX_SEGMENT_ROWS) break;
    const paths = await fetchAll(session, data, `entry-${at}`, rowObjects(entry, 0, allParts(entry)));
    const list = entry.repeats === 0 ? [] : [historyKeys(entry).allRepeats];
    const [repeats] = await fetchAll(session, data, `repeats-${at}`, list);
    if (await merged.add(entry, paths, repeats === undefined ? null : { path: repeats })) taken.push(entry);
  }
  return taken;
}

/** The smallest first, as long as they are not much larger than what they are put together with. */
async function takeSegments(
  { data }: CompactDeps,
  session: Session,
  merged: MergedRecords,
  segments: readonly Segment[],
): Promise<Segment[]> {
  const taken: Segment[] = [];
  for (const segment of segments.toSorted((a, b) => a.rows - b.rows)) {
    const { rows } = segment;
    if (rows > RATIO * merged.rows || rows + merged.rows > MAX_SEGMENT_ROWS) break;
    const name = join('segments', segment.segment);
    const paths = await fetchAll(session, data, name, rowObjects(segment, 0, allParts(segment)));
    if (await merged.add(segment, paths, 'within')) taken.push(segment);
  }
  return taken;
}

async function emptyReplaced({ data, index, now }: CompactDeps, domain: string): Promise<void> {
  const before = new Date(now().getTime() - REPLACED_DAYS * DAY_MS).toISOString();
  for (const segment of await index.replacedBefore(domain, before)) {
    // No function may delete an object: the bucket's rules do, of what is empty.
    for (const key of await data.list(segmentKeys(segment).prefix)) await data.writeText(key, '');
    await index.forget(domain, segment);
  }
}
