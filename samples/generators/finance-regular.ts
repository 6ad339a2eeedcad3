/**
 * What comes round by itself: salary and rent, payroll, a shop's takings, a group's evening sweep and its payments to a haven.
 * All innocent, though some of it looks like fan-out, structuring, rapid movement or layering.
 */
import { type Account, havens, makePartner } from './finance-accounts.ts';
import { type Day, type Emit, secondNear, secondsPerDay, secondsPerHour } from './finance-payments.ts';
import type { Random } from './random.ts';

export function paydayPayments(random: Random, account: Account, day: Day, emit: Emit): void {
  const shared = { account, channel: 'batch', suspicious: false } as const;
  const time = day.start + random.integer(5 * secondsPerHour, 7 * secondsPerHour);
  const employer = account.partners[0]!;
  const landlord = account.partners[1]!;
  if (account.segment === 'salaried' || account.segment === 'retail') {
    const salary = account.usualAmount * (account.segment === 'salaried' ? 42 : 30);
    const paid = random.lognormal(salary, 0.04);
    emit({ ...shared, time, partner: employer, euros: paid, type: 'incoming_transfer' });
    const rentTime = time + 2 * secondsPerDay + random.integer(0, secondsPerHour);
    emit({
      ...shared,
      time: rentTime,
      partner: landlord,
      euros: Math.round(salary * 0.31),
      type: 'direct_debit',
    });
    return;
  }
  for (let i = 0; i < account.employees; i++) {
    // Employees are the last partners of a company, one number each, so that payroll repeats month by month.
    const partner = {
      id: `CP8${account.id.slice(3)}${String(i).padStart(2, '0')}`,
      country: account.country,
    };
    emit({
      ...shared,
      time: time + i,
      partner,
      euros: random.lognormal(2300, 0.35),
      type: 'outgoing_transfer',
    });
  }
}

/** A shop brings its cash to the bank: amounts of thousands, some days just under the reporting threshold, some above. */
export function takings(random: Random, account: Account, day: Day, emit: Emit): void {
  const euros = Math.round(random.lognormal(Math.min(7400, account.usualAmount * 9), 0.38) / 10) * 10;
  const partner = { id: `BR${account.id.slice(4)}`, country: account.country };
  const time = day.start + secondNear(random, 16, 1.5);
  emit({ time, account, partner, euros, type: 'cash_deposit', channel: 'branch', suspicious: false });
}

/** A group gathers the money of its companies every evening: in, and out within hours, to the cent. */
export function sweep(random: Random, account: Account, day: Day, emit: Emit): void {
  const euros = random.lognormal(account.usualAmount * 6, 0.8);
  const time = day.start + secondNear(random, 11, 1.5);
  const shared = { account, channel: 'batch', suspicious: false } as const;
  emit({ ...shared, time, partner: account.partners[0]!, euros, type: 'incoming_transfer' });
  const later = time + random.integer(secondsPerHour, 7 * secondsPerHour);
  emit({
    ...shared,
    time: later,
    partner: account.partners[1]!,
    euros: euros * 0.995,
    type: 'outgoing_transfer',
  });
}

/** Fees and loans inside a group that has a company in a haven: large, round, and lawful. */
export function intragroup(random: Random, account: Account, day: Day, emit: Emit): void {
  const euros = Math.max(1000, Math.round(random.lognormal(account.usualAmount * 3, 0.8) / 1000) * 1000);
  const type = random.chance(0.7) ? 'outgoing_transfer' : 'incoming_transfer';
  const partner = random.chance(0.8) ? account.partners[2]! : makePartner(random, random.weighted(havens));
  const time = day.start + secondNear(random, 14, 2);
  emit({ time, account, partner, euros, type, channel: 'online', suspicious: false });
}
