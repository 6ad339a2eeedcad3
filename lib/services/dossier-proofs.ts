/** The proofs of a dossier out of a stack: of each flag and of the last verdict on it, as far as a checkpoint has been signed over them. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import { formatEntryProof } from '../audit/entry-proof.ts';
import { lastCheckpoint, type StoredCheckpoint } from '../audit/stored-log.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { DossierLog } from '../dossier/dossier.ts';
import { proofName } from '../dossier/flag-proofs.ts';
import { inParallel } from '../in-parallel.ts';
import { LogProver } from '../scoring/prove-entry.ts';
import { isReviewOf, type ProvingStack, proveSeq } from './prove-act.ts';

export interface ProofSources {
  readonly audit: ProvingStack['audit'];
  readonly domain: string;
  /** The log of the domain. */
  readonly acts: readonly AuditEntry[];
  /** Text of each drop's own log; without those that have none. */
  readonly drops: ReadonlyMap<string, string>;
}

const CONCURRENCY = 8;

export async function dossierProofs(
  { audit, domain, acts, drops }: ProofSources,
  flags: readonly FlagItem[],
): Promise<DossierLog[]> {
  const head = await lastCheckpoint(audit, domain);
  if (head === null) return [];
  const seqOfDrop = new Map(
    acts.flatMap(({ event, subject, seq }) => (event === 'drop_sealed' ? [[subject, seq] as const] : [])),
  );
  const provers = new Map(
    [...drops].map(([drop, text]) => [drop, new LogProver(text.split('\n').slice(0, -1), drop)]),
  );
  // Flags of one drop stand in one entry, verdicts on many flags in another.
  const proven = new Map<number | undefined, ReturnType<typeof proveEntry>>();
  const prove = (seq: number | undefined) => {
    const known = proven.get(seq) ?? proveEntry({ audit, domain }, seq, head);
    proven.set(seq, known);
    return known;
  };
  const found = await inParallel(flags, CONCURRENCY, async ({ flag, drop, record_id: record }) => {
    const [sealed, reviewed] = [
      await prove(seqOfDrop.get(drop)),
      await prove(acts.findLast((entry) => isReviewOf(entry, flag))?.seq),
    ];
    const inner = sealed === null ? undefined : provers.get(drop)?.prove({ record });
    return [
      ...(inner === undefined ? [] : [fileOf(flag, 'flag', formatEntryProof(sealed!, head.note, inner))]),
      ...(reviewed === null ? [] : [fileOf(flag, 'review', formatEntryProof(reviewed, head.note))]),
    ];
  });
  return found.flat();
}

/** Null: there is no such entry, or the checkpoint is older. */
async function proveEntry(
  { audit, domain }: Pick<ProofSources, 'audit' | 'domain'>,
  seq: number | undefined,
  head: StoredCheckpoint,
) {
  if (seq === undefined || seq >= head.size) return null;
  return await proveSeq({ audit }, domain, { seq, head });
}

function fileOf(flag: string, of: Parameters<typeof proofName>[1], text: string): DossierLog {
  return { name: proofName(flag, of), bytes: Buffer.from(text) };
}
