/** What answers for proofs: one file each that shows a flag, a review, a model or its promotion in the signed log of its domain. */
import type { FlagItem } from '../decisions/flag-item.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { asSentence, Problem } from './problem.ts';
import { rolesThatMay } from './roles.ts';

/** `missing` says why: the log has no such entry, or no signed checkpoint has it yet. */
export type FoundProof = { readonly proof: string } | { readonly missing: string };

export interface ProofServices {
  readonly flags: { get(id: string): Promise<FlagItem | null> };
  readonly proofs: {
    ofFlag(flag: Pick<FlagItem, 'domain' | 'drop' | 'record_id'>): Promise<FoundProof>;
    /** Of the last review. */
    ofReview(flag: Pick<FlagItem, 'domain' | 'flag' | 'record_id'>): Promise<FoundProof>;
    /** Of the last entry of this event; of any, where none is named. */
    ofModel(domain: string, version: string, event: string | undefined): Promise<FoundProof>;
  };
  readonly personal: PersonalDataServices;
}

export function proofHandlers(
  services: ProofServices,
): Required<Pick<Handlers, 'getFlagProof' | 'getModelProof'>> {
  return {
    getFlagProof: (call) => getFlagProof(services, call),
    getModelProof: async ({ params: { domain, version }, query: { event } }) => ({
      body: { proof: orProblem(await services.proofs.ofModel(domain, version, event)) },
    }),
  };
}

async function getFlagProof(
  { flags, proofs, personal }: ProofServices,
  { params: { id }, query, caller, pii }: Call<'getFlagProof'>,
): Promise<Reply<'getFlagProof'>> {
  const flag = await flags.get(id);
  if (flag === null) throw new Problem(404, `There is no flag ${id}.`);
  const { domain, model, record_id } = flag;
  const reading = { actor: caller.sub, pii, route: 'GET /v1/flags/{id}/proof', subject: record_id };
  const [shown] = await showRecords(personal, reading, [{ domain, model, id, body: { record_id } }]);
  // The proof is the entry as it was signed: there is no masking of it.
  if (shown!.record_id !== record_id) {
    const readers = rolesThatMay('read_pii').join(', ');
    throw new Problem(
      403,
      `The proof holds the record's id, which is personal data of ${domain}. It is for: ${readers}, with pii=true.`,
    );
  }
  const found = await (query.of === 'review' ? proofs.ofReview(flag) : proofs.ofFlag(flag));
  return { body: { proof: orProblem(found) } };
}

function orProblem(found: FoundProof): string {
  if ('proof' in found) return found.proof;
  throw new Problem(404, asSentence(found.missing));
}
