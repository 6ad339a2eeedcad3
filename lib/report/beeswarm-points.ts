import type { ModelInput } from '../features/model-input.ts';
import { sourceGroups } from '../features/source-groups.ts';
import type { BeeswarmPoint } from './report-data.ts';

/**
 * The dots of a beeswarm: for each row and source its contribution (rows × inputs, summed back to sources), and where
 * the row's value ranks among the sample's (mid-ranks, 0 to 1; null for categories and missing values).
 */
export function beeswarmPoints(
  inputs: readonly ModelInput[],
  values: Float32Array,
  contributions: Float64Array,
  rows: number,
): BeeswarmPoint[] {
  const width = inputs.length;
  return sourceGroups(inputs).flatMap(({ source, kind, inputs: places }) => {
    const column =
      kind === 'category'
        ? null
        : Float32Array.from({ length: rows }, (_, row) => values[row * width + places[0]!]!);
    const ranks = column === null ? null : rankShares(column);
    return Array.from({ length: rows }, (_, row) => ({
      source,
      contribution: places.reduce((sum, index) => sum + contributions[row * width + index]!, 0),
      valueRank: ranks?.[row] ?? null,
    }));
  });
}

function rankShares(column: Float32Array): (number | null)[] {
  const present = [...column.keys()].filter((row) => !Number.isNaN(column[row]!));
  present.sort((a, b) => column[a]! - column[b]!);
  const shares: (number | null)[] = new Array(column.length).fill(null);
  for (let from = 0; from < present.length; ) {
    let to = from;
    while (to + 1 < present.length && column[present[to + 1]!] === column[present[from]!]) to++;
    const share = present.length === 1 ? 0.5 : (from + to) / 2 / (present.length - 1);
    for (let i = from; i <= to; i++) shares[present[i]!] = share;
    from = to + 1;
  }
  return shares;
}
