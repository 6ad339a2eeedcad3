import type { Command } from 'commander';
import { formatPerson, type NameOf } from '../actor.ts';
import { showRecords } from '../api/personal-data.ts';
import { shownReview } from '../api/reviews.ts';
import type { Explanation } from '../decisions/explanation.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { InputError } from '../errors.ts';
import { renderExplanationText } from '../report/explanation-text.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';
import { options } from './options.ts';
import { atStack, awsHelp, type ShowsRecords, type StackFlags, stackOptions } from './stack-options.ts';
import { withoutControls } from './text-table.ts';

interface FlagFlags extends StackFlags, ShowsRecords {
  json?: boolean;
}

/** `assay flag`: why a record was flagged, and the record itself. */
export function addFlag(program: Command): void {
  program
    .command('flag')
    .description('a flag of a deployed stack: its reasons and its record')
    .argument('<id>', 'its id, as assay flags lists it')
    .addOption(stackOptions.showPersonal())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText('after', `\nExample:\n  $ assay flag 3f5a…\n${awsHelp}`)
    .action((id: string, flags: FlagFlags) =>
      atStack(flags, async (stack) => {
        const found = await findFlag(stack, id);
        const body = await showFlag(stack, found, flags);
        const { explanation, record, ...flag } = body;
        const reviews = (await stack.signatures.reviewsOf(id)).map((one) => shownReview(one, found));
        const names = await stack.people.namesOf(reviews.map(({ by }) => by));
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ ...body, reviews })}\n`
            : `${inWords(flag, explanation, record)}${reviews.map((one) => verdictLine(one, names)).join('')}`,
        );
      }),
    );
}

async function findFlag({ flags, name }: DeployedStack, id: string): Promise<FlagItem> {
  const found = await flags.get(id);
  if (found !== null) return found;
  throw new InputError(
    `the stack ${name} has no flag ${id}: an id is 32 hex digits, as assay flags lists them (a record's flags: --entity, or --drop)`,
  );
}

/** As the API shows it: personal data masked, or the read an act in the log. */
async function showFlag(stack: DeployedStack, flag: FlagItem, { showPersonal = false }: ShowsRecords) {
  const { explanation, record, domain, model, flag: id, record_id: subject } = flag;
  const body = {
    ...flag,
    explanation: explanation === null ? null : (JSON.parse(explanation) as Explanation),
    record: record === null ? null : (JSON.parse(record) as Record<string, unknown>),
  };
  const actor = showPersonal ? await stack.caller() : '';
  const reading = { actor, pii: showPersonal, route: 'assay flag', subject };
  const [shown] = await showRecords(stack.personal, reading, [{ domain, model, id, body }]);
  return shown!;
}

function inWords(
  flag: Omit<FlagItem, 'explanation' | 'record'>,
  explanation: Explanation | null,
  record: Readonly<Record<string, unknown>> | null,
): string {
  const elsewhere = `too large for the table; it stands among the drop's results: assay drops download ${flag.drop} --out run`;
  const facts: [string, string][] = [
    ['flag', flag.flag],
    ['status', flag.status.replace('_', ' ')],
    ['domain', flag.domain],
    ['drop', flag.drop],
    ['entity', flag.entity ?? '–'],
    ['time', flag.time ?? '–'],
    ['flagged', flag.flagged_at],
    ['model', flag.model],
  ];
  const why =
    explanation === null
      ? `why          ${elsewhere}\n`
      : renderExplanationText(explanation, { columns: process.stdout.columns ?? 100 });
  const values: [string, string][] =
    record === null
      ? [['record', elsewhere]]
      : Object.entries(record).map(([name, value]) => [name, value === null ? '–' : shown(value)]);
  return `${why}\n${list(facts)}\n${list(values)}`;
}

/** With its signature, where it has one: it stands wherever the record does (21 CFR 11.50). */
function verdictLine(
  { verdict, by, at, reason, signature, withdrawn_at, unconfirmed }: ReturnType<typeof shownReview>,
  nameOf: NameOf,
): string {
  const state = withdrawn_at !== null ? ', withdrawn' : unconfirmed ? ', waits for a second person' : '';
  const said = `${verdict.replace('_', ' ')}${state} by ${formatPerson(by, nameOf(by))}, ${at}: ${reason}`;
  const signed =
    signature === null
      ? []
      : [`signed by ${signature.name}, ${at}, as ${signature.meaning}; ${signature.hash ?? ''}`];
  return `\n${[said, ...signed].map((line) => `${withoutControls(line)}\n`).join('')}`;
}

function list(entries: readonly (readonly [string, string])[]): string {
  const width = Math.max(12, ...entries.map(([name]) => [...name].length));
  return entries.map(([name, value]) => `${withoutControls(`${name.padEnd(width)} ${value}`)}\n`).join('');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
