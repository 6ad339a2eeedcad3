import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { guessPack } from '../domain/guess-pack.ts';
import { loadPack } from '../domain/load-pack.ts';
import { checkPack } from '../features/check-pack.ts';
import { sampleRows } from '../intake/sample-rows.ts';
import { options, type ReadingFlags, readingOf } from './options.ts';

/** Rows that a first pack is guessed from. */
const sampledRows = 10_000;

interface InitFlags extends ReadingFlags {
  data: string;
  out?: string;
  name: string;
  json?: boolean;
}

/** `assay domain`: packs checked, and a first one guessed from a file. */
export function addDomain(program: Command): void {
  const domain = program.command('domain').description('check a domain pack, or begin one from a file');
  domain
    .command('check')
    .description('every mistake in a pack, by line and key')
    .argument('<file>', 'a pack (YAML), or the name of a shipped one')
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay domain check packs/loans.yaml')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const pack = await loadPack(file);
      await checkPack(pack, file);
      const found = {
        domain: pack.domain,
        version: pack.version,
        columns: pack.columns.length,
        features: pack.features.length,
        rules: pack.rules.length,
      };
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ ok: true, ...found })}\n`
          : `${file}: sound; ${found.columns} columns, ${found.features} features, ${found.rules} rules\n`,
      );
    });
  domain
    .command('init')
    .description('a first pack, guessed from the columns of a file')
    .requiredOption('--data <file>', 'CSV, JSONL or Parquet')
    .option('--out <file>', 'where to; a file that is there is not overwritten; default: stdout')
    .option('--name <domain>', 'name of the domain', 'mydomain')
    .addOption(options.encoding())
    .addOption(options.delimiter())
    .addOption(options.skip())
    .addOption(options.noHeader())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay domain init --data loans.csv --out loans.yaml')
    .action(async (flags: InitFlags) => {
      const { header, rows, warnings } = await sampleRows(flags.data, sampledRows, readingOf(flags));
      for (const warning of warnings) process.stderr.write(`assay: ${warning}\n`);
      const place = flags.header === false ? 'none' : flags.skip === undefined ? null : flags.skip + 1;
      const yaml = guessPack(flags.name, header, rows, place);
      if (flags.out !== undefined) await writeFile(flags.out, yaml, { flag: 'wx' });
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify({ domain: flags.name, out: flags.out ?? null, yaml })}\n`);
      else
        process.stdout.write(
          flags.out === undefined
            ? yaml
            : `${flags.out}: a first pack of ${header.length} columns; read it through, then assay domain check ${flags.out}\n`,
        );
    });
}
