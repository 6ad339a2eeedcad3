/** Writes the figures of docs/cost.md as tables, from what was measured of a drop, the template and the list prices. */

import type { Template } from '../architecture/template-parts.ts';
import { type AttributeBytes, flagUnits, type TableProperties } from './flag-units.ts';
import { logCost } from './log-cost.ts';
import { cost, PRICED_ON, PRICES, type Price } from './prices.ts';

/** Between these headings of docs/cost.md stand the figures. */
export const COST_HEADING = '## A drop of a million records\n\n';
export const OTHER_COSTS_HEADING = '## What is not in the sums\n';

/** `test/bench/cost.ts` measures it of a drop; sizes of flags by `npm run cost -- --measure`. */
export interface Measured {
  readonly on: string;
  readonly records: number;
  readonly flags: number;
  readonly functions: Readonly<Record<string, { readonly invocations: number; readonly seconds: number }>>;
  readonly transitions: number;
  readonly objects: number;
  readonly flagBytes: readonly AttributeBytes[];
}

interface Line {
  readonly what: string;
  readonly sum: string;
  readonly dollars: number;
}

/** Objects are read about so often: a stage reads what the ones before it left, in ranges of 8 MB. */
const READS_PER_OBJECT = 5;
const MILLION = 1e6;

export function costPage(measured: Measured, template: Template): string {
  const lines = dropLines(measured, template);
  const total = sum(lines);
  const perMillion = (total * MILLION) / measured.records;
  const store = lines.at(-1)!.dollars;
  return [
    `**About ${perMillion.toFixed(2)} US$ per million records** scored in a drop, ${Math.round((100 * store) / total)} % of it for storing the flags.`,
    '',
    `A drop of ${measured.records.toLocaleString('en-US')} records with ${measured.flags.toLocaleString('en-US')} flags, measured on ${measured.on}; prices of ${PRICED_ON}.`,
    '',
    ...table(lines, total),
    '',
    '### By the month',
    '',
    ...monthly(template),
    '',
    '### The log of acts and drops',
    '',
    ...logCost(),
    '',
    '### Prices',
    '',
    '| US$ | per | page |',
    '| --- | --- | --- |',
    ...Object.values<Price>(PRICES).map(
      ({ dollars, unit, page }) => `| ${decimal(dollars)} | ${unit} | ${page} |`,
    ),
    '',
  ].join('\n');
}

function dropLines(
  { functions, transitions, objects, flags, flagBytes }: Measured,
  template: Template,
): Line[] {
  const sizes = functionSizes(template);
  const lines = Object.entries(functions).map(([name, { invocations, seconds }]): Line => {
    const gb = sizes.get(name)!.memoryMb / 1024;
    const text = `${invocations} × ${(seconds / invocations).toFixed(1)} s × ${gb.toFixed(2)} GB`;
    return { what: `\`${name}\``, sum: text, dollars: cost('gbSecond', seconds * gb) };
  });
  const used = Object.entries(functions);
  const disk = used.reduce<number>((all, [name, { seconds }]) => {
    return all + seconds * Math.max(0, sizes.get(name)!.diskMb / 1024 - 0.5);
  }, 0);
  const calls = used.reduce((all, [, { invocations }]) => all + invocations, 0);
  const reads = READS_PER_OBJECT * objects;
  const { item, indexes, total } = flagUnits(flagBytes, flagsTable(template));
  const copies = Object.entries(indexes).map(([name, units]) => `${units.toFixed(1)} ${name}`);
  return [
    ...lines,
    { what: 'disks of functions', sum: `${disk.toFixed(0)} GB-s`, dollars: cost('diskGbSecond', disk) },
    { what: 'invocations', sum: String(calls), dollars: cost('invocation', calls) },
    { what: 'Step Functions', sum: `${transitions} transitions`, dollars: cost('transition', transitions) },
    {
      what: 'S3',
      sum: `${objects} written, ${reads} read (taken as ${READS_PER_OBJECT} each)`,
      dollars: cost('put', objects) + cost('get', reads),
    },
    {
      what: 'DynamoDB',
      sum: `${flags.toLocaleString('en-US')} flags × ${total.toFixed(1)} write units: ${[`${item.toFixed(1)} item`, ...copies].join(' + ')}`,
      dollars: cost('writeUnit', flags * total),
    },
  ];
}

function table(lines: readonly Line[], total: number): string[] {
  return [
    '| | | US$ |',
    '| --- | --- | ---: |',
    ...lines.map(({ what, sum: text, dollars }) => `| ${what} | ${text} | ${dollars.toFixed(5)} |`),
    `| **together** | | **${total.toFixed(5)}** |`,
  ];
}

/** What is paid though nothing is dropped, as the template of `dev` with all defaults has it. */
function monthly(template: Template): string[] {
  const count = (type: string): number => ofType(template, type).length;
  const of = (name: 'alarm' | 'dashboard' | 'key', amount: number, what: string): Line => ({
    what,
    sum: `${amount} × ${decimal(PRICES[name].dollars)}`,
    dollars: cost(name, amount),
  });
  const lines = [
    of('key', count('AWS::KMS::Key'), 'keys (KMS)'),
    of('alarm', count('AWS::CloudWatch::Alarm'), 'alarms'),
    of('dashboard', count('AWS::CloudWatch::Dashboard'), 'dashboards; an account’s first three are free'),
  ];
  return [
    '| | | US$ |',
    '| --- | --- | ---: |',
    ...lines.map(({ what, sum: text, dollars }) => `| ${what} | ${text} | ${dollars.toFixed(2)} |`),
    `| **together** | | **${sum(lines).toFixed(2)}** |`,
    '',
    `A webhook adds a secret (${decimal(PRICES.secret.dollars)}) and its own alarms.`,
  ];
}

function functionSizes(
  template: Template,
): Map<string, { readonly memoryMb: number; readonly diskMb: number }> {
  return new Map(
    ofType(template, 'AWS::Lambda::Function').map((properties) => {
      const { Description, MemorySize, EphemeralStorage } = properties as {
        Description: string;
        MemorySize: number;
        EphemeralStorage?: { Size: number };
      };
      const name = Description.replace(/^Assay: /, '');
      return [name, { memoryMb: MemorySize, diskMb: EphemeralStorage?.Size ?? 512 }];
    }),
  );
}

function flagsTable({ Resources }: Template): TableProperties {
  const [, found] = Object.entries(Resources).find(
    ([id, { Type }]) => Type === 'AWS::DynamoDB::Table' && id.startsWith('TablesFlags'),
  )!;
  return found.Properties as TableProperties;
}

const ofType = ({ Resources }: Template, type: string): unknown[] =>
  Object.values(Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);

const sum = (lines: readonly Line[]): number => lines.reduce((all, { dollars }) => all + dollars, 0);

/** Without an exponent, and without zeros that say nothing. */
const decimal = (dollars: number): string => dollars.toFixed(10).replace(/\.?0+$/, '');
