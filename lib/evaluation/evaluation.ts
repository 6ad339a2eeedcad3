/** What is known of a model's quality on one set of records. Plain data: kept in the card, drawn by the report. */

/** A figure with the interval that it may claim; `null` bounds: not enough data for one. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

export interface AtThreshold {
  readonly threshold: number;
  readonly confusion: Confusion;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly falsePositiveRate: Estimate;
  readonly f1: number;
  readonly flaggedShare: number;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly threshold: number;
}

export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: Estimate;
  readonly count: number;
}

/** Records of like scores, from the threshold up. */
export interface ScoreBand {
  /** The lowest score in it. */
  readonly from: number;
  /** Where the next one begins; 1 of the last. */
  readonly to: number;
  readonly records: number;
  /** Their mean. */
  readonly score: number;
  /** Share of positives. */
  readonly observed: Estimate;
}

export interface SegmentEvaluation {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly positives: number;
  readonly rocAuc: Estimate | null;
  readonly prAuc: Estimate | null;
  readonly precision: Estimate | null;
  readonly recall: Estimate | null;
  readonly flaggedShare: number;
}

export interface Evaluation {
  readonly rows: number;
  readonly positives: number;
  readonly rocAuc: Estimate;
  /** Average precision (the step-wise sum, as scikit-learn's). */
  readonly prAuc: Estimate;
  readonly logLoss: number;
  readonly brier: number;
  readonly atThreshold: AtThreshold;
  readonly atK: readonly { readonly k: number; readonly precision: Estimate; readonly recall: number }[];
  /** At most a few hundred points each. */
  readonly roc: readonly CurvePoint[];
  readonly pr: readonly CurvePoint[];
  readonly calibration: readonly CalibrationBin[];
  /** Expected calibration error over those bins. */
  readonly calibrationError: number;
  /** Of the flagged scores, the lowest first. Absent in cards of earlier versions. */
  readonly scoreBands?: readonly ScoreBand[];
  readonly segments: readonly SegmentEvaluation[];
  readonly scores: ScoreHistogram;
}

/** Counts of scores in equal bins over [0, 1], by label (all in `negatives` where there are no labels). */
export interface ScoreHistogram {
  readonly negatives: readonly number[];
  readonly positives: readonly number[];
}

/** The same of groups of entities; absent: it is not known which records are of which. */
export interface GroupedScores extends ScoreHistogram {
  readonly groups?: readonly (ScoreHistogram & { readonly group: number })[];
}

/** How one model input was distributed in training: what drift is measured against. */
export interface InputProfile {
  readonly name: string;
  readonly missingShare: number;
  /** Inner bin edges, ascending: edges.length + 1 bins, bin i holds edges[i-1] < x <= edges[i]. */
  readonly edges: readonly number[];
  /** Share of non-missing values a bin. */
  readonly shares: readonly number[];
  readonly median: number | null;
  readonly mean: number | null;
}

export interface InputDrift {
  readonly name: string;
  /** Population stability index over the profile's bins and "missing". */
  readonly psi: number;
  /** What the index hardly ever exceeds where nothing has moved, by the number of records alone. Reports of earlier versions have none. */
  readonly noise?: number;
  /** Jensen-Shannon distance, base 2, over the same bins: 0 (same) to 1. */
  readonly jensenShannon: number;
  readonly missingShare: number;
  readonly median: number | null;
}
