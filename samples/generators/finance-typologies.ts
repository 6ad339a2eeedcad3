/**
 * How money is laundered through an account: each typology is an episode of several payments that emits them all at once,
 * spread over hours or days. The patterns follow the FATF's published typologies.
 */
import { type Account, havens, makePartner, type Partner } from './finance-accounts.ts';
import {
  type Channel,
  cashPoint,
  type Emit,
  roundLikePeople,
  secondNear,
  secondsPerDay,
  secondsPerHour,
  type TransactionType,
  transferChannel,
} from './finance-payments.ts';
import type { Random } from './random.ts';

type Episode = (random: Random, account: Account, dayStart: number, emit: Emit) => void;

/** Cash split into deposits below the reporting threshold, then sent away. */
const structuring: Episode = (random, account, dayStart, emit) => {
  const deposits = random.integer(3, 7);
  // Half of the launderers stay just below 10,000; the careful ones well below.
  const [low, high] = random.chance(0.55) ? [8600, 9980] : [3800, 8800];
  let day = dayStart;
  let total = 0;
  for (let i = 0; i < deposits; i++) {
    const euros = Math.round(random.between(low, high) / 10) * 10;
    const channel = random.chance(0.6) ? 'branch' : 'atm';
    const time = day + secondNear(random, 14, 2.5);
    // One deposit alone is nothing: an officer's file begins with the second.
    emit({
      ...cash(time, account, random, channel),
      euros,
      type: 'cash_deposit',
      channel,
      suspicious: i > 0,
    });
    total += euros;
    if (random.chance(0.6)) day += random.integer(1, 2) * secondsPerDay;
  }
  if (random.chance(0.75)) sendOn(random, account, day + secondsPerDay, total, emit);
};

/** Many strangers pay into one account, which passes the sum on. */
const fanIn: Episode = (random, account, dayStart, emit) => {
  const payers = random.integer(5, 11);
  const size = Math.max(180, random.lognormal(account.usualAmount * 5, 0.6));
  let total = 0;
  for (let i = 0; i < payers; i++) {
    const time = dayStart + Math.floor(((i + random.uniform()) / payers) * 3 * secondsPerDay);
    const euros = roundLikePeople(random, random.lognormal(size, 0.5));
    const payment = transfer(
      random,
      account,
      time,
      makePartner(random, account.country),
      euros,
      'incoming_transfer',
    );
    emit({ ...payment, suspicious: i > 1 });
    total += euros;
  }
  sendOn(random, account, dayStart + 4 * secondsPerDay, total, emit);
};

/** Money that only passes through: in, and nearly all of it out within hours. */
const rapidMovement: Episode = (random, account, dayStart, emit) => {
  const rounds = random.integer(1, 3);
  const size = Math.max(1800, random.lognormal(account.usualAmount * 30, 0.7));
  for (let round = 0; round < rounds; round++) {
    const arrival = dayStart + round * secondsPerDay + secondNear(random, 12, 6);
    const euros = roundLikePeople(random, random.lognormal(size, 0.4));
    emit(transfer(random, account, arrival, stranger(random, account, 0.2), euros, 'incoming_transfer'));
    const parts = random.integer(1, 3);
    for (let part = 0; part < parts; part++) {
      const time = arrival + Math.floor(random.between(0.3, 10) * secondsPerHour);
      const share = (euros * random.between(0.88, 0.99)) / parts;
      emit(transfer(random, account, time, stranger(random, account, 0.25), share, 'outgoing_transfer'));
    }
  }
};

/** Transfers to and from letter-box companies. */
const offshoreLayering: Episode = (random, account, dayStart, emit) => {
  const legs = random.integer(3, 7);
  const size = Math.max(2500, random.lognormal(account.usualAmount * 12, 0.6));
  const shell = makePartner(random, random.weighted(havens));
  for (let leg = 0; leg < legs; leg++) {
    const partner = random.chance(0.4) ? shell : makePartner(random, random.weighted(havens));
    const time = dayStart + random.integer(0, 12) * secondsPerDay + secondNear(random, 15, 6);
    const type = random.chance(0.65) ? 'outgoing_transfer' : 'incoming_transfer';
    emit(
      transfer(random, account, time, partner, roundLikePeople(random, random.lognormal(size, 0.7)), type),
    );
  }
};

/** An account that no one used for months suddenly takes in money and is emptied. */
const dormantAwakening: Episode = (random, account, dayStart, emit) => {
  const euros = roundLikePeople(random, random.lognormal(7000, 0.7));
  const arrival = dayStart + secondNear(random, 15, 6);
  emit(transfer(random, account, arrival, stranger(random, account, 0.3), euros, 'incoming_transfer'));
  const steps = random.integer(2, 6);
  for (let step = 0; step < steps; step++) {
    const time = arrival + Math.floor(random.between(0.4, 60) * secondsPerHour);
    const part = (euros * 0.96) / steps;
    if (random.chance(0.35)) {
      const sum = Math.min(1000, Math.round(part / 50) * 50 + 50);
      emit({
        ...cash(time, account, random, 'atm'),
        euros: sum,
        type: 'cash_withdrawal',
        channel: 'atm',
        suspicious: true,
      });
    } else emit(transfer(random, account, time, stranger(random, account, 0.2), part, 'outgoing_transfer'));
  }
};

/** One sum in, and at once to many: none of the parts is worth a look by itself. */
const fanOut: Episode = (random, account, dayStart, emit) => {
  const total = roundLikePeople(random, Math.max(2400, random.lognormal(account.usualAmount * 28, 0.6)));
  const arrival = dayStart + secondNear(random, 13, 5);
  emit(transfer(random, account, arrival, stranger(random, account, 0.2), total, 'incoming_transfer'));
  const payees = random.integer(5, 10);
  for (let i = 0; i < payees; i++) {
    const time = arrival + Math.floor(random.between(0.5, 60) * secondsPerHour);
    const euros = (total * random.between(0.6, 1.2) * 0.94) / payees;
    emit(transfer(random, account, time, stranger(random, account, 0.1), euros, 'outgoing_transfer'));
  }
};

/** A loan that is none: the same shell pays in and is paid back, again and again. */
const roundTrip: Episode = (random, account, dayStart, emit) => {
  const size = Math.max(2200, random.lognormal(account.usualAmount * 18, 0.6));
  const shell = makePartner(random, random.chance(0.3) ? random.weighted(havens) : account.country);
  let time = dayStart + secondNear(random, 14, 5);
  for (let left = random.integer(2, 3); left > 0; left--) {
    const euros = roundLikePeople(random, random.lognormal(size, 0.4));
    emit(transfer(random, account, time, shell, euros, 'incoming_transfer'));
    time += Math.floor(random.between(0.4, 9) * secondsPerDay);
    const back = euros * random.between(0.9, 1.03);
    emit(transfer(random, account, time, shell, back, 'outgoing_transfer'));
    time += Math.floor(random.between(0.4, 6) * secondsPerDay);
  }
};

const weights = {
  ...{ structuring: 24, fanIn: 19, rapidMovement: 22 },
  ...{ offshoreLayering: 17, fanOut: 9, roundTrip: 9 },
};
const episodes = { structuring, fanIn, rapidMovement, offshoreLayering, fanOut, roundTrip };

/** One episode of the kind that suits the account. */
export const launder: Episode = (random, account, dayStart, emit) => {
  if (account.trait === 'dormant') dormantAwakening(random, account, dayStart, emit);
  else episodes[random.weighted(weights)](random, account, dayStart, emit);
};

function cash(time: number, account: Account, random: Random, channel: 'branch' | 'atm') {
  return { time, account, partner: cashPoint(random, account, channel) };
}

function transfer(
  random: Random,
  account: Account,
  time: number,
  partner: Partner,
  euros: number,
  type: TransactionType,
) {
  // Some are in a hurry; most do as everybody does, so that the channel alone says little.
  const channel: Channel = random.chance(0.07) ? 'instant' : transferChannel(random, account);
  return { time, account, partner, euros, type, channel, suspicious: true };
}

/** A partner never met before; sometimes in a haven; now and then, to blend in, one of the usual. */
function stranger(random: Random, account: Account, havenShare: number): Partner {
  if (random.chance(0.12)) return random.pick(account.partners);
  return makePartner(random, random.chance(havenShare) ? random.weighted(havens) : account.country);
}

function sendOn(random: Random, account: Account, dayStart: number, total: number, emit: Emit): void {
  const transfers = random.integer(1, 2);
  for (let i = 0; i < transfers; i++) {
    const time = dayStart + random.integer(0, 1) * secondsPerDay + secondNear(random, 15, 6);
    const euros = (total * random.between(0.85, 0.98)) / transfers;
    emit(transfer(random, account, time, stranger(random, account, 0.35), euros, 'outgoing_transfer'));
  }
}
