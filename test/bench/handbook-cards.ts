/**
 * Card payments as the Fraud Detection Handbook (Le Borgne, Siblini, Lebichot, Bontempi, 2022) describes its simulation, in our own code:
 * customers and terminals lie on a square, a customer pays at terminals near by, and fraud comes in three ways. Writes a CSV that
 * handbook-cards.yaml reads. The handbook's setting is 5,000 customers and 10,000 terminals; it trains on 25 to 31 July, waits 7 days for
 * labels, and tests on 8 to 14 August.
 *
 *     node test/bench/handbook-cards.ts payments.csv [--customers 5000] [--terminals 10000] [--seed 1]
 *     node bin/assay.ts train --domain test/bench/handbook-cards.yaml --data payments.csv \
 *         --from 2018-07-25 --held-out-from 2018-08-08 --until 2018-08-15 --out model
 */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { Random } from '../../lib/forest/random.ts';

const { values: asked, positionals } = parseArgs({
  options: {
    customers: { type: 'string', default: '5000' },
    terminals: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const CUSTOMERS = Number(asked.customers);
const TERMINALS = Number(asked.terminals);
const SEED = Number(asked.seed);

/** Long enough before the training week for windows of 30 days, labels that wait for 7, and terminals misused for 28. */
const FIRST_DAY = Date.parse('2018-06-01T00:00:00Z');
const DAYS = 75;
const DAY_SECONDS = 86_400;
const REACH = 5;
/** Scenario 1: any amount above is fraud. 2: all payments at a terminal. 3: a third of a customer's, at five times the amount. */
const LARGE = 220;
const TERMINALS_A_DAY = (2 * TERMINALS) / 10_000;
const CUSTOMERS_A_DAY = (3 * CUSTOMERS) / 5_000;
const TERMINAL_DAYS = 28;
const CUSTOMER_DAYS = 14;

const random = new Random(SEED, 0);
const between = (low: number, high: number): number => low + (high - low) * random.uniform();
const normal = (mean: number, deviation: number): number =>
  mean +
  deviation * Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

function poisson(mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
}

const place = () => ({ x: between(0, 100), y: between(0, 100) });
const terminals = Array.from({ length: TERMINALS }, place);
const customers = Array.from({ length: CUSTOMERS }, () => {
  const { x, y } = place();
  const near = [...terminals.keys()].filter(
    (at) => Math.hypot(terminals[at]!.x - x, terminals[at]!.y - y) < REACH,
  );
  return { near, amount: between(5, 100), perDay: between(0, 4) };
});

/** Day by day the first of those that are misused from then on; a share of one is drawn as often as it is. */
function drawMisused(count: number, perDay: number, days: number): (at: number, day: number) => boolean {
  const until = new Int32Array(count).fill(-1);
  const since = new Int32Array(count).fill(Number.MAX_SAFE_INTEGER);
  const spans = Array.from({ length: DAYS }, () => new Set<number>());
  for (let day = 0; day < DAYS; day++) {
    const drawn = Math.floor(perDay) + (random.uniform() < perDay % 1 ? 1 : 0);
    for (let n = 0; n < drawn; n++) {
      const at = random.below(count);
      [since[at], until[at]] = [day, day + days];
      for (let later = day; later < Math.min(day + days, DAYS); later++) spans[later]!.add(at);
    }
  }
  return (at, day) => spans[day]!.has(at);
}
const isTerminalMisused = drawMisused(TERMINALS, TERMINALS_A_DAY, TERMINAL_DAYS);
const isCustomerMisused = drawMisused(CUSTOMERS, CUSTOMERS_A_DAY, CUSTOMER_DAYS);

function* paymentsOf(day: number): Generator<{ second: number; text: string }> {
  for (const [customer, { near, amount: mean, perDay }] of customers.entries()) {
    const count = near.length === 0 ? 0 : poisson(perDay);
    for (let n = 0; n < count; n++) {
      const second = Math.floor(normal(DAY_SECONDS / 2, 20_000));
      if (second <= 0 || second >= DAY_SECONDS) continue;
      const drawn = normal(mean, mean / 2);
      const usual = drawn < 0 ? between(0, 2 * mean) : drawn;
      const terminal = near[random.below(near.length)]!;
      const isStolen = isCustomerMisused(customer, day) && random.uniform() < 1 / 3;
      const amount = (isStolen ? 5 * usual : usual).toFixed(2);
      const fraud = isStolen || isTerminalMisused(terminal, day) || Number(amount) > LARGE ? 1 : 0;
      const time = new Date(FIRST_DAY + (day * DAY_SECONDS + second) * 1000).toISOString().slice(0, 19);
      yield { second, text: `${time},C${customer},T${terminal},${amount},${fraud}` };
    }
  }
}

const [out] = positionals;
if (out === undefined) throw new Error('name the file to write');
const file = createWriteStream(out);
file.write('id,time,customer,terminal,amount,fraud\n');
let id = 0;
for (let day = 0; day < DAYS; day++) {
  const lines = [...paymentsOf(day)].sort((a, b) => a.second - b.second);
  const text = lines.map((line) => `${id++},${line.text}\n`).join('');
  if (!file.write(text)) await once(file, 'drain');
}
file.end();
await once(file, 'finish');
process.stdout.write(`${out}: ${id.toLocaleString('en-US')} payments\n`);
