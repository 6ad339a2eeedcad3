import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { sampleSpread } from '../intake/sample-rows.ts';
import { type Exploration, exploreRows } from '../profiling/explore.ts';
import { figureText, renderExploration } from '../report/exploration-page.ts';
import { options, type ReadingFlags, readingOf } from './options.ts';
import { textTable, withoutControls } from './text-table.ts';

interface ExploreFlags extends ReadingFlags {
  html?: string;
  label?: string;
  personal?: boolean;
  json?: boolean;
}

const SAMPLED_ROWS = 50_000;
const MAX_VALUES = 5;

/** `assay explore`: a file's columns, in the terminal and as a page. */
export function addExplore(program: Command): void {
  program
    .command('explore')
    .description('the columns of a file: types, missing, distributions, class balance')
    .argument('<file>', 'CSV, JSONL or Parquet, also .gz or .zst')
    .option('--html <file>', 'a page of it, which is replaced if it is there')
    .option('--label <column>', 'the column that says what was found, where it is not found right')
    .option('--personal', 'show values of columns that look personal, too')
    .addOption(options.encoding())
    .addOption(options.delimiter())
    .addOption(options.skip())
    .addOption(options.noHeader())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay explore payments.csv --html payments.html')
    .action(async (file: string, flags: ExploreFlags) => {
      const { header, rows, total, warnings } = await sampleSpread(
        file,
        SAMPLED_ROWS,
        await readingOf(flags),
      );
      for (const warning of warnings) process.stderr.write(`assay: ${warning}\n`);
      const explored = exploreRows({
        file: basename(file),
        header,
        rows,
        total,
        label: flags.label ?? null,
        showsPersonal: flags.personal === true,
      });
      if (flags.html !== undefined) await writeFile(flags.html, renderExploration(explored));
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(explored)}\n` : asText(explored, flags.html),
      );
    });
}

function asText({ file, rows, sampled, columns, balance }: Exploration, page: string | undefined): string {
  const some = sampled < rows ? `; figures are of ${sampled.toLocaleString('en')} spread over it` : '';
  const width = process.stdout.columns ?? 120;
  const body = columns.map((column) => [
    column.name,
    column.type,
    column.role ?? '',
    `${column.missing.toLocaleString('en')}`,
    column.distinct.toLocaleString('en'),
    holds(column),
  ]);
  const table = textTable(
    [
      { head: 'column' },
      { head: 'type' },
      { head: 'role' },
      { head: 'missing', align: 'right' },
      { head: 'distinct', align: 'right' },
      { head: 'holds' },
    ],
    body,
    width,
  );
  const sum = balance?.classes.reduce((all, { count }) => all + count, 0) ?? 0;
  const classes =
    balance === null
      ? []
      : [
          `\nclasses of ${withoutControls(balance.column)}\n`,
          ...balance.classes.map(
            ({ text, count }) =>
              `  ${withoutControls(text).padEnd(16)} ${count.toLocaleString('en').padStart(10)}  ${((count / sum) * 100).toFixed(2).padStart(6)} %  ${'█'.repeat(Math.max(1, Math.round((count / sum) * 40)))}\n`,
          ),
        ];
  return [
    `${file}: ${rows.toLocaleString('en')} rows, ${columns.length} columns${some}\n\n`,
    table,
    ...classes,
    ...(page === undefined ? [] : [`\npage         ${page}\n`]),
  ].join('');
}

function holds({
  numbers,
  range,
  top,
  isPersonal,
  misfits,
  distinct,
}: Exploration['columns'][number]): string {
  const odd = misfits === 0 ? '' : `; ${misfits.toLocaleString('en')} not of this type`;
  if (numbers !== null) {
    const { min, quarter, median, threeQuarters, max, mean } = numbers;
    return `${[min, quarter, median, threeQuarters, max].map(figureText).join(' · ')} (min, quartiles, max), mean ${figureText(mean)}${odd}`;
  }
  if (range !== null) return `${range.first} to ${range.last}${odd}`;
  if (top.length === 0)
    return isPersonal
      ? 'looks personal: not shown (--personal)'
      : distinct === 0
        ? 'nothing'
        : 'a value of its own for every row';
  return `${top
    .slice(0, MAX_VALUES)
    .map(({ text, count }) => `${text} ${count.toLocaleString('en')}`)
    .join(', ')}${distinct > MAX_VALUES ? ', …' : ''}${odd}`;
}
