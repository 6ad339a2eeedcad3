/** `assay case context`: what is around a flag, as the console shows it beside the case. */
import { readCaseContext } from '../api/case-context.ts';
import { Problem } from '../api/problem.ts';
import { InputError } from '../errors.ts';
import { formatScore } from '../report/format-number.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import type { ShowsRecords, StackFlags } from './stack-options.ts';
import { withoutControls } from './text-table.ts';

export interface ContextFlags extends StackFlags, ShowsRecords {
  flag?: string;
  as?: string;
  json?: boolean;
}

export async function showContext(stack: LearningStack, id: string, flags: ContextFlags): Promise<void> {
  const actor = await stack.caller(flags.as);
  const reading = { actor, pii: flags.showPersonal === true, route: 'assay case context', subject: id };
  const context = await readCaseContext(stack, { id, flag: flags.flag ?? null, reading }).catch(
    (error: unknown) => {
      if (error instanceof Problem) throw new InputError(error.message, { cause: error });
      throw error;
    },
  );
  if (flags.json === true) return void process.stdout.write(`${JSON.stringify(context)}\n`);
  const { timeline, related, smallest_change: change, compared } = context;
  const lines = [
    ...(change.found === 'change'
      ? [
          `would score ${formatScore(change.score!)} with`,
          ...change.changes!.map((one) => `  ${one.words} (instead of: ${one.instead_of})`),
        ]
      : [`smallest change: ${change.found.replaceAll('_', ' ')}`]),
    ...compared.map(
      ({ column, value, usual, median }) =>
        `${column}: ${value}, usual here ${usual ?? '–'}, usual of all ${median ?? '–'}`,
    ),
    `timeline (${timeline.items.length}${timeline.more ? ' and more' : ''})`,
    ...timeline.items.map(
      (one) =>
        `  ${one.time ?? one.flagged_at}  ${formatScore(one.score)}  ${one.status.replace('_', ' ')}  ${one.record_id}`,
    ),
    ...related.flatMap(({ column, value, entities, count, more, flags: shown }) => [
      `same ${column} ${value}: ${more ? 'more than ' : ''}${count} flags of ${entities} others`,
      ...shown.map((one) => `  ${formatScore(one.score)}  ${one.status}  ${one.entity ?? '–'}  ${one.flag}`),
    ]),
  ];
  process.stdout.write(lines.map((line) => `${withoutControls(line)}\n`).join(''));
}
