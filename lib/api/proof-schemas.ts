/** Proofs as the API takes and gives them. */
import { z } from 'zod';
import { answerSchemas } from './schema-parts.ts';
import { FlagQuery } from './schemas.ts';

export const FlagProofQuery = FlagQuery.extend({
  of: z.enum(['flag', 'review']).default('flag').describe('`review`: of the last review of the flag'),
});

/** What is done to a model, as the log names it. */
const MODEL_EVENTS = [
  ...(['proposed', 'approved', 'model_rejected', 'approval_expired', 'promoted', 'rolled_back'] as const),
  ...(['threshold_proposed', 'threshold_changed', 'stopped', 'resumed'] as const),
] as const;

export const ModelProofQuery = z.strictObject({
  event: z.enum(MODEL_EVENTS).optional().describe('Which entry; without it, the last of any kind'),
});

export const Proof = z
  .object({
    proof: z
      .string()
      .describe(
        'A C2SP tlog-proof of 1 to 4 kB, more of one verdict on many flags; save it for `assay verify … --key`',
      ),
  })
  .register(answerSchemas, { id: 'Proof' });
