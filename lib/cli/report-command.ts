import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.ts';
import { renderReport } from '../report/render-report.ts';
import type { ReportData } from '../report/report-data.ts';
import { options } from './options.ts';

interface ReportFlags {
  run?: string;
  model?: string;
  out?: string;
  json?: boolean;
}

/** `assay report`: the report of a run or a model drawn again, by this version of Assay. */
export function addReport(program: Command): void {
  program
    .command('report')
    .description('draw the report of a run or a model again')
    .option('--run <dir>', 'folder of a run of assay score')
    .option('--model <dir>', 'folder of a model')
    .option(
      '--out <file>',
      'where to; default: report.html in the folder (of a run only if that is the same page)',
    )
    .addOption(options.json().hideHelp(false))
    .addHelpText('after', '\nExample:\n  $ assay report --run run --out june.html')
    .action(async (flags: ReportFlags) => {
      if ((flags.run === undefined) === (flags.model === undefined))
        throw new UsageError('report takes either --run or --model');
      const folder = (flags.run ?? flags.model)!;
      const out = flags.out ?? join(folder, 'report.html');
      const data = await readReportData(join(folder, 'report.json'));
      const page = renderReport(data);
      if (flags.run !== undefined) await refuseSealed(out, join(folder, 'report.html'), page);
      await writeFile(out, page);
      process.stdout.write(
        flags.json === true ? `${JSON.stringify({ report: out, ...data })}\n` : `${out}\n`,
      );
    });
}

/** The log of a run vouches for its page: another one, by another version of Assay, would be called changed. */
async function refuseSealed(out: string, sealed: string, page: string): Promise<void> {
  if (resolve(out) !== resolve(sealed)) return;
  const found = await readFile(sealed, 'utf8').catch(() => page);
  if (found === page) return;
  throw new InputError(`${sealed} is sealed, and this version draws it otherwise: name another --out`);
}

async function readReportData(file: string): Promise<ReportData> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ReportData;
  } catch (cause) {
    throw new InputError(
      `${file}: cannot be read (${(cause as Error).message}); assay score and assay train write it (of a recorded request there is none)`,
      { cause },
    );
  }
}
