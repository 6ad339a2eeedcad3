/** The values that an input can take as far as the trees distinguish them: one of each interval between split points, near the present one. */
import { nextFloat32Below, type TreeEnsemble } from '../forest/tree-ensemble.ts';

/** Other than the interval of `from`, the nearest end of each, as a short number. */
export function stepsOf(ensemble: TreeEnsemble, input: number, from: number, isWhole: boolean): number[] {
  const points = splitPoints(ensemble, input);
  const own = points.findIndex((point) => from <= point);
  const at = own < 0 ? points.length : own;
  const steps: number[] = [];
  for (let below = at - 1; below >= 0; below--) {
    const value = within(points[below - 1] ?? Number.NEGATIVE_INFINITY, points[below]!, 'down', isWhole);
    if (value !== null) steps.push(value);
  }
  for (let above = at; above < points.length; above++) {
    const value = within(points[above]!, points[above + 1] ?? Number.POSITIVE_INFINITY, 'up', isWhole);
    if (value !== null) steps.push(value);
  }
  return steps;
}

/** Ascending. */
function splitPoints({ feature, threshold }: TreeEnsemble, input: number): number[] {
  const points = new Set<number>();
  for (const [node, column] of feature.entries()) if (column === input) points.add(threshold[node]!);
  return [...points].sort((a, b) => a - b);
}

const [MIN_DIGITS, MAX_DIGITS] = [3, 9];

/** low < value <= high, at the end that one comes from; null: no whole number lies there. */
function within(low: number, high: number, way: 'up' | 'down', isWhole: boolean): number | null {
  const fits = (value: number) => Math.fround(value) > low && Math.fround(value) <= high;
  if (isWhole) {
    const value = (way === 'down' ? Math.floor(high) : Math.floor(low) + 1) + 0;
    return fits(value) ? value : null;
  }
  const end = way === 'down' ? high : low;
  for (let digits = MIN_DIGITS; digits <= MAX_DIGITS; digits++) {
    const value = shorten(end, digits, way);
    if (fits(value)) return value;
  }
  return way === 'down' ? high : -nextFloat32Below(-low);
}

function shorten(value: number, digits: number, way: 'up' | 'down'): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log10(Math.abs(value))) - digits + 1;
  const unit = 10 ** Math.abs(exponent);
  const scaled = exponent >= 0 ? value / unit : value * unit;
  const whole = way === 'down' ? Math.floor(scaled) : Math.ceil(scaled);
  return (exponent >= 0 ? whole * unit : whole / unit) + 0;
}
