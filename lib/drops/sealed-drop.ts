/** What the log of a domain says of a drop: how its own log ended. */
import type { AuditLog } from '../audit/audit-log.ts';
import { formatBase64 } from '../tlog/base64.ts';
import type { DropRef } from './flow.ts';

export interface SealedDrop {
  readonly drop: string;
  readonly domain: string;
  /** Of its log: entries, hash of the last one, base64 of the root of their tree. */
  readonly entries: number;
  readonly head: string;
  readonly root: string;
  /** ISO 8601. */
  readonly sealedAt: string;
}

export function sealOf(
  { id, domain }: Pick<DropRef, 'id' | 'domain'>,
  { entries, head, tree }: Pick<AuditLog, 'entries' | 'head' | 'tree'>,
  at: Date,
): SealedDrop {
  const root = formatBase64(tree.root);
  return { drop: id, domain, entries, head, root, sealedAt: at.toISOString() };
}
