/**
 * Where each entry of a damaged audit log stands: the line of every entry that is still there, and whether that line is as it was
 * written.
 *
 * Trust runs backwards. Every entry carries the hash of the one before it, so an entry that is vouched for vouches for
 * its predecessor, down to the first. The walk begins at the hash in the seal, or at the entry that seals the log.
 * Where the entry it wants is not there under its hash, the line that claims its number (or its hash) stands for it as
 * altered; where there is none the entry is missing, and the walk goes on below. Lines that no one asked for are extra.
 */
import { type AuditTable, shortHash } from './audit-table.ts';

export interface PlacedEntry {
  readonly seq: number;
  /** From 0. */
  readonly line: number;
  /** The line stands for the entry, but is not what the entry after it vouches for. */
  readonly altered: boolean;
}

export interface Placement {
  /** By entry number, upwards; what is not in it is missing. */
  readonly placed: readonly PlacedEntry[];
  /** Entries that the log should hold. */
  readonly entries: number;
  /** 1 for each line that stands for an entry. */
  readonly used: Uint8Array;
}

/** What is known of the log from outside: its last hash, and perhaps how many entries it has. */
export interface KnownEnd {
  readonly head: string;
  readonly entries: number | undefined;
}

const UNKNOWN = Number.NaN;

export function placeEntries(table: AuditTable, known: KnownEnd | undefined): Placement {
  const used = new Uint8Array(table.count);
  const placed: PlacedEntry[] = [];
  const end = findEnd(table, known);
  let { seq, hash: wanted } = end;
  let before = table.count;
  while (seq >= 0) {
    const line = findLine(table, used, seq, wanted, before);
    if (line === undefined) {
      seq = nextSeqBelow(table, used, seq);
      wanted = UNKNOWN;
      continue;
    }
    const altered = !table.isSound(line) || (!Number.isNaN(wanted) && table.hash[line] !== wanted);
    used[line] = 1;
    placed.push({ seq, line, altered });
    wanted = !altered || isLinked(table, line, seq) ? table.prev[line]! : UNKNOWN;
    before = line;
    seq -= 1;
  }
  return {
    placed: fillWithUnreadable(table, placed.reverse(), end.seq + 1, used),
    entries: end.seq + 1,
    used,
  };
}

interface End {
  readonly seq: number;
  /** What the last entry's hash is known to be, if it is. */
  readonly hash: number;
}

function findEnd(table: AuditTable, known: KnownEnd | undefined): End {
  const found = lastEntry(table);
  if (known === undefined) return found;
  const hash = shortHash(known.head);
  const line = table.withHash(hash).findLast((line) => table.isSound(line));
  if (line !== undefined) return { seq: table.seq[line]!, hash };
  if (known.entries !== undefined) return { seq: known.entries - 1, hash };
  // The known hash is nowhere: either the entry that seals the log is another one now, or it was cut off.
  return found.seals ? { seq: found.seq, hash } : found;
}

/** The entry that ends the log, by the log alone: one that seals it before any other, one with a predecessor before one without. */
function lastEntry(table: AuditTable): End & { readonly seals: boolean } {
  let best = { seq: -1, hash: UNKNOWN, seals: false };
  let bestRank = 0;
  for (let line = table.count - 1; line >= 0 && bestRank < 4; line--) {
    const seq = seqByPredecessor(table, line);
    if (Number.isNaN(seq)) continue;
    const follows = isLinked(table, line, seq) || (!table.isSound(line) && table.withSeq(seq - 1).length > 0);
    const rank = 1 + table.seals[line]! * 2 + (follows ? 1 : 0);
    if (rank <= bestRank) continue;
    bestRank = rank;
    best = { seq, hash: table.hash[line]!, seals: table.seals[line] === 1 };
  }
  // A last line that cannot be read is more likely the last entry than one too many.
  const unreadable = table.count > 0 && Number.isNaN(table.seq[table.count - 1]!);
  return unreadable && !best.seals ? { seq: best.seq + 1, hash: UNKNOWN, seals: false } : best;
}

/** The number of the entry in a line; where the line was changed, its predecessor's number is the better witness. */
function seqByPredecessor(table: AuditTable, line: number): number {
  if (table.isSound(line)) return table.seq[line]!;
  const predecessor = table.withHash(table.prev[line]!).find((other) => table.isSound(other));
  return predecessor === undefined ? table.seq[line]! : table.seq[predecessor]! + 1;
}

/** Whether the predecessor that a line claims is there, under its hash and number. */
function isLinked(table: AuditTable, line: number, seq: number): boolean {
  const prev = table.prev[line]!;
  if (seq === 0) return prev === 0;
  return table.withHash(prev).some((other) => table.seq[other] === seq - 1);
}

function findLine(table: AuditTable, used: Uint8Array, seq: number, wanted: number, before: number) {
  const near = before - 1;
  if (
    near >= 0 &&
    used[near] === 0 &&
    table.hash[near] === wanted &&
    table.isSound(near) &&
    table.seq[near] === seq
  ) {
    return near;
  }
  const free = (line: number) => used[line] === 0;
  const sound = (line: number) => free(line) && table.isSound(line);
  const byHash = Number.isNaN(wanted) ? new Uint32Array() : table.withHash(wanted);
  const bySeq = table.withSeq(seq);
  return (
    nearest(byHash, before, (line) => sound(line) && table.seq[line] === seq) ??
    nearest(byHash, before, (line) => free(line) && !table.isSound(line)) ??
    nearest(bySeq, before, sound) ??
    nearest(bySeq, before, free)
  );
}

/** The last one before line `before` that will do, else the first one after it. */
function nearest(lines: Uint32Array, before: number, accept: (line: number) => boolean): number | undefined {
  return (
    lines.findLast((line) => line < before && accept(line)) ??
    lines.find((line) => line >= before && accept(line))
  );
}

function nextSeqBelow(table: AuditTable, used: Uint8Array, seq: number): number {
  const line = table.belowSeq(seq).findLast((line) => used[line] === 0);
  return line === undefined ? -1 : table.seq[line]!;
}

/** Lines that say nothing of themselves stand for the missing entries between whose neighbours they lie. */
function fillWithUnreadable(
  table: AuditTable,
  placed: readonly PlacedEntry[],
  entries: number,
  used: Uint8Array,
): PlacedEntry[] {
  const filled: PlacedEntry[] = [];
  const ends = { seq: entries, line: table.count, altered: false };
  let last = { seq: -1, line: -1 };
  for (const next of [...placed, ends]) {
    let seq = last.seq + 1;
    for (let line = last.line + 1; line < next.line && seq < next.seq; line++) {
      if (used[line] !== 0 || !Number.isNaN(table.seq[line]!)) continue;
      used[line] = 1;
      filled.push({ seq: seq++, line, altered: true });
    }
    if (next !== ends) filled.push(next);
    last = next;
  }
  return filled;
}
