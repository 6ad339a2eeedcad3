/**
 * The proofs in a dossier: of each flag, and of the last verdict on it, one file with the entry of the log and its way to a signed
 * checkpoint. Each is checked by itself, so that it convinces without the logs that lie beside it.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProofVerdict, verifyEntryProof } from '../audit/entry-proof.ts';
import { InputError } from '../errors.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import type { DossierFlag } from './dossier.ts';

export type ProofOf = 'flag' | 'review';

const FOLDER = 'proofs/';
const REVIEWS: readonly string[] = ['reviewed', 'case_reviewed'];

export function proofName(flag: string, of: ProofOf): string {
  return `${FOLDER}${flag}${of === 'review' ? '-review' : ''}.tlog-proof`;
}

interface ProofProblem {
  readonly where: string;
  readonly kind: string;
  readonly message: string;
}

export interface CheckedProofs {
  readonly proofs: number;
  /** By one of the keys. */
  readonly signed: number;
  readonly problems: readonly ProofProblem[];
}

/** `names` are those of the manifest that are there; `lines` the flags' lines of explanations.jsonl. */
export async function checkProofs(
  folder: string,
  names: readonly string[],
  { flags, lines }: { readonly flags: readonly DossierFlag[]; readonly lines: ReadonlyMap<string, string> },
  keys: readonly VerifierKey[],
): Promise<CheckedProofs> {
  const wanted = new Map(
    flags.flatMap((flag) =>
      (['flag', 'review'] as const).map((of) => [proofName(flag.flag, of), { flag, of }] as const),
    ),
  );
  const problems: ProofProblem[] = [];
  let [proofs, signed] = [0, 0];
  for (const where of names.filter((name) => name.startsWith(FOLDER))) {
    const about = wanted.get(where);
    if (about === undefined) {
      problems.push({ where, kind: 'inserted', message: 'the dossier has no such flag' });
      continue;
    }
    proofs++;
    const found = await checkProof(join(folder, where), where, keys);
    if ('kind' in found) {
      problems.push({ where, ...found });
      continue;
    }
    if (found.signature.state === 'signed') signed++;
    problems.push(...found.problems.map((problem) => ({ where, ...problem })));
    const message = otherThing(found, about.of, about.flag, lines.get(about.flag.flag));
    if (message !== null) problems.push({ where, kind: 'unproven', message });
  }
  return { proofs, signed, problems };
}

async function checkProof(
  path: string,
  where: string,
  keys: readonly VerifierKey[],
): Promise<ProofVerdict | Omit<ProofProblem, 'where'>> {
  try {
    return verifyEntryProof(await readFile(path, 'utf8'), keys, where);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: 'malformed', message: error.message };
  }
}

/** Null: it proves what its name says. */
function otherThing(
  { entry, drop }: ProofVerdict,
  of: ProofOf,
  { flag, run, entries }: DossierFlag,
  line: string | undefined,
): string | null {
  if (!entries.some(({ hash: own }) => own === entry.hash))
    return `it proves entry ${entry.hash}, which is none of the entries of flag ${flag}`;
  const isOfKind = of === 'flag' ? entry.event === 'flagged' : REVIEWS.includes(entry.event);
  if (!isOfKind) return `it proves "${entry.event}" of flag ${flag}`;
  if (of === 'review') return null;
  if (drop !== null && drop !== run) return `it proves a flag of ${drop}; the dossier has it of ${run}`;
  if (line === undefined || entry.data.sha256 === hash('sha256', line)) return null;
  return 'its entry has another hash of the reasons than the dossier has';
}
