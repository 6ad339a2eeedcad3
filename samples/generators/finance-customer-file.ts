/**
 * What the bank's file says of a customer: a rating of risk, and the turnover that the customer announced. Both are shown by
 * people and grow old, so neither gives a launderer away.
 */
import type { Random } from './random.ts';

export type Risk = 'low' | 'medium' | 'high';

export type Segment = 'retail' | 'salaried' | 'small_business' | 'corporate';

/** Innocent peculiarities, each of which looks like one typology. */
export type Trait =
  | 'none'
  | 'cash_takings'
  | 'offshore_partner'
  | 'treasury_sweep'
  | 'remittance'
  | 'dormant';

interface Habit {
  readonly segment: Segment;
  readonly trait: Trait;
  readonly usualAmount: number;
  readonly paymentsPerDay: number;
  readonly employees: number;
}

/** The bank knows something, never enough: launderers are rated higher, but most of the high ratings are others'. */
export function rateRisk(random: Random, exposed: boolean, trait: Trait): Risk {
  if (trait === 'offshore_partner' || trait === 'cash_takings') {
    return random.weighted({ low: 25, medium: 55, high: 20 });
  }
  return random.weighted(exposed ? { low: 58, medium: 30, high: 12 } : { low: 76, medium: 19, high: 5 });
}

/** Means of `finance-habits.ts` and `finance-regular.ts` in a month of 30 days, 22 of them working days. */
function usualTurnover(habit: Habit): number {
  const { segment, trait, usualAmount, paymentsPerDay, employees } = habit;
  if (trait === 'dormant') return usualAmount * 4;
  if (segment === 'salaried' || segment === 'retail') {
    const salary = usualAmount * (segment === 'salaried' ? 42 : 30);
    return salary * 1.31 + paymentsPerDay * 30 * usualAmount * 2.9;
  }
  const ofTrait = {
    ...{ none: 0, remittance: 0, cash_takings: 4 * Math.min(7400, usualAmount * 9) },
    ...{ treasury_sweep: usualAmount * 33, offshore_partner: usualAmount * 5.5 },
  };
  return paymentsPerDay * 30 * usualAmount * 7.1 + employees * 2440 + ofTrait[trait];
}

/** To two digits, as people answer such a question; one in six has grown or shrunk a lot since. */
export function stateTurnover(random: Random, habit: Habit): number {
  const outdated = random.chance(1 / 6) ? random.lognormal(1, 0.9) : 1;
  const stated = random.lognormal(usualTurnover(habit) * outdated, 0.3);
  const step = 10 ** Math.max(2, Math.floor(Math.log10(stated)) - 1);
  return Math.max(step, Math.round(stated / step) * step);
}
