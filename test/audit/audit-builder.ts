/** Logs for tests: lines as the writer makes them, and bytes as a file holds them. */
import { type AuditAct, type AuditEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { splitLines } from '../../lib/audit/byte-lines.ts';
import { type AuditVerdict, type VerifyOptions, verifyAudit } from '../../lib/audit/verify-audit.ts';

export function flagged(record: string, score = 0.5): AuditAct {
  const data = { decision_id: 'd'.repeat(32), record_id: record, score, sha256: 'e'.repeat(64) };
  return { event: 'flagged', actor: 'assay', subject: record, data };
}

/** A sealed log of `records.length + 1` entries. */
export function buildLog(records: readonly string[]): { lines: string[]; head: string } {
  const lines: string[] = [];
  const log = new AuditLog((text) => lines.push(text.slice(0, -1)));
  for (const record of records) log.append(flagged(record));
  log.seal('assay', 'run', { 'explanations.jsonl': 'a'.repeat(64) });
  return { lines, head: log.head };
}

export function entryOf(line: string): AuditEntry {
  return JSON.parse(line) as AuditEntry;
}

/** The entry of `line` with other content, and a hash to match. */
export function forge(line: string, changes: Partial<AuditEntry>): string {
  const entry = { ...entryOf(line), ...changes };
  return writeEntry(entry as unknown as AuditAct, entry.seq, entry.prev).line;
}

/** The bytes, in pieces of an awkward size. */
async function* inChunks(bytes: Uint8Array, size = 97): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function verifyText(text: string | Uint8Array, options: VerifyOptions = {}): Promise<AuditVerdict> {
  return verifyAudit(splitLines(inChunks(typeof text === 'string' ? Buffer.from(text) : text)), options);
}

export function verifyLines(lines: readonly string[], options: VerifyOptions = {}): Promise<AuditVerdict> {
  return verifyText(lines.map((line) => `${line}\n`).join(''), options);
}
