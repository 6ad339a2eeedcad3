/**
 * Innocent episodes that resemble laundering: what an analyst clears after a phone call. Without them one feature would
 * give the label away.
 */
import { type Account, abroad, havens, makePartner } from './finance-accounts.ts';
import {
  cashPoint,
  type Emit,
  roundLikePeople,
  secondNear,
  secondsPerDay,
  secondsPerHour,
  transferChannel,
} from './finance-payments.ts';
import type { Random } from './random.ts';

type Episode = (random: Random, account: Account, dayStart: number, emit: Emit) => void;

/** Savings come in, the notary is paid the next day. Looks like rapid movement. */
const housePurchase: Episode = (random, account, dayStart, emit) => {
  const shared = { account, suspicious: false } as const;
  const arrival = dayStart + secondNear(random, 10, 2);
  const parts = random.integer(1, 2);
  const price = Math.round(random.lognormal(90_000, 0.7) / 1000) * 1000;
  for (let i = 0; i < parts; i++) {
    const partner = random.chance(0.5) ? account.partners[0]! : makePartner(random, account.country);
    const time = arrival + i * secondsPerHour;
    const channel = transferChannel(random, account);
    emit({ ...shared, time, partner, euros: price / parts, type: 'incoming_transfer', channel });
  }
  const paid = arrival + Math.floor(random.between(3, 40) * secondsPerHour);
  const notary = makePartner(random, account.country);
  emit({
    ...shared,
    time: paid,
    partner: notary,
    euros: price * 0.97,
    type: 'outgoing_transfer',
    channel: random.chance(0.3) ? 'branch' : transferChannel(random, account),
  });
};

/** Card and cash abroad for a week or two, now and then in a haven. Looks like layering. */
const holiday: Episode = (random, account, dayStart, emit) => {
  const country = random.chance(0.3) ? random.weighted(havens) : random.weighted(abroad);
  const shared = { account, suspicious: false } as const;
  for (let left = random.integer(4, 10); left > 0; left--) {
    const time = dayStart + random.integer(0, 12) * secondsPerDay + secondNear(random, 17, 5);
    const euros = random.lognormal(account.usualAmount * 1.5, 0.8);
    const partner = makePartner(random, country);
    if (random.chance(0.2)) {
      const sum = Math.round(euros / 10) * 10 + 20;
      emit({ ...shared, time, partner, euros: sum, type: 'cash_withdrawal', channel: 'atm' });
    } else emit({ ...shared, time, partner, euros, type: 'card_payment', channel: 'pos' });
  }
};

/** Guests or club members pay their share, then the caterer is paid. Looks like fan-in. */
const collection: Episode = (random, account, dayStart, emit) => {
  const shared = { account, suspicious: false } as const;
  const share = roundLikePeople(random, random.lognormal(110, 0.8));
  const guests = random.integer(5, 11);
  for (let i = 0; i < guests; i++) {
    const time = dayStart + random.integer(0, 5) * secondsPerDay + secondNear(random, 18, 4);
    const partner = makePartner(random, account.country);
    const channel = transferChannel(random, account);
    emit({ ...shared, time, partner, euros: share, type: 'incoming_transfer', channel });
  }
  const time = dayStart + 6 * secondsPerDay + secondNear(random, 12, 3);
  const caterer = makePartner(random, account.country);
  emit({
    ...shared,
    time,
    partner: caterer,
    euros: share * guests,
    type: 'outgoing_transfer',
    channel: transferChannel(random, account),
  });
};

/** A car sold for cash, brought in once or twice. Looks like structuring. */
const carSale: Episode = (random, account, dayStart, emit) => {
  for (let left = random.integer(1, 3); left > 0; left--) {
    const time = dayStart + random.integer(0, 2) * secondsPerDay + secondNear(random, 14, 2);
    const euros = Math.round(random.between(4000, 9950) / 50) * 50;
    const partner = cashPoint(random, account, 'branch');
    emit({ time, account, partner, euros, type: 'cash_deposit', channel: 'branch', suspicious: false });
  }
};

/** An estate is divided or someone comes home: a sleeping account wakes for good reason. */
const inheritance: Episode = (random, account, dayStart, emit) => {
  const shared = { account, suspicious: false } as const;
  const euros = random.lognormal(14_000, 0.9);
  const arrival = dayStart + secondNear(random, 12, 3);
  const notary = makePartner(random, account.country);
  const channel = transferChannel(random, account);
  emit({ ...shared, time: arrival, partner: notary, euros, type: 'incoming_transfer', channel });
  for (let left = random.integer(1, 4); left > 0; left--) {
    const time = arrival + Math.floor(random.between(4, 200) * secondsPerHour);
    const partner = random.chance(0.5) ? makePartner(random, account.country) : random.pick(account.partners);
    const part = roundLikePeople(random, euros * random.between(0.05, 0.35));
    emit({
      ...{ ...shared, time, partner, euros: part, type: 'outgoing_transfer' as const },
      channel: transferChannel(random, account),
    });
  }
};

/** A purchase is paid back, or a deposit for a flat: money returns to where it came from. Looks like a round trip. */
const refund: Episode = (random, account, dayStart, emit) => {
  const euros = roundLikePeople(random, random.lognormal(account.usualAmount * 14, 0.9));
  const partner = random.chance(0.4) ? random.pick(account.partners) : makePartner(random, account.country);
  const types = ['outgoing_transfer', 'incoming_transfer'] as const;
  const [first, second] = random.chance(0.55) ? types : ([types[1], types[0]] as const);
  const time = dayStart + secondNear(random, 14, 4);
  const later = time + Math.floor(random.between(0.6, 24) * secondsPerDay);
  const back = random.chance(0.6) ? euros : euros * random.between(0.3, 0.98);
  const shared = { account, partner, suspicious: false } as const;
  emit({ ...shared, time, euros, type: first, channel: transferChannel(random, account) });
  emit({ ...shared, time: later, euros: back, type: second, channel: transferChannel(random, account) });
};

/** The treasurer of a club or a builder with helpers pays many at once. Looks like fan-out. */
const sharing: Episode = (random, account, dayStart, emit) => {
  const share = roundLikePeople(random, random.lognormal(Math.max(90, account.usualAmount * 3), 0.7));
  const payees = random.integer(4, 10);
  const arrival = dayStart + secondNear(random, 12, 3);
  const shared = { account, suspicious: false } as const;
  const source = random.chance(0.5) ? account.partners[0]! : makePartner(random, account.country);
  const channel = transferChannel(random, account);
  const total = share * payees;
  emit({ ...shared, time: arrival, partner: source, euros: total, type: 'incoming_transfer', channel });
  for (let i = 0; i < payees; i++) {
    const time = arrival + Math.floor(random.between(0.5, 70) * secondsPerHour);
    const partner = random.chance(0.3) ? random.pick(account.partners) : makePartner(random, account.country);
    emit({ ...shared, time, partner, euros: share, type: 'outgoing_transfer', channel });
  }
};

const weights = { housePurchase: 18, holiday: 18, collection: 20, carSale: 22, refund: 12, sharing: 10 };
const episodes = { housePurchase, holiday, collection, carSale, refund, sharing };

/** One innocent episode of the kind that suits the account. */
export const livePeculiarly: Episode = (random, account, dayStart, emit) => {
  if (account.trait === 'dormant') inheritance(random, account, dayStart, emit);
  else episodes[random.weighted(weights)](random, account, dayStart, emit);
};
