/** Who works when, and how much already: shift, operator and count of entries at a second of the calendar. */
import type { Line, Operator } from './pharma-plant.ts';
import type { Random } from './random.ts';

const day = 86_400;

/** What all batches share. */
export interface Rota {
  /** Entries by shift and operator, so that tiredness is counted and not drawn. */
  readonly workload: Map<number, Map<string, number>>;
  /** Steps done by hand, by operator: the last ones, from begin to end. */
  readonly sessions: Map<string, readonly Session[]>;
  /** Whether the site's system was down on that day: everybody enters late. */
  isOutage(site: string, second: number): boolean;
  /** Whether the system of a machine is being serviced on that day, its audit trail switched off. */
  isServiced(equipment: string, second: number): boolean;
}

interface Session {
  readonly begin: number;
  readonly end: number;
}

/** Eight hours from 06:00, 14:00 and 22:00, numbered since 1970. */
export function shiftAt(second: number): number {
  return Math.floor((second - 6 * 3600) / (8 * 3600));
}

export function isNight(second: number): boolean {
  const hour = Math.floor((second % day) / 3600);
  return hour < 6 || hour >= 22;
}

/** Three groups of four share the shifts of a line and rotate each week. */
export function operatorAt(random: Random, line: Line, second: number): Operator {
  const shift = shiftAt(second);
  const group = (((shift % 3) + Math.floor(second / (7 * day))) % 3) * 4;
  // One of the four leads the shift and makes half of its entries.
  const lead = shift % 4;
  return line.operators[group + (random.chance(0.5) ? lead : random.integer(0, 3))]!;
}

/** The other person of the shift who checks an entry; some check their own work, at night more often. */
export function checkerOf(random: Random, line: Line, operator: Operator, second: number): Operator {
  if (random.chance(isNight(second) ? 0.028 : 0.01)) return operator;
  for (;;) {
    const other = operatorAt(random, line, second);
    if (other.id !== operator.id) return other;
  }
}

/** Minutes of an earlier step by hand that lie within this one. Writes this one down. */
export function overlapOf(rota: Rota, operator: Operator, begin: number, end: number): number {
  const known = rota.sessions.get(operator.id) ?? [];
  rota.sessions.set(operator.id, [...known.slice(-19), { begin, end }]);
  const common = known.map((one) => (one.end <= end ? one.end - Math.max(one.begin, begin) : 0));
  return Math.max(0, ...common) / 60;
}

export function countWork(rota: Rota, operator: Operator, second: number): number {
  const shift = shiftAt(second);
  const counts = rota.workload.get(shift) ?? new Map<string, number>();
  const count = (counts.get(operator.id) ?? 0) + 1;
  rota.workload.set(shift, counts.set(operator.id, count));
  return count;
}
