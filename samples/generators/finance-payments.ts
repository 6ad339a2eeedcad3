/**
 * One payment as the bank books it, and the small decisions that all payments share: when in the day, how round.
 */
import type { Account, Partner } from './finance-accounts.ts';
import type { Random } from './random.ts';

export type TransactionType =
  | 'cash_deposit'
  | 'cash_withdrawal'
  | 'incoming_transfer'
  | 'outgoing_transfer'
  | 'card_payment'
  | 'direct_debit';
export type Channel = 'branch' | 'atm' | 'online' | 'mobile' | 'pos' | 'batch' | 'instant';

export interface Payment {
  /** Seconds since 1970. */
  readonly time: number;
  readonly account: Account;
  readonly partner: Partner;
  readonly euros: number;
  readonly type: TransactionType;
  readonly channel: Channel;
  /** The truth, before officers overlook some and mislabel others. */
  readonly suspicious: boolean;
}

export interface Day {
  /** Midnight, seconds since 1970. */
  readonly start: number;
  readonly weekend: boolean;
  readonly ofMonth: number;
}

export type Emit = (payment: Payment) => void;

export const secondsPerHour = 3600;
export const secondsPerDay = 86_400;

/** A second of the day around an hour, never before midnight or after. */
export function secondNear(random: Random, hour: number, spreadHours: number): number {
  const seconds = Math.floor((hour + spreadHours * random.normal()) * secondsPerHour);
  return Math.min(Math.max(seconds, random.integer(0, 3 * secondsPerHour)), secondsPerDay - 1);
}

/** People transfer round sums more often than not; shops never ask for them. */
export function roundLikePeople(random: Random, euros: number): number {
  if (random.chance(0.45)) return euros;
  const step = euros >= 5000 ? 500 : euros >= 500 ? 100 : euros >= 100 ? 50 : 5;
  return Math.max(step, Math.round(euros / step) * step);
}

/** The cash desk or machine of a town, as the counterparty of cash. */
export function cashPoint(random: Random, account: Account, channel: 'branch' | 'atm'): Partner {
  const number = (Number(account.id.slice(2)) % 40) * 5 + random.integer(1, 5);
  return {
    id: `${channel === 'atm' ? 'ATM' : 'BR'}${String(number).padStart(4, '0')}`,
    country: account.country,
  };
}

export function transferChannel(random: Random, account: Account): Channel {
  const company = account.segment === 'corporate' || account.segment === 'small_business';
  const companyWays = { online: 55, batch: 18, instant: 20, branch: 4, mobile: 3 };
  const privateWays = { online: 30, batch: 0, instant: 24, branch: 4, mobile: 42 };
  return random.weighted(company ? companyWays : privateWays);
}
