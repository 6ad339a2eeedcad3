/** A small domain made by hand: orders of a shop, with windows upon windows, a category, an encoding, and a rule that flags. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../../lib/models/model-folder.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { type FinishedRun, type ScoreOptions, scoreFiles } from '../../lib/scoring/score-files.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import type { TrainOptions } from '../../lib/training/train-options.ts';
import { Random } from '../../samples/generators/random.ts';

export interface Order {
  readonly id: string;
  readonly at: string;
  readonly account: string;
  readonly amount: string;
  readonly country: string;
  readonly note: string;
  readonly bad: string;
}

const columns = ['id', 'at', 'account', 'amount', 'country', 'note', 'bad'] as const;

/** `burst` looks through the window of a country at features that look through the windows of accounts. */
export const shopPack: Pack = parsePack(
  `domain: shop
record: { id: id, time: at, entity: account, label: bad }
columns:
  id: { type: string, required: true }
  at: { type: timestamp, required: true }
  account: { type: string, required: true }
  amount: { type: "decimal(18,2)", required: true, min: 0 }
  country: string
  note: string
  bad: boolean
parameters: { large: 900 }
windows: { week: 7 days, past: all, country_week: { by: country, over: 7 days } }
features:
  amount: { is: amount, usual: avg(amount) over past, words: "The amount is {value}; usual is {usual}", impute: median }
  orders: { is: count(*) over week, format: integer }
  amount_vs_usual: amount / nullif(avg(amount) over past, 0)
  burst: max(orders) over country_week
categories: { country: { keep: 3 } }
encodings: { country_rate: { of: country, smoothing: 5 } }
rules:
  - { id: large, when: amount > $large, because: "{amount} is more than {large}", severity: high, flag: true }
  - { id: hasty, when: orders > 2, because: "{orders} orders in a week" }
segments: [country]
`,
  'shop.yaml',
);

/**
 * The same orders looked at in another way. Other columns (the note is read, and its absence a reason to reject), another type of one, windows by other keys, another rule
 * that flags by itself.
 */
export const otherShopPack: Pack = parsePack(
  shopPack.source
    .replace(
      'note: string',
      'note: { type: string, required: true, pattern: "note [0-9]*[0-8]" }\n  shelf: string',
    )
    .replace('amount: { type: "decimal(18,2)"', 'amount: { type: number')
    .replace('country_week: { by: country', 'country_week: { by: [country, shelf]')
    .replace(
      'burst: max(orders) over country_week',
      'burst: max(orders) over country_week\n  digits: length(note)\n  same_note: count(*) over noted',
    )
    .replace('windows: {', 'windows: { noted: { by: note, over: all },')
    .replace('when: orders > 2,', 'when: orders > 2, flag: true,'),
  'other.yaml',
);

/** The same domain, in which a larger amount may not lower a score. */
export const monotoneShopPack: Pack = parsePack(
  shopPack.source.replace('impute: median }', 'impute: median, monotone: increasing }'),
  'monotone.yaml',
);

/** The same labels, derived of two columns. */
export const derivedShopPack: Pack = parsePack(
  shopPack.source.replace('label: bad', 'label: { is: bad and amount >= 0, known: amount }'),
  'derived.yaml',
);

/** Orders of one account in three; the rest lie with the others by chance. Countries and amounts make the label likely. */
export function makeOrders(count: number, seed: number, start = '2025-01-01'): Order[] {
  const random = new Random(seed, 0);
  const first = Date.parse(`${start}T00:00:00Z`);
  return Array.from({ length: count }, (_, i) => {
    const country = ['DE', 'FR', 'NL', 'PA', 'KY', ''][random.integer(0, 5)]!;
    const amount = random.integer(100, 100_000) / 100;
    const risk = (country === 'PA' ? 0.4 : 0.05) + (amount > 800 ? 0.3 : 0);
    return {
      id: `${seed}-${i}`,
      at: new Date(first + i * 3_600_000 + random.integer(0, 3_000_000)).toISOString(),
      account: `a${random.integer(0, Math.floor(count / 10))}`,
      amount: amount.toFixed(2),
      country,
      note: `note ${i}`,
      bad: random.chance(risk) ? '1' : '0',
    };
  });
}

export function ordersCsv(orders: readonly Order[]): string {
  const lines = orders.map((order) => columns.map((column) => order[column]).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

export async function writeOrders(folder: string, name: string, orders: readonly Order[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, ordersCsv(orders));
  return path;
}

/** Options of a training that takes a second. */
export function trainOptions(path: string, changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    pack: shopPack,
    inputs: [{ path }],
    algorithm: 'forest',
    tune: false,
    resample: 'none',
    seed: 1,
    threads: 1,
    memoryLimitMb: 512,
    progress: noProgress,
    ...changes,
  };
}

export async function trainShop(path: string, changes: Partial<TrainOptions> = {}): Promise<Model> {
  const options = trainOptions(path, changes);
  const { onnx, card } = await trainModel(options);
  return { onnx, card, pack: options.pack };
}

export function scoreOrders(
  model: Model,
  path: string,
  out: string,
  changes: Partial<ScoreOptions> = {},
): Promise<FinishedRun> {
  return scoreFiles({
    model,
    inputs: [{ path }],
    out,
    threshold: null,
    threads: 1,
    memoryLimitMb: 512,
    progress: noProgress,
    now: () => new Date('2025-06-01T00:00:00Z'),
    ...changes,
  });
}
