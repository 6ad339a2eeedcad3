/**
 * The logistic function in float32, as ONNX Runtime computes it on Linux: 1 / (1 + e) with e = expf(−|x|), and 1 less that below
 * zero. The C library's expf is not always the float32 nearest to the exponential, and a score shows which one it took; so this is
 * its arithmetic in float64 (glibc from 2.28 on and musl share it): exp(x) = 2^(n/32) · 2^r, the second by a polynomial.
 * It has the same float32 results with fused multiplication and without, tried on every float32 that matters.
 */
import type { TreeEnsemble } from '../tree-ensemble.ts';

/** 32 / ln 2. */
const STEPS_PER_UNIT = 46.166241308446828;
/** Added and taken away again, it leaves the nearest integer. */
const TO_INTEGER = 1.5 * 2 ** 52;
/** 2^(r/32) is nearly 1 + LINEAR·r + SQUARE·r² + CUBE·r³ for |r| up to a half. */
const LINEAR = 0.021660849396613134;
const SQUARE = 0.00023459809789509004;
const CUBE = 1.6938359250920212e-6;

/** 2^(n/32) for n from 0 to 31. */
const ROOTS = [
  ...[1, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237, 1.0905077326652577],
  ...[1.1143867425958924, 1.1387886347566916, 1.1637248587775775, 1.189207115002721, 1.215247359980469],
  ...[1.241857812073484, 1.2690509571917332, 1.2968395546510096, 1.3252366431597413, 1.3542555469368927],
  ...[1.383909881963832, Math.SQRT2, 1.4451808069770467, 1.4768261459394993, 1.5091644275934228],
  ...[1.5422108254079407, 1.5759808451078865, 1.6104903319492543, 1.6457554781539649, 1.681792830507429],
  ...[1.7186192981224779, 1.7562521603732995, 1.7947090750031072, 1.8340080864093424, 1.8741676341103],
  ...[1.9152065613971474, 1.9571441241754002],
];

/** Beyond it 1 + e is 1. */
const LARGEST = 18;

/** 2^(−n/32) for n from 0 on. */
const POWERS = Float64Array.from({ length: 32 * 27 }, (_, n) => {
  const whole = Math.ceil(n / 32);
  return ROOTS[32 * whole - n]! * 2 ** -whole;
});

/** A row's float32 sum of leaves as the model's score. */
export function toScore({ base, link }: Pick<TreeEnsemble, 'base' | 'link'>, sum: number): number {
  const total = Math.fround(sum + Math.fround(base));
  return link === 'logit' ? logistic(total) : total;
}

export function logistic(x: number): number {
  const size = Math.abs(x);
  const probability = size > LARGEST ? 1 : Math.fround(1 / Math.fround(1 + expOfNegative(size)));
  return x < 0 ? Math.fround(1 - probability) : probability;
}

/** float32 of exp(−size), for a float32 from 0 to LARGEST. */
function expOfNegative(size: number): number {
  const steps = STEPS_PER_UNIT * -size;
  const whole = steps + TO_INTEGER - TO_INTEGER;
  const r = steps - whole;
  const power = (CUBE * r + SQUARE) * (r * r) + (LINEAR * r + 1);
  return Math.fround(power * POWERS[-whole]!);
}
