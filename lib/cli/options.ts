/** Options that several commands share, with one meaning, and the parsers of their values. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Option } from 'commander';
import { isDay } from '../days.ts';
import { InputError, UsageError } from '../errors.ts';
import type { ReadingOptions } from '../intake/delivery.ts';
import { parseRates, type Rates } from '../intake/rates.ts';
import { MAX_REJECTED_SHARE } from '../report/common-rejects.ts';

export const options = {
  domain: () =>
    new Option('--domain <name|file>', 'a shipped domain (finance, pharma) or the path of a pack'),
  data: () =>
    new Option('--data <file...>', 'CSV, JSONL or Parquet, also .gz or .zst; several are read as one'),
  history: () =>
    new Option(
      '--history <file...>',
      'earlier records: seen by windows ("payments in 30 days"), not scored themselves',
    ),
  encoding: () =>
    new Option(
      '--encoding <name>',
      'of the text files, where it is not detected right (UTF-16LE, latin1, …)',
    ),
  delimiter: () =>
    new Option(
      '--delimiter <character>',
      'between the fields of a CSV, where it is not detected right',
    ).argParser(oneCharacter),
  skip: () =>
    new Option(
      '--skip <n>',
      'lines before the header of a CSV, where it is not found right by itself; without a header, before the records',
    ).argParser(wholeNumber('--skip', 0)),
  noHeader: () =>
    new Option('--no-header', "the CSV has no header: its columns are the pack's, by position or order"),
  maxRejects: () =>
    new Option(
      '--max-rejects <share>',
      'of the records, from 0 to 1: with more rejected the command ends with exit code 3',
    )
      .argParser(shareOf('--max-rejects'))
      .default(MAX_REJECTED_SHARE),
  rates: () =>
    new Option(
      '--rates <file>',
      'rates of exchange for amounts of money: date,currency,rate (units for one of the base currency), or a column a currency',
    ),
  json: () => new Option('--json', 'machine-readable result on stdout, errors as JSON on stderr'),
  quiet: () => new Option('--quiet', 'no progress'),
  threads: () =>
    new Option('--threads <n>', 'worker threads; results do not depend on it').argParser(
      wholeNumber('--threads', 1),
    ),
  memory: () =>
    new Option('--memory <MB>', 'memory for reading and windows before they spill to disk')
      .argParser(wholeNumber('--memory', 128))
      .default(1024),
};

/** A hash that was kept elsewhere. */
export function headOption(description: string): Option {
  return new Option('--head <sha256>', description).argParser((text) => {
    if (/^[0-9a-f]{64}$/.test(text)) return text;
    throw new UsageError(`--head takes a sha256 in hex (64 digits), not "${text}"`);
  });
}

function oneCharacter(text: string): string {
  const character = text === '\\t' ? '\t' : text;
  if (/^[^\w\s"']$|^\t$/.test(character)) return character;
  throw new UsageError(`--delimiter takes one character that is no letter, digit or quote, not "${text}"`);
}

/** How text files are to be read, as far as it was said. */
export interface ReadingFlags {
  encoding?: string;
  delimiter?: string;
  skip?: number;
  /** False with --no-header. */
  header?: boolean;
  rates?: string;
}

export async function readingOf(flags: ReadingFlags): Promise<ReadingOptions> {
  const { encoding, delimiter, skip, header, rates } = flags;
  return {
    ...(encoding !== undefined && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
    ...(skip !== undefined && { skipLines: skip }),
    ...(header === false && { header }),
    ...(rates !== undefined && { rates: await readRates(rates) }),
  };
}

export function shareOf(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= 1) return value;
    throw new UsageError(`${name} takes a number from 0 to 1, not "${text}"`);
  };
}

/** Throws an InputError where the file cannot be read or is no table of rates. */
async function readRates(file: string): Promise<Rates> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file} cannot be read as rates of exchange (${cause.code ?? cause.message})`, {
      cause,
    });
  });
  return parseRates(text, basename(file));
}

/** A parser for a whole number not below `least`. */
export function wholeNumber(name: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || text.trim() === '') {
      throw new UsageError(`${name} takes a whole number from ${least} on, not "${text}"`);
    }
    return value;
  };
}

/** A day of the calendar, YYYY-MM-DD. */
export function dayOption(option: string): (text: string) => string {
  return (text) => {
    if (isDay(text)) return text;
    throw new UsageError(`${option} takes a day like 2026-01-31, not "${text}"`);
  };
}
