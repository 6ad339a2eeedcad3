/**
 * The lines of explanations.jsonl against the hashes that the audit log's `flagged` entries hold, one a line and in the
 * same order: names the line that is not what was recorded, where a hash of the whole file only says that something is.
 */
import { hash } from 'node:crypto';
import type { ByteLine } from './byte-lines.ts';

export interface RecordedFlag {
  readonly recordId: string;
  readonly sha256: string;
}

export interface ExplanationProblem {
  /** From 1; null: the line is not there. */
  readonly line: number | null;
  readonly kind: 'changed' | 'dropped' | 'duplicate' | 'inserted' | 'reordered';
  readonly message: string;
}

/** At most a hundred problems. */
const MAX_PROBLEMS = 100;

export async function verifyExplanations(
  recorded: readonly RecordedFlag[],
  lines: AsyncIterable<ByteLine>,
): Promise<ExplanationProblem[]> {
  const placeOf = new Map(recorded.map(({ sha256 }, index) => [sha256, index]));
  const lineOf = new Map<number, number>();
  const unknown: number[] = [];
  const problems: ExplanationProblem[] = [];
  let last = -1;
  let number = 0;
  for await (const { text } of lines) {
    number++;
    const place = placeOf.get(hash('sha256', text ?? ''));
    if (place === undefined) unknown.push(number);
    else if (lineOf.has(place)) {
      const message = `a second copy of line ${lineOf.get(place)}`;
      problems.push({ line: number, kind: 'duplicate', message });
    } else {
      lineOf.set(place, number);
      const of = recorded[place]!.recordId;
      if (place < last)
        problems.push({ line: number, kind: 'reordered', message: `the explanation of ${of} stood earlier` });
      last = Math.max(last, place);
    }
  }
  const gone = recorded.flatMap((flag, place) => (lineOf.has(place) ? [] : [{ ...flag, place }]));
  // A line that is not as recorded stands for one that is gone, as long as there are any.
  for (const line of unknown) {
    const flag = gone.shift();
    const message =
      flag === undefined
        ? 'not as it was recorded; no flag was recorded there'
        : `not as it was recorded; the explanation of ${flag.recordId} was recorded there`;
    problems.push({ line, kind: flag === undefined ? 'inserted' : 'changed', message });
  }
  for (const { recordId, place } of gone) {
    const message = `the explanation of ${recordId} (line ${place + 1}) is not there as it was recorded`;
    problems.push({ line: null, kind: 'dropped', message });
  }
  return problems.slice(0, MAX_PROBLEMS);
}
