import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Draft, draftPack } from '../profiling/draft-pack.ts';
import { writeNew } from './new-file.ts';
import { options, type ReadingFlags, readingOf } from './options.ts';

interface InitFlags extends ReadingFlags {
  data: string;
  out?: string;
  name: string;
  id?: string;
  time?: string;
  entity?: string;
  label?: string;
  json?: boolean;
}

/** `assay domain init`: a first pack, guessed from a file and tried on it. */
export function addDomainInit(domain: Command): void {
  domain
    .command('init')
    .description('a first pack, guessed from the columns of a file and tried on all of it')
    .requiredOption('--data <file>', 'CSV, JSONL or Parquet')
    .option('--out <file>', 'where to; a file that is there is not overwritten; default: stdout')
    .option('--name <domain>', 'name of the domain', 'mydomain')
    .option('--id <column>', 'the column of record ids, where it is not found right')
    .option('--time <column>', 'the column that says when it happened')
    .option('--entity <column>', 'the column of the account, person or machine whose past counts')
    .option('--label <column>', 'the column that says what was found')
    .addOption(options.encoding())
    .addOption(options.delimiter())
    .addOption(options.skip())
    .addOption(options.noHeader())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay domain init --data loans.csv --label status --out loans.yaml',
    )
    .action(async (flags: InitFlags) => {
      const { id, time, entity, label } = flags;
      const draft = await draftPack({
        file: flags.data,
        domain: flags.name,
        reading: await readingOf(flags),
        given: {
          ...(id !== undefined && { id }),
          ...(time !== undefined && { time }),
          ...(entity !== undefined && { entity }),
          ...(label !== undefined && { label }),
        },
      });
      if (flags.out !== undefined) await writeNew(flags.out, schemaLine(flags.out) + draft.yaml);
      for (const warning of draft.warnings) process.stderr.write(`assay: ${warning}\n`);
      if (flags.json === true) process.stdout.write(`${JSON.stringify(asJson(flags, draft))}\n`);
      else if (flags.out === undefined) process.stdout.write(draft.yaml);
      else process.stdout.write(summaryOf(flags.data, flags.out, draft));
      if (flags.json !== true && flags.out === undefined && draft.rejected > 0)
        process.stderr.write(rejectLines(draft));
    });
}

/** What editors complete and check the pack by; nothing where the schema is not at hand. */
function schemaLine(out: string): string {
  const schema = fileURLToPath(new URL('../../docs/pack.schema.json', import.meta.url));
  if (!existsSync(schema)) return '';
  return `# yaml-language-server: $schema=${relative(dirname(resolve(out)), schema)}\n`;
}

function asJson({ name, out }: InitFlags, { yaml, roles, rows, rejected, rejects }: Draft) {
  const { id, time, entity, second, label } = roles;
  return {
    domain: name,
    out: out ?? null,
    record: {
      id: id?.name ?? null,
      time: time?.columns.map((column) => column.name) ?? null,
      entity: entity?.name ?? null,
      second: second?.name ?? null,
      label: label?.column.name ?? null,
    },
    rows,
    rejected,
    rejects,
    yaml,
  };
}

function summaryOf(data: string, out: string, draft: Draft): string {
  const { roles, columns } = draft;
  const line = (key: string, found: string | null, none: string) => `  ${key.padEnd(8)} ${found ?? none}\n`;
  return [
    `${out}: a first pack of ${columns.length} columns; read it through, then assay domain check ${out}\n`,
    line('id', roles.id?.name ?? null, 'none found: --id names one'),
    line(
      'time',
      roles.time?.columns.map(({ name }) => name).join(' + ') ?? null,
      'none found, so no windows: --time names one',
    ),
    line('entity', roles.entity?.name ?? null, 'none found, so no windows of its past: --entity names one'),
    line('label', roles.label?.column.name ?? null, 'none found, so it cannot train: --label names one'),
    ...[...roles.outcomes].map(({ name }) => line('outcome', name, '')),
    draft.rejected === 0
      ? `  all ${draft.rows.toLocaleString('en')} rows of ${data} are read\n`
      : rejectLines(draft),
  ].join('');
}

function rejectLines({ rows, rejected, rejects }: Draft): string {
  const shown = rejects
    .slice(0, 5)
    .map(
      ({ column, count, example }) =>
        `    ${count.toLocaleString('en')} by ${column ?? 'their form'}: ${example}\n`,
    );
  return `  ${rejected.toLocaleString('en')} of ${rows.toLocaleString('en')} rows would be rejected:\n${shown.join('')}`;
}
