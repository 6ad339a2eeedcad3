/**
 * What an account does on an ordinary day: card payments, bills, transfers, and what is regular for it.
 */
import {
  type Account,
  abroad,
  commonPartner,
  havens,
  makePartner,
  type Partner,
} from './finance-accounts.ts';
import {
  cashPoint,
  type Day,
  type Emit,
  roundLikePeople,
  secondNear,
  type TransactionType,
  transferChannel,
} from './finance-payments.ts';
import { intragroup, paydayPayments, sweep, takings } from './finance-regular.ts';
import type { Random } from './random.ts';

type Kind = TransactionType | 'foreign_purchase';

const privateKinds: Record<Kind, number> = {
  card_payment: 58,
  direct_debit: 12,
  outgoing_transfer: 13,
  incoming_transfer: 6,
  cash_withdrawal: 6,
  cash_deposit: 2,
  foreign_purchase: 3,
};
const companyKinds: Record<Kind, number> = {
  card_payment: 8,
  direct_debit: 8,
  outgoing_transfer: 36,
  incoming_transfer: 42,
  cash_withdrawal: 2,
  cash_deposit: 3,
  foreign_purchase: 1,
};
/** How the median of a kind stands to the account's usual amount. */
const scale: Record<Kind, number> = {
  card_payment: 0.8,
  direct_debit: 1.4,
  outgoing_transfer: 2.6,
  incoming_transfer: 3,
  cash_withdrawal: 2.2,
  cash_deposit: 9,
  foreign_purchase: 1.6,
};

export function ordinaryDay(random: Random, account: Account, day: Day, emit: Emit): void {
  const company = account.segment === 'corporate' || account.segment === 'small_business';
  const mean = account.paymentsPerDay * (company ? (day.weekend ? 0.15 : 1.35) : day.weekend ? 1.2 : 0.92);
  for (let left = random.poisson(mean); left > 0; left--)
    ordinaryPayment(random, account, day, company, emit);
  if (day.ofMonth === account.payday && account.trait !== 'dormant')
    paydayPayments(random, account, day, emit);
  if (day.weekend) return;
  if (account.trait === 'cash_takings' && random.chance(0.18)) takings(random, account, day, emit);
  if (account.trait === 'treasury_sweep' && random.chance(0.09)) sweep(random, account, day, emit);
  if (account.trait === 'offshore_partner' && random.chance(0.06)) intragroup(random, account, day, emit);
}

function ordinaryPayment(random: Random, account: Account, day: Day, company: boolean, emit: Emit): void {
  const kind = random.weighted(company ? companyKinds : privateKinds);
  const time = day.start + secondNear(random, account.usualHour, company ? 2.2 : 3.6);
  // One payment in forty is a car, a machine, a bill of the year.
  const exceptional = random.chance(0.025) ? random.between(8, 60) : 1;
  const euros = random.lognormal(account.usualAmount * scale[kind] * exceptional, 0.85);
  if (kind === 'cash_deposit' || kind === 'cash_withdrawal') {
    const channel = kind === 'cash_withdrawal' || random.chance(0.3) ? 'atm' : 'branch';
    const cash = Math.max(10, Math.round(euros / 10) * 10);
    emit({
      time,
      account,
      partner: cashPoint(random, account, channel),
      euros: cash,
      type: kind,
      channel,
      suspicious: false,
    });
    return;
  }
  const type = kind === 'foreign_purchase' ? 'card_payment' : kind;
  const transfer = type === 'incoming_transfer' || type === 'outgoing_transfer';
  const channel =
    type === 'card_payment'
      ? random.chance(0.7)
        ? 'pos'
        : 'online'
      : type === 'direct_debit'
        ? 'batch'
        : null;
  emit({
    time,
    account,
    partner: choosePartner(random, account, kind),
    euros: transfer ? roundLikePeople(random, euros) : euros,
    type,
    channel: channel ?? transferChannel(random, account),
    suspicious: false,
  });
}

function choosePartner(random: Random, account: Account, kind: Kind): Partner {
  if (kind === 'foreign_purchase') {
    const country = random.chance(0.03) ? random.weighted(havens) : random.weighted(abroad);
    return makePartner(random, country);
  }
  if (kind === 'card_payment') return commonPartner(random, account.country);
  // Companies win new customers every week, and most customers are abroad only now and then.
  const unknown = account.segment === 'corporate' ? 0.2 : account.segment === 'small_business' ? 0.28 : 0.14;
  if (random.chance(unknown))
    return makePartner(random, random.chance(0.1) ? random.weighted(abroad) : account.country);
  // Some partners matter more than others: the square of a uniform number favours the first.
  return account.partners[Math.floor(random.uniform() * random.uniform() * account.partners.length)]!;
}
