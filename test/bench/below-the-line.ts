/**
 * How often the interval of the recall estimate covers the truth, over 100 seeded runs each: records with planted labels, a
 * model that finds some of the positives, all flags (or some) reviewed, and of the rest those that the keyed hash draws.
 * Prints a table; fails where fewer than 90 of 100 runs are covered.
 */
import { isFigure } from '../../lib/monitoring/measured.ts';
import { measureQuality } from '../../lib/monitoring/quality.ts';
import { isDrawnBelowTheLine } from '../../lib/reviews/below-the-line.ts';
import { Random } from '../../samples/generators/random.ts';

interface Setting {
  readonly records: number;
  readonly positives: number;
  readonly recall: number;
  readonly belowTheLine: number;
  readonly flagsReviewed: number;
}

const settings: readonly Setting[] = [
  { records: 50_000, positives: 0.02, recall: 0.7, belowTheLine: 0.02, flagsReviewed: 1 },
  { records: 50_000, positives: 0.02, recall: 0.7, belowTheLine: 0.005, flagsReviewed: 1 },
  { records: 50_000, positives: 0.005, recall: 0.5, belowTheLine: 0.02, flagsReviewed: 1 },
  { records: 50_000, positives: 0.02, recall: 0.95, belowTheLine: 0.02, flagsReviewed: 0.5 },
  { records: 20_000, positives: 0.07, recall: 0.6, belowTheLine: 0.1, flagsReviewed: 0.8 },
];
const RUNS = 100;
let worst = RUNS;

process.stdout.write(
  'records  positive  recall  drawn   flags reviewed   covered  mean interval   unknown\n',
);
for (const setting of settings) {
  const result = runSetting(setting);
  worst = Math.min(worst, result.covered);
  process.stdout.write(
    [
      String(setting.records).padStart(7),
      `${(setting.positives * 100).toFixed(1)} %`.padStart(9),
      setting.recall.toFixed(2).padStart(7),
      `${(setting.belowTheLine * 100).toFixed(1)} %`.padStart(7),
      `${setting.flagsReviewed * 100} %`.padStart(16),
      `${result.covered}/${RUNS}`.padStart(9),
      `[${result.low.toFixed(3)}, ${result.high.toFixed(3)}]`.padStart(16),
      String(result.unknown).padStart(9),
      '\n',
    ].join(' '),
  );
}
if (worst < 90) process.exitCode = 1;

function runSetting(setting: Setting): { covered: number; low: number; high: number; unknown: number } {
  let [covered, low, high, unknown] = [0, 0, 0, 0];
  for (let seed = 1; seed <= RUNS; seed++) {
    const { truth, recall } = runOnce(setting, seed);
    if (!isFigure(recall)) {
      // Saying that there is not enough data is no false claim, but it is no cover either.
      unknown++;
      continue;
    }
    if (recall.low <= truth && truth <= recall.high) covered++;
    low += recall.low;
    high += recall.high;
  }
  return { covered, low: low / (RUNS - unknown), high: high / (RUNS - unknown), unknown };
}

function runOnce({ records, positives, recall, belowTheLine, flagsReviewed }: Setting, seed: number) {
  const random = new Random(seed, 0);
  const key = Buffer.alloc(32, `key ${seed}`);
  const flags = { flagged: 0, truePositives: 0, falsePositives: 0 };
  const below = { unflagged: 0, reviewed: 0, positives: 0 };
  let [found, missed] = [0, 0];
  for (let row = 0; row < records; row++) {
    const isPositive = random.chance(positives);
    if (random.chance(isPositive ? recall : 0.005)) {
      flags.flagged++;
      if (isPositive) found++;
      if (random.chance(flagsReviewed)) flags[isPositive ? 'truePositives' : 'falsePositives']++;
      continue;
    }
    below.unflagged++;
    if (isPositive) missed++;
    const decisionId = `${seed}-${row}`;
    if (!isDrawnBelowTheLine({ key, belowTheLine, secondOpinion: 0 }, decisionId)) continue;
    below.reviewed++;
    if (isPositive) below.positives++;
  }
  return { truth: found / (found + missed), recall: measureQuality(flags, [below]).recall };
}
