/**
 * The customers of an invented bank: from a random stream, accounts with habits. An account's segment says what
 * it does, its trait what is peculiar about it though innocent, `exposed` whether launderers use it.
 */
import { type Risk, rateRisk, type Segment, stateTurnover, type Trait } from './finance-customer-file.ts';
import type { Random } from './random.ts';

export interface Partner {
  readonly id: string;
  readonly country: string;
}

export interface Account {
  readonly id: string;
  readonly customer: string;
  readonly segment: Segment;
  readonly country: string;
  /** ISO date. */
  readonly openedOn: string;
  readonly trait: Trait;
  /** What the bank found when it last looked at the customer. */
  readonly risk: Risk;
  /** What the customer said would move in a month, in and out, in euros. */
  readonly expectedTurnover: number;
  readonly exposed: boolean;
  /** Median of an ordinary payment, in euros. */
  readonly usualAmount: number;
  readonly paymentsPerDay: number;
  readonly usualHour: number;
  /** Whom it deals with; the first pays the salary or is the main customer. */
  readonly partners: readonly Partner[];
  /** Day of the month of salary or payroll. */
  readonly payday: number;
  readonly employees: number;
}

const homes = { Germany: 50, France: 14, Netherlands: 12, Austria: 10, Spain: 8, Italy: 6 };
export const abroad = {
  Ireland: 12,
  'United Kingdom': 14,
  'United States': 12,
  Switzerland: 12,
  Poland: 10,
  Turkey: 7,
  Luxembourg: 7,
  China: 6,
  India: 4,
  Thailand: 3,
  Malta: 3,
  Cyprus: 3,
  'Hong Kong': 3,
  'United Arab Emirates': 3,
  Panama: 1,
};
/** Where layering goes: some of it on every regulator's list, some of it on none. */
export const havens = {
  'Cayman Islands': 12,
  Panama: 14,
  'British Virgin Islands': 10,
  Seychelles: 7,
  Luxembourg: 10,
  Cyprus: 12,
  Malta: 10,
  'United Arab Emirates': 14,
  'Hong Kong': 11,
};
const families = ['Turkey', 'Poland', 'India', 'Morocco', 'Nigeria', 'Philippines'];

const firstNames = 'Ada Ben Clara David Elif Finn Greta Hugo Ines Jonas Kaya Luis Mara Noor Oskar Pia'.split(
  ' ',
);
const lastNames =
  'Alvarez Bauer Costa Dietrich Ercan Fischer Greco Huber Ivanov Janssen Keller Lopez Moreau'.split(' ');
const trades = [
  'Bakery',
  'Garage',
  'Kiosk',
  'Dental',
  'Joinery',
  'Catering',
  'Logistics',
  'Trading',
  'Optics',
];

const habits: Record<Segment, { share: number; perDay: number; amount: number; partners: [number, number] }> =
  {
    retail: { share: 30, perDay: 0.14, amount: 38, partners: [4, 9] },
    salaried: { share: 46, perDay: 0.2, amount: 62, partners: [6, 14] },
    small_business: { share: 18, perDay: 0.42, amount: 640, partners: [8, 22] },
    corporate: { share: 6, perDay: 0.8, amount: 5200, partners: [15, 40] },
  };
const segmentShares = { retail: 30, salaried: 46, small_business: 18, corporate: 6 };
const traits: Record<Segment, Partial<Record<Trait, number>>> = {
  retail: { none: 80, remittance: 10, dormant: 10 },
  salaried: { none: 86, remittance: 9, dormant: 5 },
  small_business: { none: 62, cash_takings: 34, dormant: 4 },
  corporate: { none: 50, offshore_partner: 28, treasury_sweep: 22 },
};

/** Records an account makes in a day on average, episodes included: measured, it sizes the bank for a number of records. */
export const recordsPerAccountDay = 0.4;

export function makePartner(random: Random, country: string): Partner {
  return { id: `CP${String(random.integer(1, 999_999)).padStart(6, '0')}`, country };
}

/** Shops and suppliers that everybody meets: a small pool, so that a new one for an account is not new to the bank. */
export function commonPartner(random: Random, home: string): Partner {
  const country = random.chance(0.92) ? home : random.weighted(abroad);
  return { id: `CP9${String(random.integer(1, 2500)).padStart(5, '0')}`, country };
}

function makePartners(random: Random, segment: Segment, trait: Trait, home: string): Partner[] {
  const foreign = segment === 'corporate' ? 0.3 : segment === 'small_business' ? 0.1 : 0.03;
  const partners: Partner[] = [];
  const wanted = random.integer(...habits[segment].partners);
  for (let i = 0; i < wanted; i++) {
    partners.push(makePartner(random, i > 1 && random.chance(foreign) ? random.weighted(abroad) : home));
  }
  if (trait === 'remittance') partners[2] = makePartner(random, random.pick(families));
  if (trait === 'offshore_partner') partners[2] = makePartner(random, random.weighted(havens));
  return partners;
}

/** Some 120 years: the tail of the distribution would reach beyond what any pack takes as a date. */
const OLDEST_DAYS = 45_000;

export function makeAccount(random: Random, index: number, startDay: number): Account {
  const segment = random.weighted(segmentShares);
  const trait = random.weighted(traits[segment] as Record<Trait, number>);
  const country = random.weighted(homes);
  const company = segment === 'small_business' || segment === 'corporate';
  const last = random.pick(lastNames);
  const ageDays = Math.min(Math.floor(random.lognormal(1400, 0.9)) + 20, OLDEST_DAYS);
  // Fresh accounts are bought for the purpose more often than old ones, and companies more often than people.
  const exposed = random.chance((ageDays < 500 ? 0.26 : 0.1) * (company ? 2.1 : 1));
  const habit = {
    id: `AC${String(index + 1).padStart(6, '0')}`,
    customer: company ? `${last} ${random.pick(trades)}` : `${random.pick(firstNames)} ${last}`,
    segment,
    country,
    openedOn: new Date((startDay - ageDays) * 86_400_000).toISOString().slice(0, 10),
    trait,
    exposed,
    risk: rateRisk(random, exposed, trait),
    usualAmount: random.lognormal(habits[segment].amount, 0.6),
    paymentsPerDay: trait === 'dormant' ? 0.014 : random.lognormal(habits[segment].perDay, 0.5),
    usualHour: company ? random.between(10, 15) : random.between(10, 20),
    partners: makePartners(random, segment, trait, country),
    payday: random.pick([1, 15, 25, 27, 28]),
    employees:
      segment === 'corporate'
        ? random.integer(6, 16)
        : segment === 'small_business'
          ? random.integer(0, 5)
          : 0,
  };
  return { ...habit, expectedTurnover: stateTurnover(random, habit) };
}
