/**
 * Cuts of a sorted column where the classes meet: runs of equal row counts divided, and edges moved, where that shows enough by the G²
 * statistic of the two sides against one rate for both.
 */

/** The observed values of a column, and those of the rarer class among them. */
export interface SortedColumn {
  readonly sorted: Float32Array;
  readonly rare: Float32Array;
}

/** A run by the places of its rows, and the cut in it that separates the classes best. */
export interface Divisible {
  readonly start: number;
  readonly end: number;
  readonly cut: number;
  readonly evidence: number;
}

/** Divides the run whose cut shows most, the first of equals, until there are `maxRuns` or none shows enough. */
export function cutWhereClassesMeet(
  column: SortedColumn,
  ends: readonly number[],
  maxRuns: number,
  minEvidence: number,
): Divisible[] {
  const runs = ends.map((end, at) => findCut(column, at === 0 ? 0 : ends[at - 1]!, end));
  while (runs.length < maxRuns) {
    const best = runs.reduce((most, run, at) => (run.evidence > runs[most]!.evidence ? at : most), 0);
    const run = runs[best];
    if (run === undefined || run.evidence < minEvidence) break;
    const { start, cut, end } = run;
    runs.splice(best, 1, findCut(column, start, cut), findCut(column, cut, end));
  }
  return runs;
}

/**
 * Equal runs end anywhere: of what is rare, most may lie in one run, and too little to show anything in the next. So each cut that
 * shows enough goes to where it shows most between its neighbours, from the lowest up, twice: an edge may wait for the next one.
 */
export function moveCuts(
  column: SortedColumn,
  runs: Divisible[],
  { minEvidence, minGain }: { readonly minEvidence: number; readonly minGain: number },
): void {
  for (let turn = 0; turn < 2; turn++) {
    for (let at = 1; at < runs.length; at++) {
      const [left, right] = [runs[at - 1]!, runs[at]!];
      const now = evidenceOf(column, left.start, right.start, right.end);
      if (now < minEvidence) continue;
      const best = findCut(column, left.start, right.end);
      if (best.evidence < now + minGain) continue;
      runs[at - 1] = { ...left, end: best.cut };
      runs[at] = { ...right, start: best.cut };
    }
  }
}

/** What a cut shows: the G² statistic of its two sides. */
function evidenceOf({ sorted, rare }: SortedColumn, start: number, cut: number, end: number): number {
  const first = countUpTo(rare, sorted[start]!, false);
  const below = countUpTo(rare, sorted[cut - 1]!, true) - first;
  const all = countUpTo(rare, sorted[end - 1]!, true) - first;
  if (all === 0) return 0;
  const apart = logLikelihood(below, cut - start) + logLikelihood(all - below, end - cut);
  return 2 * (apart - logLikelihood(all, end - start));
}

/** The best cut lies next to a value of the rarer class. */
function findCut({ sorted, rare }: SortedColumn, start: number, end: number): Divisible {
  const first = countUpTo(rare, sorted[start]!, false);
  const last = countUpTo(rare, sorted[end - 1]!, true);
  const whole = logLikelihood(last - first, end - start);
  let [cut, evidence] = [start, 0];
  const consider = (at: number, below: number): void => {
    if (at <= start || at >= end) return;
    const apart = logLikelihood(below, at - start) + logLikelihood(last - first - below, end - at);
    if (2 * (apart - whole) > evidence) [cut, evidence] = [at, 2 * (apart - whole)];
  };
  for (let from = first; from < last; ) {
    const to = countUpTo(rare, rare[from]!, true);
    consider(countUpTo(sorted, rare[from]!, false), from - first);
    consider(countUpTo(sorted, rare[from]!, true), to - first);
    from = to;
  }
  return { start, end, cut, evidence };
}

/** Of `some` among `all` rows, at their own rate. */
function logLikelihood(some: number, all: number): number {
  const others = all - some;
  return (
    (some === 0 ? 0 : some * Math.log(some / all)) + (others === 0 ? 0 : others * Math.log(others / all))
  );
}

/** How many of the sorted values are below `value`, or not above it. */
export function countUpTo(sorted: Float32Array, value: number, inclusive: boolean): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    const belongs = inclusive ? sorted[middle]! <= value : sorted[middle]! < value;
    if (belongs) low = middle + 1;
    else high = middle;
  }
  return low;
}
