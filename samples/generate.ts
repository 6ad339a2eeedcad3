/**
 * Makes sample data. Without options: the files of this folder, byte for byte. With --domain, --records, --seed and --out:
 * a file of any size, with a progress line on stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { financeHeader, generateFinance } from './generators/finance.ts';
import { generatePharma, pharmaHeader } from './generators/pharma.ts';
import { makeShippedSample, shippedRates } from './generators/shipped-samples.ts';
import { writeSample } from './generators/write-sample.ts';

const usage = `node samples/generate.ts                       the files of this folder
node samples/generate.ts --domain finance|pharma --records N --seed N --out FILE[.gz]
  --start YYYY-MM-DD                first day (2025-01-06)
  --days N                          days that the records spread over (120 finance, 180 pharma)
  --unlabelled                      leave the label empty
  --new-typology-from YYYY-MM-DD    finance: from then on mules with wallets appear
`;

function fail(message: string): never {
  process.stderr.write(`${message} (--help lists the options)\n`);
  process.exit(2);
}

function readOptions() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const dates = { start: { ...text, default: '2025-01-06' }, 'new-typology-from': text };
  const numbers = { records: text, seed: text, days: text };
  const options = { domain: text, out: text, unlabelled: flag, help: flag, ...dates, ...numbers };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

function readWhole(name: string, text: string | undefined, least: number): number {
  const value = Number(text);
  if (text === undefined || !Number.isSafeInteger(value) || value < least) {
    fail(`--${name}: found ${text ?? 'nothing'}, expected a whole number from ${least}`);
  }
  return value;
}

function readDate(name: string, text: string): string {
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  return valid ? text : fail(`--${name}: found ${text}, expected a date as 2025-01-06`);
}

function writeShipped(): void {
  for (const domain of ['finance', 'pharma'] as const) {
    const folder = new URL(`./${domain}/`, import.meta.url);
    mkdirSync(folder, { recursive: true });
    const { labelled, fresh } = makeShippedSample(domain);
    writeFileSync(new URL('labelled.csv.gz', folder), gzipSync(labelled, { level: 9 }));
    writeFileSync(new URL('new.csv', folder), fresh);
    process.stderr.write(`samples/${domain}: labelled.csv.gz, new.csv\n`);
  }
  writeFileSync(new URL('./finance/rates.csv', import.meta.url), shippedRates());
  process.stderr.write('samples/finance: rates.csv\n');
}

async function writeLarge(values: ReturnType<typeof readOptions>): Promise<void> {
  const { domain } = values;
  if (domain !== 'finance' && domain !== 'pharma')
    fail(`--domain: found ${domain}, expected finance or pharma`);
  const path = values.out ?? fail('--out: found nothing, expected a file to write');
  const records = readWhole('records', values.records, 1);
  const seed = readWhole('seed', values.seed, 0);
  const days = readWhole('days', values.days ?? (domain === 'finance' ? '120' : '180'), 1);
  const from = values['new-typology-from'];
  const shared = { records, seed, days, start: readDate('start', values.start) };
  const change = from === undefined ? {} : { newTypologyFrom: readDate('new-typology-from', from) };
  const finance = domain === 'finance';
  const lines = finance ? generateFinance({ ...shared, ...change }) : generatePharma(shared);
  const began = performance.now();
  const show = (done: number): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(
      `\r${done.toLocaleString('en')} of ${records.toLocaleString('en')} records, ${seconds} s`,
    );
  };
  const onProgress = (done: number): void => (done % 50_000 === 0 ? show(done) : undefined);
  const header = finance ? financeHeader : pharmaHeader;
  const written = await writeSample({ path, header, labelled: !values.unlabelled, onProgress }, lines);
  show(written.records);
  process.stderr.write('\n');
}

const values = readOptions();
if (values.help) process.stdout.write(usage);
else if (process.argv.length === 2) writeShipped();
else await writeLarge(values);
