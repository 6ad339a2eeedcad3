/** A typology that appears on a given day, for drift and retraining to find: money mules with wallets. */
import { type Account, makePartner } from './finance-accounts.ts';
import { type Emit, secondNear, secondsPerDay, secondsPerHour } from './finance-payments.ts';
import type { Random } from './random.ts';

/** Mules: small transfers come in, and leave as card payments that top up wallets at a new e-money house. */
export function mules(random: Random, account: Account, dayStart: number, emit: Emit): void {
  const victims = random.integer(2, 4);
  const shared = { account, suspicious: true } as const;
  for (let i = 0; i < victims; i++) {
    const time = dayStart + random.integer(0, 4) * secondsPerDay + secondNear(random, 15, 4);
    const euros = random.lognormal(260, 0.5);
    const payer = makePartner(random, account.country);
    emit({ ...shared, time, partner: payer, euros, type: 'incoming_transfer', channel: 'mobile' });
    const topUps = random.integer(1, 4);
    for (let j = 0; j < topUps; j++) {
      const later = time + Math.floor(random.between(0.2, 30) * secondsPerHour);
      const wallet = { id: `EM${String(random.integer(1, 400)).padStart(6, '0')}`, country: 'Lithuania' };
      const part = (euros * 0.95) / topUps;
      emit({ ...shared, time: later, partner: wallet, euros: part, type: 'card_payment', channel: 'online' });
    }
  }
}
