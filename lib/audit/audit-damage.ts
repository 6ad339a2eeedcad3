/** What happened to an audit log, in words: a problem for each line that was changed, dropped, reordered or inserted. */
import type { KnownEnd, PlacedEntry, Placement } from './audit-placement.ts';
import type { AuditTable } from './audit-table.ts';

export interface AuditProblem {
  /** From 1; where entries are missing, the line at which the first of them should stand. */
  readonly line: number;
  /** Number of the entry concerned; null: the line is none of the log's. */
  readonly seq: number | null;
  readonly kind:
    | 'changed'
    | 'dropped'
    | 'reordered'
    | 'inserted'
    | 'duplicate'
    | 'truncated'
    | 'rewritten'
    | 'malformed';
  readonly message: string;
}

type Kind = AuditProblem['kind'];

interface Expected {
  readonly known: KnownEnd | undefined;
  /** Whether the log goes on without an entry that seals it. */
  readonly open: boolean;
}

export function describeDamage(table: AuditTable, placement: Placement, expected: Expected): AuditProblem[] {
  const { placed } = placement;
  if (table.count === 0) return [problem('truncated', 0, null, 'the log is empty')];
  if (placed.every(({ line }) => Number.isNaN(table.seq[line]!))) {
    return [
      problem(
        'malformed',
        0,
        null,
        `this is not an audit log: the first line is ${table.faults[table.fault[0]!]}`,
      ),
    ];
  }
  const problems = [
    ...placed.filter(({ altered }) => altered).map((entry) => describeAltered(table, placement, entry)),
    ...describeMissing(table, placement),
    ...describeMoved(placed),
    ...describeExtra(table, placement),
    ...describeEnds(table, placement, expected),
  ];
  return problems.sort((a, b) => a.line - b.line);
}

function problem(kind: Kind, line: number, seq: number | null, message: string): AuditProblem {
  return { line: line + 1, seq, kind, message };
}

function describeAltered(
  table: AuditTable,
  { entries }: Placement,
  { seq, line }: PlacedEntry,
): AuditProblem {
  if (!table.isSound(line)) {
    const fault = table.faults[table.fault[line]!]!;
    const kind = fault === 'cut off in the middle' ? 'truncated' : 'changed';
    return problem(
      kind,
      line,
      seq,
      `entry ${seq} was ${kind === 'changed' ? 'changed' : 'truncated'}: ${fault}`,
    );
  }
  if (seq === entries - 1) {
    const text = `the chain ends in another hash than the seal's: this entry, or earlier ones too, were rewritten`;
    return problem('rewritten', line, seq, text);
  }
  const text = `entry ${seq} was changed and its hash made to fit: entry ${seq + 1} was chained to another one`;
  return problem('changed', line, seq, text);
}

function describeMissing(table: AuditTable, { placed, entries }: Placement): AuditProblem[] {
  const problems: AuditProblem[] = [];
  let seq = 0;
  let line = 0;
  for (const next of [...placed, { seq: entries, line: table.count }]) {
    if (next.seq > seq) {
      const names = next.seq - seq === 1 ? `entry ${seq} is` : `entries ${seq} to ${next.seq - 1} are`;
      const kind = next.seq === entries ? 'truncated' : 'dropped';
      problems.push(
        problem(
          kind,
          line,
          seq,
          `${names} missing ${kind === 'truncated' ? 'at the end' : 'before this line'}`,
        ),
      );
    }
    seq = next.seq + 1;
    line = next.line + 1;
  }
  return problems;
}

/**
 * As few lines as can be said to have moved: either those that are not in the place they should have among the others
 * (two that were swapped), or those not in a longest run of rising line numbers (one that was moved far).
 */
function describeMoved(placed: readonly PlacedEntry[]): AuditProblem[] {
  if (placed.every(({ line }, index) => index === 0 || line > placed[index - 1]!.line)) return [];
  const byLine = placed.toSorted((a, b) => a.line - b.line);
  const displaced = Uint8Array.from(placed, (entry, index) => (entry === byLine[index] ? 0 : 1));
  const notRising = longestRising(placed.map(({ line }) => line)).map((kept) => 1 - kept);
  const size = (marks: Uint8Array) => marks.reduce((sum, mark) => sum + mark, 0);
  const moved = size(displaced) <= size(notRising) ? displaced : notRising;
  return placed.flatMap(({ seq, line }, index) => {
    if (moved[index] === 0) return [];
    const place = index === 0 ? 'at the beginning' : `after entry ${placed[index - 1]!.seq}`;
    return problem('reordered', line, seq, `entry ${seq} was moved here; it belongs ${place}`);
  });
}

/** 1 for each member of a longest rising subsequence (patience sorting). */
function longestRising(values: readonly number[]): Uint8Array {
  const tails: number[] = [];
  const before = new Int32Array(values.length);
  values.forEach((value, index) => {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[tails[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    before[index] = low === 0 ? -1 : tails[low - 1]!;
    tails[low] = index;
  });
  const kept = new Uint8Array(values.length);
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index]!) kept[index] = 1;
  return kept;
}

function describeExtra(table: AuditTable, { used }: Placement): AuditProblem[] {
  const problems: AuditProblem[] = [];
  for (let line = 0; line < table.count; line++) {
    if (used[line] === 1) continue;
    const original = table.isSound(line)
      ? table.withHash(table.hash[line]!).find((other) => used[other] === 1 && table.isSound(other))
      : undefined;
    if (original !== undefined) {
      problems.push(problem('duplicate', line, null, `a second copy of line ${original + 1} was inserted`));
      continue;
    }
    const fault = table.faults[table.fault[line]!]!;
    const why = fault === '' ? 'nothing in the log is chained to it' : fault;
    problems.push(problem('inserted', line, null, `this line was inserted: ${why}`));
  }
  return problems;
}

function describeEnds(
  table: AuditTable,
  { placed, entries }: Placement,
  { known, open }: Expected,
): AuditProblem[] {
  const problems: AuditProblem[] = [];
  const first = placed[0]!;
  if (first.seq === 0 && !first.altered && table.prev[first.line] !== 0) {
    problems.push(problem('changed', first.line, 0, 'the first entry is chained to an earlier one'));
  }
  const last = placed.at(-1)!;
  if (known?.entries !== undefined && known.entries !== entries) {
    const text = `the seal counts ${known.entries} entries, the log that ends in its hash ${entries}`;
    problems.push(problem('rewritten', last.line, last.seq, text));
  }
  const seal = placed.findIndex(({ line }) => table.seals[line] === 1);
  if (seal < 0 && !open && table.isSound(last.line) && last.seq === entries - 1) {
    problems.push(
      problem('truncated', last.line, last.seq, 'the log ends here without the entry that seals it'),
    );
  }
  const later = seal < 0 ? [] : placed.slice(seal + 1);
  for (const { seq, line } of later) {
    problems.push(problem('inserted', line, seq, `entry ${seq} was added after the log was sealed`));
  }
  return problems;
}
