/** Finds the nearest other rows of each row, by Euclidean distance over columns scaled to unit variance. */

export interface NeighbourSpace {
  /** Row-major, points × columns; NaN is missing. */
  readonly values: Float32Array;
  readonly points: number;
  readonly columns: number;
}

/**
 * The `count` nearest points of `from`, nearest first, the earlier of equals. Where either value is missing the column is left out, and the
 * distance over the others is scaled up to all columns, as scikit-learn's nan_euclidean_distances does.
 */
export function findNearest(
  space: NeighbourSpace,
  scale: Float64Array,
  from: number,
  count: number,
): Int32Array {
  const nearest = new Int32Array(count).fill(-1);
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (let point = 0; point < space.points; point++) {
    if (point === from) continue;
    const distance = squaredDistance(space, scale, from, point);
    let place = count - 1;
    if (nearest[place]! >= 0 && distance >= distances[place]!) continue;
    while (place > 0 && (nearest[place - 1]! < 0 || distance < distances[place - 1]!)) {
      nearest[place] = nearest[place - 1]!;
      distances[place] = distances[place - 1]!;
      place--;
    }
    nearest[place] = point;
    distances[place] = distance;
  }
  return nearest;
}

function squaredDistance(
  { values, columns }: NeighbourSpace,
  scale: Float64Array,
  a: number,
  b: number,
): number {
  let [sum, present] = [0, 0];
  for (let column = 0; column < columns; column++) {
    const difference = (values[a * columns + column]! - values[b * columns + column]!) * scale[column]!;
    if (Number.isNaN(difference)) continue;
    sum += difference * difference;
    present++;
  }
  return present === 0 ? Number.POSITIVE_INFINITY : (sum * columns) / present;
}

/** 1 / standard deviation of each column over its finite values; 0 for a column that doesn't vary. */
export function scaleToUnitVariance({ values, points, columns }: NeighbourSpace): Float64Array {
  const scale = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    let [count, mean, squares] = [0, 0, 0];
    for (let point = 0; point < points; point++) {
      const value = values[point * columns + column]!;
      if (!Number.isFinite(value)) continue;
      const change = value - mean;
      mean += change / ++count;
      squares += change * (value - mean);
    }
    scale[column] = squares > 0 ? Math.sqrt(count / squares) : 0;
  }
  return scale;
}
