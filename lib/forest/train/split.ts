/** The best split of a node so far; `column` is -1 until there is one. */
export interface Split {
  column: number;
  score: number;
  /** Last bin with rows on the left, first with rows on the right; the missing bin if only missing rows are right. */
  lastLeft: number;
  firstRight: number;
  missingLeft: boolean;
  /** Totals of the left side. */
  gradient: number;
  hessian: number;
}
