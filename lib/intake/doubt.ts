export interface Doubt {
  /** After the number of values. */
  readonly says: string;
  readonly count: number;
}
