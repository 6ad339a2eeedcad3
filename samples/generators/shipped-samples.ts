/**
 * The samples that ship with the repository: for each domain a labelled file to learn from, and a new one that follows it in
 * time, unlabelled and with a few bad rows, to be scored. The same texts on every call.
 */
import { financeHeader, generateFinance } from './finance.ts';
import { makeRates } from './finance-rates.ts';
import { generatePharma, pharmaHeader } from './pharma.ts';
import type { SampleLine } from './sample-line.ts';
import { toText } from './write-sample.ts';

export type SampleDomain = 'finance' | 'pharma';

/** A cell as a careless export would write it. */
interface Defect {
  readonly column: string;
  readonly text: string;
}

interface ShippedSample {
  readonly header: string;
  readonly labelledRecords: number;
  readonly newRecords: number;
  readonly lines: () => Iterable<SampleLine>;
  readonly defects: readonly Defect[];
}

const samples: Record<SampleDomain, ShippedSample> = {
  finance: {
    header: financeHeader,
    labelledRecords: 55_000,
    newRecords: 2_000,
    lines: () => generateFinance({ records: 57_000, seed: 7, start: '2025-01-06', days: 120 }),
    defects: [
      { column: 'amount', text: '12O.50' },
      { column: 'transaction_id', text: '' },
      { column: 'timestamp', text: '2025-02-30T12:00:00Z' },
      { column: 'transaction_type', text: 'barter' },
      { column: 'amount', text: '-250.00' },
      { column: 'currency', text: 'euro' },
    ],
  },
  pharma: {
    header: pharmaHeader,
    labelledRecords: 40_000,
    newRecords: 2_000,
    lines: () => generatePharma({ records: 42_000, seed: 11, start: '2025-01-06', days: 180 }),
    defects: [
      { column: 'step_sequence', text: 'third' },
      { column: 'entry_id', text: '' },
      { column: 'recorded_at', text: '31.06.2025 25:10' },
      { column: 'entry_type', text: 'erase' },
      { column: 'duration_minutes', text: '-15' },
      { column: 'reading', text: 'ok' },
    ],
  },
};

export function makeShippedSample(domain: SampleDomain): { labelled: string; fresh: string } {
  const { header, labelledRecords, lines, defects } = samples[domain];
  const labelled: string[] = [];
  const fresh: string[] = [];
  for (const line of lines()) {
    if (labelled.length < labelledRecords) labelled.push(toText(line, true));
    else fresh.push(toText(line, false));
  }
  const withHeader = (rows: readonly string[]): string => `${[header, ...rows].join('\n')}\n`;
  return { labelled: withHeader(labelled), fresh: withHeader(spoil(header, fresh, defects)) };
}

/** From a week before the sample's first day: none has to wait for a rate. */
export function shippedRates(): string {
  return makeRates('2024-12-30', 130);
}

/** Spreads the defects over the rows, one each; then a row cut short, and a row sent a second time. */
function spoil(header: string, rows: readonly string[], defects: readonly Defect[]): string[] {
  const names = header.split(',');
  const spoiled = [...rows];
  const every = Math.floor(rows.length / (defects.length + 3));
  for (const [index, { column, text }] of defects.entries()) {
    const cells = rows[(index + 1) * every]!.split(',');
    cells[names.indexOf(column)] = text;
    spoiled[(index + 1) * every] = cells.join(',');
  }
  const cut = (defects.length + 1) * every;
  spoiled[cut] = rows[cut]!.split(',').slice(0, 5).join(',');
  const twice = (defects.length + 2) * every;
  spoiled.splice(twice, 0, rows[twice - 40]!);
  return spoiled;
}
