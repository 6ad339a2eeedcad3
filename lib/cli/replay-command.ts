import type { Command } from 'commander';
import { InputError } from '../errors.ts';
import { revealValue } from '../privacy/reveal.ts';
import { replayDecision } from '../scoring/replay-decision.ts';
import { openRunFolder } from '../scoring/run-folder.ts';
import { options } from './options.ts';
import { openRecord, subjectKeysOption } from './subject-key-folder.ts';

interface ReplayFlags {
  run: string;
  record: string;
  subjectKeys?: string;
  json?: boolean;
}

/** `assay replay`: a decision recomputed from its record, pack and model, and held against the stored one. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description(
      'recompute a decision from its record, pack and model; byte for byte the same, or what differs',
    )
    .requiredOption('--run <dir>', 'folder of a run of assay score')
    .requiredOption('--record <id>', 'record id')
    .addOption(subjectKeysOption())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay replay --run run --record T00056338')
    .action(async ({ run, record, subjectKeys, json }: ReplayFlags) => {
      const { recordId, opened, erased } = await openRecord(await openRunFolder(run), record, subjectKeys);
      const replayed = await replayDecision(run, recordId, 1);
      const { identical, differences, flagged } = replayed;
      const explanation = revealValue(replayed.explanation, opened?.names ?? new Map());
      if (json === true)
        process.stdout.write(
          `${JSON.stringify({ record_id: record, identical, flagged, ...(opened !== null && { erased: erased !== null }), differences, explanation })}\n`,
        );
      if (!identical) {
        const list = differences.map(
          (one) =>
            `${one.field}: stored ${JSON.stringify(one.stored)}, recomputed ${JSON.stringify(one.recomputed)}`,
        );
        throw new InputError(
          `the decision on ${record} is not what its record, pack and model give: ${list.join('; ')}`,
        );
      }
      if (json !== true) {
        process.stdout.write(
          `identical: the decision on ${record} (${flagged ? 'flagged' : 'not flagged'}, score ${explanation.score}) is what its record, pack and model ${explanation.model} give\n`,
        );
        if (erased !== null)
          process.stdout.write(`erased: ${erased}; what it was about cannot be read again\n`);
      }
    });
}
