export interface SplitSummary {
  readonly method: string;
  readonly train: number;
  readonly trainPositives: number;
  readonly heldOut: number;
  readonly heldOutPositives: number;
  /** Records in neither part, because their entity or their time belongs to the other one. */
  readonly unused: number;
  readonly cutTime: string | null;
}
