/**
 * Numbers as a person reads them, as short text. A figure that does not exist (no data, one class only) is a dash, so that "NaN"
 * never reaches a reader.
 */
import type { Estimate } from '../evaluation/evaluation.ts';

const MISSING = '–';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const significant = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const scientific = new Intl.NumberFormat('en-US', { notation: 'scientific', maximumSignificantDigits: 3 });

/** Whether `value` is a number at all: JSON turns NaN into null, so both may stand in a card. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** 12,345 */
export function formatCount(value: number): string {
  return isNumber(value) ? whole.format(value) : MISSING;
}

/** Three significant digits: 0.0123, 1,230, 1.2E-7. */
export function formatNumber(value: number | null): string {
  if (!isNumber(value)) return MISSING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return withMinus(scientific.format(value));
  return withMinus(size >= 1000 ? whole.format(value) : significant.format(value));
}

function withMinus(text: string): string {
  return text.replace('-', '−');
}

/** A score, probability or area, always three decimals so that columns line up. */
export function formatScore(value: number | null): string {
  return isNumber(value) ? value.toFixed(3) : MISSING;
}

/** 3.4%, 0.021%, 100%; never rounded to 0% or 100% unless it is. */
export function formatShare(value: number | null): string {
  if (!isNumber(value)) return MISSING;
  const percent = value * 100;
  if (percent === 0 || percent === 100) return `${percent}%`;
  if (percent > 99.9 && percent < 100) return '> 99.9%';
  if (Math.abs(percent) < 0.001) return '< 0.001%';
  return `${Math.abs(percent) >= 9.95 ? percent.toFixed(1) : percent.toPrecision(2)}%`;
}

/** `+0.123`, `−0.045`: the sign is always there, and the minus is as wide as the plus. */
export function formatSigned(value: number): string {
  if (!isNumber(value)) return MISSING;
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? (value < 0 ? '−0.000' : '+0.000') : `${value < 0 ? '−' : '+'}${text}`;
}

/** `0.912 to 0.934`, or null where there is no interval. */
export function formatInterval(estimate: Estimate, format: (value: number) => string): string | null {
  if (!isNumber(estimate.low) || !isNumber(estimate.high)) return null;
  return `${format(estimate.low)} to ${format(estimate.high)}`;
}

/** 1.2 MB */
export function formatBytes(bytes: number): string {
  if (!isNumber(bytes)) return MISSING;
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${significant.format(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${significant.format(bytes / 1e6)} MB` : `${significant.format(bytes / 1e9)} GB`;
}

/** `1 record`, `2,000 records`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}
