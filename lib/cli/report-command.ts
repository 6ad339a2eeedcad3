import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
    .option('--out <file>', 'where to; default: report.html in the folder')
    .addOption(options.json().hideHelp(false))
    .addHelpText('after', '\nExample:\n  $ assay report --run run --out june.html')
    .action(async (flags: ReportFlags) => {
      if ((flags.run === undefined) === (flags.model === undefined))
        throw new UsageError('report takes either --run or --model');
      const folder = (flags.run ?? flags.model)!;
      const out = flags.out ?? join(folder, 'report.html');
      const data = await readReportData(join(folder, 'report.json'));
      await writeFile(out, renderReport(data));
      process.stdout.write(
        flags.json === true ? `${JSON.stringify({ report: out, ...data })}\n` : `${out}\n`,
      );
    });
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
