import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Explanation } from '../decisions/explanation.ts';
import { revealValue } from '../privacy/reveal.ts';
import { renderExplanationSvg } from '../report/explanation-svg.ts';
import { renderExplanationText } from '../report/explanation-text.ts';
import { replayDecision } from '../scoring/replay-decision.ts';
import { openRunFolder } from '../scoring/run-folder.ts';
import { options } from './options.ts';
import { openRecord, subjectKeysOption } from './subject-key-folder.ts';

interface ExplainFlags {
  run: string;
  record: string;
  subjectKeys?: string;
  svg?: string;
  plot: 'waterfall' | 'force';
  json?: boolean;
}

/** `assay explain`: why a record got its score, in words and as a plot; flagged or not. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('why a record got its score: words, and a waterfall or force plot')
    .requiredOption('--run <dir>', 'folder of a run of assay score')
    .requiredOption('--record <id>', 'record id')
    .addOption(subjectKeysOption())
    .option('--svg <file>', 'write the plot')
    .addOption(
      new Option('--plot <kind>', 'kind of plot').choices(['waterfall', 'force']).default('waterfall'),
    )
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay explain --run run --record T00056338 --svg why.svg')
    .action(async (flags: ExplainFlags) => {
      const run = await openRunFolder(flags.run);
      const { recordId, opened } = await openRecord(run, flags.record, flags.subjectKeys);
      const replayed = await replayDecision(flags.run, recordId, 1);
      const explanation = revealValue(replayed.explanation, opened?.names ?? new Map());
      if (flags.svg !== undefined)
        await writeFile(flags.svg, renderExplanationSvg(explanation, { kind: flags.plot }));
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(explanation)}\n` : inWords(explanation, flags.svg),
      );
    });
}

function inWords(explanation: Explanation, svg: string | undefined): string {
  const text = renderExplanationText(explanation, { columns: process.stdout.columns ?? 100 });
  return svg === undefined ? text : `${text}plot         ${svg}\n`;
}
