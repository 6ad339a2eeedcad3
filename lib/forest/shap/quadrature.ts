/**
 * Gauss–Legendre quadrature on [0, 1]: the points and weights by which the integral of a polynomial of degree up to
 * 2·count − 1 is a weighted sum of its values, exactly.
 */
export interface Quadrature {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

const MAX_NEWTON_STEPS = 100;

export function gaussLegendre(count: number): Quadrature {
  const points = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // Newton's method from the usual first guess; it settles in a handful of steps.
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
      const [value, derivative] = legendre(count, x);
      slope = derivative;
      const move = value / derivative;
      x -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    points[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}

/** The Legendre polynomial of the given degree at x, and its derivative there. */
function legendre(degree: number, x: number): readonly [value: number, derivative: number] {
  let before = 1;
  let value = x;
  for (let n = 2; n <= degree; n++) {
    [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
  }
  return [value, (degree * (x * value - before)) / (x * x - 1)];
}
