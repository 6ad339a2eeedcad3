/**
 * What a verification finds: each finding has a kind, a file and, where there is one, a line. The verdict follows from the kinds alone,
 * so that anyone who reads the findings can say why a run is called damaged.
 */

/** The kinds, and what each means: docs/audit-format.md has them in words for readers. */
export const FINDING_KINDS = {
  // Of a log's lines.
  changed: 'not the bytes that were recorded',
  dropped: 'entries are missing before this line',
  truncated: 'entries are missing at the end, or the log is not sealed',
  reordered: 'the entry stands in another place than it was written in',
  inserted: 'a line that the log never had',
  duplicate: 'a second copy of a line, or a second signature by one key',
  rewritten: 'the chain is whole, but ends in another hash than expected',
  malformed: 'not what such a file or line can be',
  'second version': 'an object of the audit bucket was written more than once',
  // Of the files of a run.
  missing: 'a file that the run must have is not there',
  extra: 'a file that the log does not vouch for',
  unsealed: 'a file of the run that the log should vouch for, and does not',
  unsafe: 'a link, a device, or a name outside the folder: never opened',
  oversized: 'larger than such a file can be: not read',
  // Of facts that stand in several places.
  mismatch: 'two places say different things of one fact',
  sum: 'base + contributions is not the score',
  threshold: 'flagged although below the threshold, or not flagged although above',
  unknown: 'an event, member or file that the format does not have',
  replay: 'record, pack and model give another decision',
  // Of signatures.
  forged: 'the checkpoint names a key that did not sign it',
  'other key': 'signed, by none of the keys given',
  unsigned: 'a key was given, and nothing is signed',
} as const;

export type FindingKind = keyof typeof FINDING_KINDS;

export interface Finding {
  readonly kind: FindingKind;
  /** By its path within the folder. */
  readonly file: string;
  /** From 1; null: it is about the whole file. */
  readonly line: number | null;
  readonly message: string;
}

/** What the run does not have, or what was not checked: said, and no fault. */
export interface Note {
  readonly file: string;
  readonly message: string;
}

/** `incomplete`: what is there is sound, but something is not there. `unsigned`: intact, without the signature that was asked for. */
export type Verdict = 'intact' | 'damaged' | 'incomplete' | 'unsigned';

export function verdictOf(findings: readonly Pick<Finding, 'kind'>[]): Verdict {
  const kinds = new Set(findings.map(({ kind }) => kind));
  const has = (kind: FindingKind): boolean => kinds.delete(kind);
  const isIncomplete = has('missing');
  const isOther = has('other key');
  const isUnsigned = has('unsigned') || isOther;
  if (kinds.size > 0) return 'damaged';
  if (isIncomplete) return 'incomplete';
  return isUnsigned ? 'unsigned' : 'intact';
}

/** A file, and the line where there is one. */
export function placeOf({ file, line }: Pick<Finding, 'file' | 'line'>): string {
  return line === null ? file : `${file} line ${line}`;
}

const MAX_PER_FILE = 100;

/** Findings as they are made: all are counted, at most a hundred a file are listed. */
export class Findings {
  readonly #listed: Finding[] = [];
  readonly #byFile = new Map<string, number>();
  #count = 0;

  add(kind: FindingKind, file: string, message: string, line: number | null = null): void {
    const before = this.#byFile.get(file) ?? 0;
    this.#byFile.set(file, before + 1);
    this.#count++;
    if (before < MAX_PER_FILE) this.#listed.push({ kind, file, line, message });
  }

  get count(): number {
    return this.#count;
  }

  get listed(): readonly Finding[] {
    return this.#listed;
  }
}
