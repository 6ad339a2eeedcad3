/** A small generated drop on disk, for tests that go the whole way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { writeSample } from '../../samples/generators/write-sample.ts';

export interface SmallSample {
  readonly labelled: string;
  readonly fresh: string;
  /** Rates of exchange for every day of both. */
  readonly rates: string;
}

/** `records` labelled payments, and beside them others of the same accounts' kind, unlabelled. */
export async function writeSmallFinance(folder: string, records: number): Promise<SmallSample> {
  const labelled = join(folder, 'labelled.csv');
  const fresh = join(folder, 'fresh.csv');
  const rates = join(folder, 'rates.csv');
  await writeFile(rates, makeRates('2024-12-30', 200));
  const one = { records, days: 120, start: '2025-01-06' };
  await writeSample(
    { path: labelled, header: financeHeader, labelled: true },
    generateFinance({ ...one, seed: 5 }),
  );
  const later = { records: Math.round(records / 4), days: 30, start: '2025-06-02', seed: 6 };
  await writeSample({ path: fresh, header: financeHeader, labelled: false }, generateFinance(later));
  return { labelled, fresh, rates };
}
