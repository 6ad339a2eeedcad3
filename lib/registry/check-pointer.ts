/** The champion that serves a domain, as the table points to it, against what the log of acts says was put in force. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { ChampionPointer } from './registry-state.ts';

const IN_FORCE = ['promoted', 'rolled_back', 'threshold_changed'];

export interface PointerProblem {
  readonly where: string;
  readonly kind: 'missing' | 'mismatch';
  readonly message: string;
}

/** `entries` are the domain's, in order. Nothing is said of a domain in whose log nothing was put in force: a shipped model serves it. */
export function checkPointer(
  domain: string,
  pointer: ChampionPointer | null,
  entries: readonly AuditEntry[],
): PointerProblem[] {
  const where = `the champion of ${domain}`;
  const last = entries.findLast(({ event }) => IN_FORCE.includes(event));
  if (last === undefined) return [];
  const model = String(last.data.model);
  if (pointer === null)
    return [
      { where, kind: 'missing', message: `entry ${last.seq} put ${model} in force; the table has none` },
    ];
  const of = entries.filter(({ data }) => data.model === model);
  const card = of.findLast(({ event, data }) => event === 'promoted' && data.card !== undefined)?.data.card;
  const threshold = of.findLast(({ event }) => event === 'threshold_changed')?.data.to;
  const facts: [what: string, found: unknown, expected: unknown][] = [['model', pointer.model, model]];
  if (pointer.model === model) {
    facts.push(['threshold', pointer.threshold, threshold]);
    if (card !== undefined) facts.push(['card', pointer.card, card]);
  }
  return facts
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => ({
      ...({ where, kind: 'mismatch' } as const),
      message: `${what} ${show(found)} in the table; the log says ${show(expected)}`,
    }));
}

function show(value: unknown): string {
  return value === undefined ? 'none' : String(value);
}
