import type { Estimate, Evaluation, InputProfile } from '../evaluation/evaluation.ts';
import type { SplitSummary } from '../evaluation/split-summary.ts';
import type { FittedInputs } from '../features/model-input.ts';
import type { ThresholdPolicy } from '../packs/pack.ts';

/** Everything about a model but its trees; `card.json` beside `model.onnx`. Holds no clock time: same data, same bytes. */
/** What `hyperParameters.cover` says of an imported model whose files had no covers. */
export const COVERS_OF_TRAINING_ROWS = 'from the training part';

export interface ModelCard {
  readonly format: 'assay-model-card/1';
  readonly domain: string;
  /** First 12 hex digits of the sha256 of model.onnx and of the fitted inputs: the version names the content. */
  readonly version: string;
  readonly algorithm: 'forest' | 'boosting' | 'imported';
  readonly pack: { readonly version: number; readonly hash: string; readonly source: string };
  readonly onnx: { readonly sha256: string; readonly bytes: number };
  readonly fitted: FittedInputs;
  /** Expected score over the training rows: where every explanation starts. */
  readonly base: number;
  readonly threshold: { readonly value: number; readonly policy: ThresholdPolicy; readonly chosenOn: string };
  readonly hyperParameters: Readonly<Record<string, number | string | boolean | null>>;
  readonly seed: number | null;
  readonly dataset: DatasetManifest;
  readonly split: SplitSummary | null;
  /** On the held-out part: never seen in training, tuning or choosing the threshold. */
  readonly evaluation: Evaluation | null;
  /** On the training rows themselves, to show over-fitting beside `evaluation`. */
  readonly training: { readonly rocAuc: Estimate; readonly prAuc: Estimate; readonly logLoss: number } | null;
  /** Of a forest: each training row judged by the trees that had not drawn it (Breiman 2001). */
  readonly outOfBag?: { readonly rocAuc: number; readonly prAuc: number; readonly rows: number };
  readonly crossValidation: readonly CandidateResult[];
  readonly importances: readonly Importance[];
  /** Of the training part. */
  readonly profiles: readonly InputProfile[];
  /**
   * Of the held-out part, which the model meets as it meets any new record: what drift is measured against. Absent: the held-out part
   * is too small, or the card is of an earlier version.
   */
  readonly reference?: readonly InputProfile[];
  readonly libraries: Readonly<Record<string, string>>;
  readonly approvedBy: string | null;
  /** Inputs that may know the label, and what else makes figures or threshold doubtful; absent: nothing was found. */
  readonly warnings?: readonly string[];
  /** sha256 of the card without it: what was edited since it was written is refused. Cards of earlier versions have none. */
  readonly sha256?: string;
}

export interface DatasetManifest {
  readonly files: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly bytes: number;
    /** Its records are only there as the past of others. */
    readonly history?: true;
  }[];
  /** Only labelled records of this time are used; absent: all are. */
  readonly period?: { readonly from: string | null; readonly until: string | null };
  readonly received: number;
  readonly rejected: number;
  readonly labelled: number;
  readonly positives: number;
  /** sha256 over the record hashes in order: the same data under another file name is the same dataset. */
  readonly hash: string;
}

export interface CandidateResult {
  readonly algorithm: string;
  readonly hyperParameters: Readonly<Record<string, number | string | boolean | null>>;
  readonly folds: readonly { readonly rocAuc: number; readonly prAuc: number; readonly trainPrAuc: number }[];
  readonly meanPrAuc: number;
  readonly chosen: boolean;
}

export interface Importance {
  readonly source: string;
  /** Share of the total gain, 0 to 1. */
  readonly gain: number;
  /** Loss of average precision on the held-out part when the source is shuffled. */
  readonly permutation: number | null;
  /** Mean absolute contribution to the score over a sample. */
  readonly meanContribution: number | null;
}

/**
 * What drift is measured against. Of the training part windows and past rates are those of the time, which begin with nothing; of a new
 * record they are as full as ever, and rates as training left them.
 */
export function driftProfiles({
  profiles,
  reference,
}: Pick<ModelCard, 'profiles' | 'reference'>): readonly InputProfile[] {
  return reference ?? profiles;
}
