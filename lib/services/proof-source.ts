/** Proofs out of a stack for the API, which says of each that is not there why. */
import type { FoundProof, ProofServices } from '../api/proofs.ts';
import { InputError } from '../errors.ts';
import { type ProvingStack, proveAct, proveFlag, proveReview } from './prove-act.ts';

export function proofSource(stack: ProvingStack): ProofServices['proofs'] {
  return {
    ofFlag: ({ domain, drop, record_id: record }) => found(proveFlag(stack, { domain, drop, record })),
    ofReview: ({ domain, flag, record_id: record }) => found(proveReview(stack, { domain, record, flag })),
    ofModel: (domain, subject, event) =>
      found(proveAct(stack, { domain, subject, ...(event !== undefined && { event }) })),
  };
}

async function found(proving: Promise<string>): Promise<FoundProof> {
  try {
    return { proof: await proving };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { missing: error.message };
  }
}
