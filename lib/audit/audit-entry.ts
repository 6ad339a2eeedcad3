/**
 * What the audit log holds: one entry an act, human or system, as a line of canonical JSON that carries the hash of the entry before
 * it. Writes an entry as its line, and reads a line as its entry, or says why it is none.
 *
 *     {"actor":…,["actor_name":…,]["at":…,]"data":{…},"event":…,"hash":H(n),"prev":H(n-1),"seq":n,"subject":…}
 *
 * H(n) is the sha256 of the line without its `,"hash":"…"`: in sorted order only seq, prev and subject follow, none of
 * which can hold that text, so cutting out its last occurrence needs no JSON writer. Entries hold no clock: the same
 * data, pack and model give the same bytes. `at` is for an act that has a time of its own, such as a review.
 */
import { hash } from 'node:crypto';
import { canonicalJson, type JsonObject } from './canonical-json.ts';

type ViewActed = JsonObject & {
  readonly view: string;
  readonly version: number;
  readonly filter: JsonObject;
};
type CaseActed = JsonObject & { readonly case: string; readonly version: number };

/** What each event says of itself; everything in it is content, nothing is a place or a time of running. */
export interface AuditEvents {
  /** A training or scoring began: on these files, by this pack and (when scoring) this model. */
  readonly run_started: JsonObject & {
    readonly run: string;
    readonly domain: string;
    readonly pack: string;
    readonly model: string | null;
    /** The hash of the model's card. Logs of earlier versions have none. */
    readonly card?: string;
    /** How averages over windows are rounded; those of earlier versions, which do not say, twice. */
    readonly averages?: 'once';
    readonly files: readonly (JsonObject & { readonly sha256: string })[];
  };
  readonly scored: JsonObject & { readonly count: number; readonly sha256: string };
  readonly rejected: JsonObject & { readonly count: number; readonly sha256: string };
  /** `sha256` is that of the flag's line in explanations.jsonl, without the line end. */
  readonly flagged: JsonObject & {
    readonly decision_id: string;
    readonly record_id: string;
    readonly score: number;
    readonly sha256: string;
  };
  readonly unexplained: JsonObject & { readonly decision_id: string; readonly record_id: string };
  readonly reviewed: JsonObject & { readonly decision_id: string; readonly verdict: string };
  /** One verdict on several flags of a case, given at once. */
  readonly case_reviewed: CaseActed & {
    readonly verdict: string;
    readonly flags: readonly (JsonObject & { readonly decision_id: string })[];
  };
  readonly case_claimed: CaseActed;
  readonly case_released: CaseActed;
  readonly case_assigned: CaseActed;
  readonly case_escalated: CaseActed;
  readonly case_snoozed: CaseActed;
  readonly case_reopened: CaseActed;
  /** A file was attached to a case: its type, size and hash, not its name. */
  readonly attached: JsonObject & {
    readonly case: string;
    readonly attachment: string;
    readonly type: string;
    readonly bytes: number;
    readonly sha256: string;
    /** The hash of its row in the table, with its name. */
    readonly row?: string;
  };
  /** Someone was given an address to download it from. */
  readonly attachment_fetched: JsonObject & { readonly case: string; readonly attachment: string };
  /** A view of the queue that all of a domain have: made one, changed, and gone or its maker's own again. Not its name, which is free text. */
  readonly view_shared: ViewActed;
  readonly view_changed: ViewActed;
  readonly view_removed: ViewActed;
  /** Reviews that no longer count, by who gave them: their flags are open again. */
  readonly review_withdrawn: JsonObject & { readonly review: string; readonly decisions: readonly string[] };
  /** What a labels file says of records is learned from. */
  readonly labels_taken: JsonObject & { readonly file: string; readonly labels: number };
  /** A new model was put forward for approval. */
  readonly proposed: JsonObject & { readonly model: string; readonly dataset: string };
  /** A retraining that left the present model in place: why. */
  readonly retraining_ended: JsonObject & { readonly outcome: string; readonly reason: string };
  readonly approved: JsonObject & { readonly model: string };
  readonly model_rejected: JsonObject & { readonly model: string; readonly reason: string };
  readonly approval_expired: JsonObject & { readonly model: string };
  /** `from`: the model before it; null: there was none. */
  readonly promoted: JsonObject & { readonly model: string; readonly from: string | null };
  readonly rolled_back: JsonObject & {
    readonly model: string;
    readonly from: string;
    readonly reason: string;
  };
  /** Another threshold for the model in force waits for a second person's approval. */
  readonly threshold_proposed: JsonObject & {
    readonly model: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
  };
  /** For good, approved by the actor; in the log of a run: that it was decided by another threshold than the card's. */
  readonly threshold_changed: JsonObject & {
    readonly model: string;
    readonly from: number;
    readonly to: number;
    readonly reason?: string;
  };
  /** A domain, or one of its models, was stopped or resumed by a person. */
  readonly stopped: JsonObject & { readonly model: string | null; readonly reason: string };
  readonly resumed: JsonObject & { readonly model: string | null; readonly reason: string };
  /** Someone asked for a dossier (of a flag, a case or a period) or a subject's export, which is put together after the answer. */
  readonly export_asked: JsonObject & {
    readonly export: string;
    readonly kind: string;
    readonly personal: boolean;
    /** Of a subject's. */
    readonly basis?: string;
  };
  /** A dossier was made: sha256 of its manifest, what it is about, how many flags, and whether personal data are in it. */
  readonly dossier_made: JsonObject & {
    readonly manifest: string;
    readonly kind: string;
    readonly flags: number;
    readonly personal: string;
  };
  /** All that is stored on a subject was exported; the subject is named by its case. */
  readonly subject_exported: JsonObject & {
    readonly basis: string;
    readonly found: Readonly<Record<string, number>>;
  };
  /** Someone asked a stack for an erasure; like the next ones, it names the subject by its pseudonym. */
  readonly erasure_asked: JsonObject & { readonly erasure: string; readonly basis: string };
  readonly erasure_turned_down: JsonObject & { readonly erasure: string; readonly reason: string };
  /** A subject's key is destroyed; on a stack, from this act on: approved by the actor. */
  readonly erased: JsonObject & { readonly basis: string; readonly erasure?: string };
  /** An erasure was refused: by which law or hold. */
  readonly erasure_refused: JsonObject & { readonly basis: string; readonly because: readonly string[] };
  /** On a stack: its key is gone, and so are the delivered files that it stood in. */
  readonly erasure_done: JsonObject & { readonly erasure: string };
  /** A legal hold on a subject, a case or a period. */
  readonly hold_added: JsonObject & {
    readonly hold: string;
    readonly kind: string;
    readonly from?: string;
    readonly to?: string;
    readonly basis: string;
  };
  readonly hold_released: JsonObject & { readonly hold: string; readonly reason: string };
  /** How long records of the domain must be kept; null: no law says so. */
  readonly retention_set: JsonObject & { readonly months: number | null; readonly basis: string };
  /** The log of a drop: its entries, the hash of the last one, and the base64 of the root of their tree. */
  readonly drop_sealed: JsonObject & {
    readonly entries: number;
    readonly head: string;
    readonly root: string;
  };
  /** Someone was given a file of a drop, or an export; `personal`: it holds personal data. */
  readonly file_fetched: JsonObject & { readonly file: string; readonly personal: boolean };
  /** A person was refused: what for, and with which roles. */
  readonly denied: JsonObject & { readonly action: string; readonly role: string };
  /** Personal data was shown: these columns of these decisions. */
  readonly pii_read: JsonObject & {
    readonly route: string;
    readonly columns: readonly string[];
    readonly decisions: readonly string[];
  };
  /** The last entry of a log: how many entries stand before it, and the sha256 of every file beside it. */
  readonly sealed: JsonObject & {
    readonly entries: number;
    readonly files: Readonly<Record<string, string>>;
  };
}

export type AuditEvent = keyof AuditEvents;

/** An act to be recorded. */
export type AuditAct = {
  readonly [Event in AuditEvent]: {
    readonly event: Event;
    /** Who did it: a person, a role, or a part of the system. */
    readonly actor: string;
    /** The display name of the person at that time, where one was known. */
    readonly actor_name?: string;
    /** What it was done to: a record, a decision, a model, a run. */
    readonly subject: string;
    readonly data: AuditEvents[Event];
    /** What else it is found by. Not a part of the entry. */
    readonly also?: readonly string[];
    /** ISO 8601, only where the act has a time of its own. */
    readonly at?: string;
  };
}[AuditEvent];

export interface AuditEntry {
  readonly seq: number;
  /** As written; an unknown one is left to anyone who reads it. */
  readonly event: string;
  readonly actor: string;
  readonly actor_name?: string;
  readonly subject: string;
  readonly data: JsonObject;
  readonly at?: string;
  readonly prev: string;
  readonly hash: string;
}

/** What the first entry has for a predecessor. */
export const GENESIS = '0'.repeat(64);

/** The line of an act (without line end) and its hash. */
export function writeEntry(act: AuditAct, seq: number, prev: string): { line: string; hash: string } {
  const { event, actor, actor_name, subject, data, at } = act;
  const content = canonicalJson({
    ...(at === undefined ? {} : { at }),
    ...(actor_name === undefined ? {} : { actor_name }),
    actor,
    data,
    event,
    prev,
    seq,
    subject,
  });
  const own = hash('sha256', content);
  // The tail from `prev` on holds no nested member, so the last `,"prev":"` is the entry's own.
  const cut = content.lastIndexOf(',"prev":"');
  return { line: `${content.slice(0, cut)},"hash":"${own}"${content.slice(cut)}`, hash: own };
}

export interface ParsedLine {
  readonly entry: AuditEntry | undefined;
  /** Why the line is not an entry as it was written; undefined: it is one. */
  readonly fault: string | undefined;
}

/** The entry of a line (without line end). With a fault, `entry` is what could still be read, if it has an entry's shape. */
export function parseEntry(line: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(line.endsWith('\r') ? line.slice(0, -1) : line);
  } catch {
    return { entry: undefined, fault: line === '' ? 'an empty line' : 'not JSON' };
  }
  if (!isEntry(value)) return { entry: undefined, fault: 'not an audit entry' };
  if (line.endsWith('\r')) return { entry: value, fault: 'a carriage return at its end' };
  if (!isCanonical(value as unknown as JsonObject, line))
    return { entry: value, fault: 'not in canonical form' };
  const member = `,"hash":"${value.hash}"`;
  const cut = line.lastIndexOf(member);
  const own = hash('sha256', line.slice(0, cut) + line.slice(cut + member.length));
  return { entry: value, fault: own === value.hash ? undefined : 'its content does not give its hash' };
}

/** Of lines that hold one. */
export function parseEntries(lines: readonly string[]): AuditEntry[] {
  return lines.flatMap((line) => parseEntry(line).entry ?? []);
}

/** What canonical JSON cannot hold is not canonical: a number beyond all bounds, or arrays in arrays by the thousand. */
function isCanonical(value: JsonObject, line: string): boolean {
  try {
    return canonicalJson(value) === line;
  } catch {
    return false;
  }
}

const KEYS = new Set(['seq', 'event', 'actor', 'actor_name', 'subject', 'data', 'at', 'prev', 'hash']);

function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const {
    seq,
    event,
    actor,
    actor_name,
    subject,
    data,
    at,
    prev,
    hash: own,
  } = value as Record<string, unknown>;
  return (
    Object.keys(value).every((key) => KEYS.has(key)) &&
    Number.isSafeInteger(seq) &&
    Number(seq) >= 0 &&
    typeof event === 'string' &&
    typeof actor === 'string' &&
    typeof subject === 'string' &&
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    (at === undefined || typeof at === 'string') &&
    (actor_name === undefined || typeof actor_name === 'string') &&
    isHash(prev) &&
    isHash(own)
  );
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
