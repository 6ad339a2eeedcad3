import type { Command } from 'commander';
import type { DeadLetter } from '../aws/dead-letters.ts';
import { InputError } from '../errors.ts';
import { countOf } from '../report/format-number.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { followToEnd, resultsOf } from './drop-command.ts';
import { dropDone, fileName } from './format-drop.ts';
import { options } from './options.ts';
import { atStack, type StackFlags, stackOptions } from './stack-options.ts';
import { textTable } from './text-table.ts';

interface RedriveFlags extends StackFlags {
  list?: boolean;
  follow?: boolean;
  quiet?: boolean;
  json?: boolean;
}

/** `assay drops redrive`: what ended among the dead letters is retried. */
export function addRedrive(drops: Command): void {
  drops
    .command('redrive')
    .description('retry what ended among the dead letters')
    .argument('[id...]', 'only these drops (d-…); default: all')
    .option('--list', 'show the dead letters, and leave them')
    .option('--follow', 'wait until they are scored')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addOption(options.quiet())
    .action((ids: string[], flags: RedriveFlags) =>
      atStack(flags, (stack) => (flags.list === true ? list(stack, ids, flags) : redrive(stack, ids, flags))),
    );
}

async function list(
  { deadLetters }: DeployedStack,
  ids: readonly string[],
  { json }: RedriveFlags,
): Promise<void> {
  const all = await deadLetters.list();
  const letters = all.filter((letter) => isAmong(letter, ids));
  refuseUnknown(all, ids);
  process.stdout.write(json === true ? `${JSON.stringify({ items: letters })}\n` : formatLetters(letters));
}

async function redrive(
  stack: DeployedStack,
  ids: readonly string[],
  { json, follow, quiet }: RedriveFlags,
): Promise<void> {
  const { again, left } = await stack.deadLetters.redrive((letter) => isAmong(letter, ids));
  const strange = left.filter(({ drop }) => drop === null);
  if (json === true) process.stdout.write(`${JSON.stringify({ again, left: left.length })}\n`);
  else
    process.stdout.write(
      again.length === 0 && left.length === 0 ? 'there are no dead letters\n' : takenUp(again),
    );
  if (ids.length === 0 && strange.length > 0) {
    const why = strange.map(({ message, error }) => `${message}: ${error}`).join('; ');
    throw new InputError(`${countOf(strange.length, 'dead letter')} can't be redriven (${why})`);
  }
  refuseUnknown([...again, ...left], ids);
  if (follow === true) await followAll(stack, again, quiet);
}

async function followAll(
  stack: DeployedStack,
  again: readonly DeadLetter[],
  quiet: boolean | undefined,
): Promise<void> {
  const failed: string[] = [];
  for (const { drop, attempt } of again) {
    process.stderr.write(`${drop!.id}  ${fileName(drop!.key)}\n`);
    const status = await followToEnd(stack, drop!.id, quiet, attempt ?? 0);
    if (status.state === 'failed') failed.push(`${drop!.id} failed again: ${status.reason}`);
    else process.stdout.write(dropDone(status, resultsOf(stack, status)));
  }
  if (failed.length > 0) throw new InputError(failed.join('\n'));
}

function takenUp(again: readonly DeadLetter[]): string {
  return again.map(({ drop }) => `${drop!.id}  ${fileName(drop!.key)}: retried\n`).join('');
}

function formatLetters(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'there are no dead letters\n';
  const rows = letters.map(({ drop, attempt, error, sentAt }) => [
    drop?.id ?? '–',
    drop?.domain ?? '–',
    attempt === null ? '–' : String(attempt),
    sentAt.slice(0, 19).replace('T', ' '),
    drop === null ? '–' : fileName(drop.key),
    error ?? 'it was never started',
  ]);
  return textTable(
    [
      { head: 'drop' },
      { head: 'domain' },
      { head: 'attempt', align: 'right' },
      { head: 'since (UTC)' },
      { head: 'file' },
      { head: 'why' },
    ],
    rows,
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
}

function isAmong({ drop }: DeadLetter, ids: readonly string[]): boolean {
  return ids.length === 0 || (drop !== null && ids.includes(drop.id));
}

function refuseUnknown(letters: readonly DeadLetter[], ids: readonly string[]): void {
  const unknown = ids.filter((id) => !letters.some(({ drop }) => drop?.id === id));
  if (unknown.length === 0) return;
  throw new InputError(
    `there is no dead letter of ${unknown.join(', ')}: assay drops redrive --list shows those that there are`,
  );
}
