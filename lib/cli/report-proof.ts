/** What `assay verify` says of a proof of one entry. */
import { type ProofVerdict, verifyEntryProof } from '../audit/entry-proof.ts';
import { InputError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import type { VerifierKey } from '../tlog/note-key.ts';

/** Throws an InputError where there is any problem. */
export function reportProof(
  file: string,
  text: string,
  { keys, json }: { readonly keys: readonly VerifierKey[]; readonly json: boolean },
): void {
  const verdict = verifyEntryProof(text, keys, file);
  const { problems, entry, drop, checkpoint, signature } = verdict;
  if (json) {
    const { origin, size } = checkpoint;
    const facts = { entry, drop, origin, size, signature: signature.state, signers: signature.signers };
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, ...facts, problems })}\n`);
  } else for (const { kind, message } of problems) process.stdout.write(`${kind}: ${message}\n`);
  if (problems.length > 0) throw new InputError(`${file}: ${countOf(problems.length, 'problem')}`);
  if (!json) process.stdout.write(`${file}: ${formatProven(verdict)}\n`);
}

function formatProven({ entry, drop, checkpoint, signature }: ProofVerdict): string {
  const { event, actor, subject, at } = entry;
  const act = `${event} ${subject} by ${actor}${at === undefined ? '' : ` at ${at}`}`;
  const where = `${drop === null ? '' : `in the drop ${drop}, `}in ${checkpoint.origin} (${countOf(checkpoint.size, 'entry', 'entries')})`;
  if (signature.state !== 'signed')
    return `${act}, ${where}; signed by ${signature.signers.join(', ')}, not checked (--key)`;
  const signers = signature.valid.map(({ key, seconds }) =>
    seconds === null
      ? `signed by ${key.name}`
      : `seen by ${key.name} at ${new Date(seconds * 1000).toISOString()}`,
  );
  return `${act}, ${where}; ${signers.join('; ')}`;
}
