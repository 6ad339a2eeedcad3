/**
 * What a flag's score lets one expect: what became of held-out records that scored alike, by the card's score bands, and
 * whether that is enough to act on or something to look at.
 */
import type { ScoreBand } from '../evaluation/evaluation.ts';
import type { Standing } from './explanation.ts';

/** From this share of confirmed records on a flag is one to act on. */
const ACT_FROM = 0.6;

/** Undefined: the score lies below all bands, or the card has none. */
export function standingOf(bands: readonly ScoreBand[], score: number): Standing | undefined {
  const at = bands.findLastIndex(({ from }) => score >= from);
  if (at < 0) return undefined;
  const { observed, records } = bands[at]!;
  // One high band among low ones is chance: all that score higher must be as good.
  const isSure = bands.slice(at).every((band) => band.observed.value >= ACT_FROM);
  const { value, low, high } = observed;
  return {
    tier: isSure ? 'act' : 'look',
    confirmed: round(value),
    low: low === null ? null : round(low),
    high: high === null ? null : round(high),
    records,
    words: inWords(value, low, high),
  };
}

function inWords(value: number, low: number | null, high: number | null): string {
  const tenths = Math.round(value * 10);
  const many = tenths === 0 ? 'fewer than 1 in 20' : tenths === 10 ? 'nearly all' : `about ${tenths} in 10`;
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  const range = low === null || high === null ? '' : ` (${percent(low)} to ${percent(high)})`;
  return `of records scored like this, ${many} were confirmed${range}`;
}

function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
