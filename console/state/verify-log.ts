/**
 * A drop's audit log, checked in this browser: each line gives its own hash, names the hash of the line before, and the last one is the head
 * that the seal holds. The same check as `assay verify`, less the files beside the log; docs/audit.md says how to do it without either.
 */
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';

export interface CheckedEntry {
  readonly entry: AuditEntry;
  /** Null: it is as it was written. */
  readonly fault: 'hash' | 'chain' | null;
}

export interface CheckedLog {
  readonly entries: readonly CheckedEntry[];
  /** Lines that are no entry. */
  readonly unreadable: number;
  readonly head: string;
  /** Whether the seal names this head and this many entries. */
  readonly isSealed: boolean;
}

const GENESIS = '0'.repeat(64);

export async function checkLog(log: string, seal: string): Promise<CheckedLog> {
  const lines = log.split('\n').filter((line) => line !== '');
  const entries: CheckedEntry[] = [];
  let unreadable = 0;
  let before = GENESIS;
  for (const line of lines) {
    const entry = read(line);
    if (entry === null) {
      unreadable++;
      continue;
    }
    const own = await hashOf(line, entry.hash);
    const follows = entry.prev === before && entry.seq === entries.length;
    entries.push({ entry, fault: own !== entry.hash ? 'hash' : follows ? null : 'chain' });
    before = entry.hash;
  }
  const { head, entries: count } = JSON.parse(seal) as { head: string; entries: number };
  return { entries, unreadable, head: before, isSealed: head === before && count === lines.length };
}

export function isIntact({ entries, unreadable, isSealed }: CheckedLog): boolean {
  return isSealed && unreadable === 0 && entries.every(({ fault }) => fault === null);
}

/** Of the line without the member that holds the hash: see lib/decisions/audit-entry.ts. */
async function hashOf(line: string, stated: string): Promise<string> {
  const member = `,"hash":"${stated}"`;
  const cut = line.lastIndexOf(member);
  const content = line.slice(0, cut) + line.slice(cut + member.length);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function read(line: string): AuditEntry | null {
  try {
    const value = JSON.parse(line) as Partial<AuditEntry>;
    return typeof value.hash === 'string' && typeof value.prev === 'string' ? (value as AuditEntry) : null;
  } catch {
    return null;
  }
}
