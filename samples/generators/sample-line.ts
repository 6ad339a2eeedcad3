/** What a generator yields, record by record: enough to write a labelled file or one that waits to be judged. */
export interface SampleLine {
  /** The CSV cells of all columns but the last, joined by commas; none of them needs quotes. */
  readonly cells: string;
  /** The last column's cell when labelled: 1 or 0. */
  readonly label: string;
}
