/**
 * Checks a domain's log of acts, its sealed segments and the live log, and names every problem. Unlike the log of a run it goes on,
 * so no entry of its own seals it: the seals beside its segments and the live head do.
 */
import { GENESIS, parseEntry } from './audit-entry.ts';
import { splitLines } from './byte-lines.ts';
import { parseSeal, type Seal } from './seal.ts';
import { type AuditVerdict, verifyAudit } from './verify-audit.ts';

/** A part of the log that was put where nothing can be changed. */
export interface ActsSegment {
  /** The number of its first entry, 12 digits. */
  readonly name: string;
  readonly lines: Uint8Array;
  /** The text of its seal; null: the part was not sealed yet. */
  readonly seal: string | null;
}

export interface ActsLog {
  /** In their order. */
  readonly segments: readonly ActsSegment[];
  /** As the table has it; null: only what was sealed is here. */
  readonly live: {
    readonly lines: Uint8Array;
    readonly head: { readonly entries: number; readonly hash: string };
  } | null;
  /** Objects that were written more than once. */
  readonly findings: readonly { readonly key: string; readonly message: string }[];
}

export interface ActsProblem {
  readonly where: string;
  readonly kind: string;
  readonly message: string;
}

export interface ActsVerdict {
  /** Of the whole log, and how many of them are sealed. */
  readonly entries: number;
  readonly sealed: number;
  /** Of the last seal, ISO 8601; null: there is none. */
  readonly sealedAt: string | null;
  /** Hash of the last entry. */
  readonly head: string;
  readonly problems: readonly ActsProblem[];
}

/** Lines of the live log, which are all of the log. */
export function liveLines({ live }: ActsLog): string[] {
  return Buffer.from(live?.lines ?? '')
    .toString('utf8')
    .split('\n')
    .slice(0, -1);
}

/** `expectedHash` is that of an entry, kept elsewhere: it must be in the log. */
export async function verifyActs(log: ActsLog, expectedHash?: string): Promise<ActsVerdict> {
  const sealed = await checkSegments(log.segments);
  const live = log.live === null ? null : await checkLive(log.live, sealed.lines);
  const whole = live ?? sealed;
  const isThere =
    expectedHash === undefined || [...sealed.hashes, ...(live?.hashes ?? [])].includes(expectedHash);
  const absent = { where: 'the log', kind: 'rewritten', message: `no entry has the hash ${expectedHash}` };
  return {
    entries: whole.entries,
    sealed: sealed.sealedEntries,
    sealedAt: sealed.sealedAt,
    head: whole.head,
    problems: [
      ...log.findings.map(({ key, message }) => ({ where: key, kind: 'second version', message })),
      ...sealed.problems,
      ...(live?.problems ?? []),
      ...(isThere ? [] : [absent]),
    ],
  };
}

interface Checked {
  readonly entries: number;
  readonly head: string;
  readonly hashes: readonly string[];
  readonly problems: readonly ActsProblem[];
}

interface CheckedSegments extends Checked {
  readonly lines: readonly string[];
  readonly sealedEntries: number;
  readonly sealedAt: string | null;
}

async function checkSegments(segments: readonly ActsSegment[]): Promise<CheckedSegments> {
  const problems: ActsProblem[] = [];
  const lines: string[] = [];
  const places: string[] = [];
  let seal: Seal | undefined;
  for (const [at, segment] of segments.entries()) {
    const first = lines.length;
    const own = linesOf(segment.lines);
    problems.push(...checkPlace(segment.name, first));
    lines.push(...own);
    places.push(...own.map((_, line) => `${segment.name}.jsonl line ${line + 1}`));
    const isLast = at === segments.length - 1;
    if (segment.seal === null) {
      const message = 'a part of the log without its seal, though later parts are sealed';
      if (!isLast) problems.push({ where: `${segment.name}.seal.json`, kind: 'missing', message });
      continue;
    }
    const found = readSeal(segment);
    if ('problem' in found) problems.push(found.problem);
    else {
      seal = found.seal;
      problems.push(...checkSeal(segment.name, seal, lines, isLast));
    }
  }
  const sealedEntries = seal?.entries ?? 0;
  const verdict = await verifyLines(segments, seal?.entries === lines.length ? seal : undefined);
  const broken = verdict.problems.map(({ line, kind, message }) => {
    return { where: places[line - 1] ?? 'the end of the last part', kind, message };
  });
  const { entries, head } = verdict;
  const sealedAt = seal?.sealed_at ?? null;
  return {
    ...{ entries, head, lines, sealedEntries, sealedAt },
    hashes: lines.map(hashOf),
    problems: [...problems, ...broken],
  };
}

function checkPlace(name: string, before: number): ActsProblem[] {
  const first = Number(name);
  if (first === before) return [];
  const where = `${name}.jsonl`;
  return first > before
    ? [{ where, kind: 'dropped', message: `entries ${before} to ${first - 1} are missing before this part` }]
    : [
        {
          where,
          kind: 'inserted',
          message: `it begins at entry ${first}; the parts before end at ${before - 1}`,
        },
      ];
}

function readSeal({ name, seal }: ActsSegment): { readonly seal: Seal } | { readonly problem: ActsProblem } {
  try {
    return { seal: parseSeal(seal ?? '', `${name}.seal.json`) };
  } catch (error) {
    return {
      problem: { where: `${name}.seal.json`, kind: 'malformed', message: (error as Error).message },
    };
  }
}

/** The seal that a part has beside it, against the lines so far. The head of the last one is left to `verifyAudit`. */
function checkSeal(
  name: string,
  { entries, head }: Seal,
  lines: readonly string[],
  isLast: boolean,
): ActsProblem[] {
  const where = `${name}.seal.json`;
  if (entries !== lines.length) {
    const kind = entries > lines.length ? 'truncated' : 'inserted';
    return [{ where, kind, message: `it seals ${entries} entries; up to here there are ${lines.length}` }];
  }
  const found = hashOf(lines.at(-1) ?? '');
  if (found === head || isLast) return [];
  return [
    { where, kind: 'rewritten', message: `it seals a log that ends in ${head}; this part ends in ${found}` },
  ];
}

async function checkLive(
  { lines: bytes, head }: NonNullable<ActsLog['live']>,
  sealed: readonly string[],
): Promise<Checked> {
  const lines = linesOf(bytes);
  const where = (line: number) => `live log, line ${line}`;
  const verdict = await verifyLines([{ lines: bytes }], { head: head.hash, entries: head.entries });
  // An empty log is sound where nothing was done yet.
  const isEmpty = lines.length === 0 && head.entries === 0;
  const problems: ActsProblem[] = isEmpty
    ? []
    : verdict.problems.map(({ line, kind, message }) => ({ where: where(line), kind, message }));
  const shared = Math.min(lines.length, sealed.length);
  const changed = sealed.slice(0, shared).flatMap((line, at) => (line === lines[at] ? [] : [at]));
  if (changed.length > 0) {
    const others = changed.length === 1 ? '' : `, nor are ${changed.length - 1} entries after it`;
    const message = `entry ${changed[0]} is not the one that was sealed${others}`;
    problems.push({ where: where(changed[0]! + 1), kind: 'rewritten', message });
  }
  if (lines.length < sealed.length) {
    const message = `the live log has ${lines.length} entries; ${sealed.length} were put away`;
    problems.push({ where: 'live log', kind: 'truncated', message });
  }
  return { entries: lines.length, head: verdict.head, hashes: lines.map(hashOf), problems };
}

async function verifyLines(
  parts: readonly { readonly lines: Uint8Array }[],
  seal: Pick<Seal, 'head' | 'entries'> | undefined,
): Promise<AuditVerdict> {
  const chunks = (async function* () {
    for (const { lines } of parts) yield lines;
  })();
  if (parts.length === 0) return verifyNothing;
  return verifyAudit(splitLines(chunks), { open: true, ...(seal !== undefined && { seal }) });
}

const verifyNothing: AuditVerdict = {
  ...{ entries: 0, head: GENESIS, sealed: false, files: {}, problems: [], problemCount: 0 },
};

/** Without what follows the last line end, which is for `verifyAudit` to name. */
function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);
}

function hashOf(latin1: string): string {
  return parseEntry(Buffer.from(latin1, 'latin1').toString('utf8')).entry?.hash ?? '';
}
