/** Flags as the scoring makes them, from a number: same number, same flag. */
import { createHash } from 'node:crypto';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { type FlagItem, flagItem } from '../../lib/decisions/flag-item.ts';
import type { Severity } from '../../lib/packs/pack.ts';

export interface FlagSpec {
  readonly domain?: string;
  readonly drop?: string;
  readonly entity?: string | null;
  readonly time?: string | null;
  readonly score?: number;
  readonly severity?: Severity | null;
  readonly record?: Readonly<Record<string, unknown>>;
}

export function flagOf(number: number, spec: FlagSpec = {}): FlagItem {
  const {
    domain = 'finance',
    drop = 'd-00000000000000000001',
    entity = `A${number % 7}`,
    time = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString(),
    score = 0.5 + ((number * 7_919) % 5_000) / 10_000,
    severity = null,
    record = { transaction_id: `T${number}`, amount: 9_850 },
  } = spec;
  return flagItem({
    explanation: explanationOf(number, score, severity),
    ...{ domain, drop, entity, time, record },
    flaggedAt: '2026-02-01T00:00:00.000Z',
  });
}

export function explanationOf(number: number, score: number, severity: Severity | null): Explanation {
  const words = 'The amount, 9,850.00, lies just below 10,000';
  return {
    record_id: `T${number}`,
    score,
    threshold: 0.5,
    base: 0.1,
    contributions: [
      { column: 'amount', value: 9850, usual: 120, contribution: score - 0.1 + 0.05, words },
      {
        column: 'channel',
        value: 'branch',
        usual: 'web',
        contribution: -0.05,
        words: 'The channel is branch',
      },
    ],
    rules: severity === null ? [] : [{ id: `rule-${severity}`, severity, words: 'A rule was met' }],
    model: 'b042d3599090',
    pack: 'finance@1',
    decision_id: createHash('sha256').update(`flag ${number}`).digest('hex').slice(0, 32),
  };
}
