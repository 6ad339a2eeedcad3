import type { Command } from 'commander';
import { InputError } from '../errors.ts';
import { replayDecision } from '../scoring/replay-decision.ts';
import { options } from './options.ts';

interface ReplayFlags {
  run: string;
  record: string;
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
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay replay --run run --record T000123')
    .action(async ({ run, record, json }: ReplayFlags) => {
      const replayed = await replayDecision(run, record, 1);
      const { explanation, identical, differences, flagged } = replayed;
      if (json === true)
        process.stdout.write(
          `${JSON.stringify({ record_id: record, identical, flagged, differences, explanation })}\n`,
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
      }
    });
}
