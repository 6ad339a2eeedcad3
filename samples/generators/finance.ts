/**
 * Payments of an invented bank, in time order: from a number of records and a seed, CSV lines one at a time. Memory holds the
 * accounts and the payments of the days under way, never the file.
 *
 * About 2 % of the records belong to laundering episodes; innocent look-alikes are about as many. The label is what
 * officers wrote down: they overlook one in ten and suspect one innocent payment in five hundred.
 */
import { type Account, makeAccount, recordsPerAccountDay } from './finance-accounts.ts';
import { ordinaryDay } from './finance-habits.ts';
import { livePeculiarly } from './finance-look-alikes.ts';
import { mules } from './finance-mules.ts';
import { type Payment, secondsPerDay } from './finance-payments.ts';
import { launder } from './finance-typologies.ts';
import { Random } from './random.ts';
import type { SampleLine } from './sample-line.ts';

export interface FinanceOptions {
  readonly records: number;
  readonly seed: number;
  /** ISO date of the first day. */
  readonly start: string;
  /** Days that the records spread over: more records mean more accounts, not longer habits. */
  readonly days: number;
  /** ISO date from which mules with wallets appear, a typology unseen before. Up to then nothing changes. */
  readonly newTypologyFrom?: string;
}

export const financeHeader =
  'transaction_id,timestamp,account_id,customer_name,customer_segment,account_opened,account_country,' +
  'customer_risk,expected_turnover,counterparty_id,counterparty_country,amount,currency,transaction_type,channel,flagged_manual';

/** Episodes that begin in a day on an exposed account, and innocent ones on any. */
const episodesPerDay = 0.0112;
const lookAlikesPerDay = 0.0016;
const muleEpisodesPerDay = 0.01;
const overlooked = 0.1;
const wronglySuspected = 0.002;

export function* generateFinance(options: FinanceOptions): Generator<SampleLine> {
  const labels = new Random(options.seed, 2);
  let number = 0;
  for (const payment of payments(options)) {
    if (number === options.records) return;
    number++;
    const flagged = payment.suspicious ? !labels.chance(overlooked) : labels.chance(wronglySuspected);
    yield { cells: toCells(number, payment), label: flagged ? '1' : '0' };
  }
}

/** Day after day, forever: what is due on a day is complete when it begins to be read, since nothing is emitted backwards. */
function* payments(options: FinanceOptions): Generator<Payment> {
  const startDay = dayNumber(options.start);
  const random = new Random(options.seed, 1);
  const accounts = makeAccounts(options, startDay);
  const musing = options.newTypologyFrom === undefined ? Infinity : dayNumber(options.newTypologyFrom);
  const due = new Map<number, Payment[]>();
  const emit = (payment: Payment): void => {
    const day = Math.floor(payment.time / secondsPerDay);
    const list = due.get(day);
    if (list === undefined) due.set(day, [payment]);
    else list.push(payment);
  };
  for (let day = startDay; ; day++) {
    const date = new Date(day * 86_400_000);
    const weekday = date.getUTCDay();
    const start = day * secondsPerDay;
    const today = { start, weekend: weekday === 0 || weekday === 6, ofMonth: date.getUTCDate() };
    for (const account of accounts) {
      ordinaryDay(random, account, today, emit);
      if (account.exposed && random.chance(episodesPerDay)) launder(random, account, start, emit);
      if (random.chance(lookAlikesPerDay)) livePeculiarly(random, account, start, emit);
      if (day >= musing && account.exposed && random.chance(muleEpisodesPerDay))
        mules(random, account, start, emit);
    }
    const ready = due.get(day) ?? [];
    due.delete(day);
    // Sorting is stable: payments of the same second keep the order they were made in.
    yield* ready.sort((a, b) => a.time - b.time);
  }
}

function makeAccounts(options: FinanceOptions, startDay: number): Account[] {
  const random = new Random(options.seed, 0);
  const wanted = Math.max(20, Math.round(options.records / (options.days * recordsPerAccountDay)));
  return Array.from({ length: wanted }, (_, index) => makeAccount(random, index, startDay));
}

function dayNumber(isoDate: string): number {
  return Math.floor(Date.parse(`${isoDate}T00:00:00Z`) / 86_400_000);
}

function toCells(number: number, { time, account, partner, euros, type, channel }: Payment): string {
  const iso = `${new Date(time * 1000).toISOString().slice(0, 19)}Z`;
  const cents = String(Math.max(1, Math.round(euros * 100))).padStart(3, '0');
  const amount = `${cents.slice(0, -2)}.${cents.slice(-2)}`;
  const id = `T${String(number).padStart(8, '0')}`;
  return (
    `${id},${iso},${account.id},${account.customer},${account.segment},${account.openedOn},${account.country},` +
    `${account.risk},${account.expectedTurnover},${partner.id},${partner.country},${amount},${currencyOf(partner.country)},${type},${channel}`
  );
}

const currencies: Readonly<Record<string, string>> = {
  'United Kingdom': 'GBP',
  'United States': 'USD',
  Switzerland: 'CHF',
  Poland: 'PLN',
  'Cayman Islands': 'USD',
  Panama: 'USD',
  'British Virgin Islands': 'USD',
  Seychelles: 'USD',
  'Hong Kong': 'USD',
  'United Arab Emirates': 'USD',
  China: 'USD',
};

function currencyOf(country: string): string {
  return currencies[country] ?? 'EUR';
}
