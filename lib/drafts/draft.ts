/**
 * Drafts of what a regulator asks for, written from a dossier. Nothing in a draft is made up: what the dossier and the facts
 * given do not say stays open, by name, and each sentence of the narrative says where it comes from.
 */
import type { Dossier, DossierFlag } from '../dossier/dossier.ts';
import { InputError } from '../errors.ts';
import { MASKED } from '../packs/personal-data.ts';

/** A sentence, and what shows it. */
export interface DraftSentence {
  readonly text: string;
  readonly flag: string;
  readonly record_id: string;
  /** What of the flag it says: the record, a rule or a contribution by name, a review by its version. */
  readonly source: { readonly kind: 'record' | 'rule' | 'contribution' | 'review'; readonly name: string };
  /** The proof: the entry of the log, by its hash, in the dossier's `logs/<run>`. */
  readonly proof: { readonly log: string; readonly entry: string };
}

export interface OpenField {
  readonly field: string;
  readonly needs: string;
}

export interface Draft {
  /** The file's name and text. */
  readonly name: string;
  readonly text: string;
  readonly sentences: readonly DraftSentence[];
  readonly open: readonly OpenField[];
}

/** The flags that a report is about: those that people found to be true; of a dossier from files, which knows no verdicts, all. */
export function reportedFlags({ flags, personal, proof }: Dossier): readonly DossierFlag[] {
  if (proof !== 'logs' || (personal === 'masked' && flags.some(({ entity }) => entity === MASKED))) {
    throw new InputError(
      'the dossier hides whom it is about: a report needs one that was made with --show-personal',
    );
  }
  const reported = flags.filter(({ status }) => status === 'true_positive' || status === null);
  if (reported.length === 0) {
    throw new InputError(
      'no flag of the dossier was found to be a true positive: a report needs a verdict by a person',
    );
  }
  return reported.toSorted((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
}
