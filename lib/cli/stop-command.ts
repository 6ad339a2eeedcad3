import type { Command } from 'commander';
import { formatPerson } from '../actor.ts';
import { inParallel } from '../in-parallel.ts';
import { resumeScoring, type Stop, stopFor, stoppedThing, stopScoring } from '../oversight/stop.ts';
import { countOf } from '../report/format-number.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { expectDomain } from './expect-domain.ts';
import { options } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { withoutControls } from './text-table.ts';

interface StopFlags extends StackFlags {
  domain: string;
  model?: string;
  reason: string;
  as?: string;
  json?: boolean;
}

/** `assay stop`: a domain, or one of its models, scores nothing until it is resumed. */
export function addStop(program: Command): void {
  const command = program
    .command('stop')
    .description('stop a domain of a deployed stack, or one of its models: drops wait, nothing is scored');
  withOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ assay stop --domain finance --reason "Flags three times as many as yesterday"\n  $ assay stop --domain finance --model 7f426b346af8 --reason "Trained on wrong labels"\n  $ assay stops\n${awsHelp}`,
    )
    .action((flags: StopFlags) => atLearningStack(flags, (stack) => turn(stack, flags, true)));
}

/** `assay resume`: drops that wait are scored, in order of arrival. */
export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .description(
      'resume a domain or a model that was stopped: drops that wait are scored in order of arrival',
    );
  withOptions(command)
    .addHelpText(
      'after',
      `\nExample:\n  $ assay resume --domain finance --reason "Rolled back to the model before"\n${awsHelp}`,
    )
    .action((flags: StopFlags) => atLearningStack(flags, (stack) => turn(stack, flags, false)));
}

/** `assay stops`: what is stopped. */
export function addStops(program: Command): void {
  program
    .command('stops')
    .description('what is stopped in a deployed stack: since when, by whom, why, and how many drops wait')
    .option('--domain <name>', 'of this domain alone')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText('after', `\nExample:\n  $ assay stops --domain finance\n${awsHelp}`)
    .action((flags: StackFlags & { domain?: string; json?: boolean }) =>
      atLearningStack(flags, (stack) => list(stack, flags)),
    );
}

function withOptions(command: Command): Command {
  return command
    .requiredOption('--domain <name>', 'what is stopped or resumed')
    .option('--model <version>', 'this version alone, where it serves the domain')
    .requiredOption('--reason <text>', 'why; it is written to the log of acts')
    .addOption(stackOptions.as())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

async function turn(stack: LearningStack, flags: StopFlags, stopped: boolean): Promise<void> {
  const { domain, model, reason, as, json } = flags;
  const by = await stack.caller(as);
  await expectDomain(stack, domain);
  if (model !== undefined) await stack.models.loadUnsigned(domain, model);
  const stop: Stop = { domain, model: model ?? null, by, at: new Date().toISOString(), reason };
  await (stopped ? stopScoring : resumeScoring)(stack.oversight, stop);
  const waiting_drops = await stack.waiting.count(domain);
  const text = stopped
    ? `${stoppedThing(stop)} is stopped\n${hintOf(await stack.oversight.stops.active(domain), stop)}resume it       assay resume --domain ${domain}${model === undefined ? '' : ` --model ${model}`} --reason …\n`
    : `${stoppedThing(stop)} is resumed; ${countOf(waiting_drops, 'drop')} waiting\n`;
  process.stdout.write(json === true ? `${JSON.stringify({ ...stop, stopped, waiting_drops })}\n` : text);
}

/** Of a stopped model: what goes on in its domain. */
function hintOf(stops: readonly Stop[], { domain, model }: Stop): string {
  return model === null || stopFor(stops, null) !== null
    ? ''
    : `while it serves  drops of ${domain} wait; another model goes on: assay models rollback --domain ${domain} --reason …\n`;
}

async function list(
  { models, oversight, waiting, people }: LearningStack,
  { domain, json }: { domain?: string; json?: boolean },
): Promise<void> {
  const wanted = domain === undefined ? await models.domains() : [domain];
  const found = await inParallel(wanted, 8, async (one) => {
    const stops = await oversight.stops.active(one);
    const waiting_drops = stops.length === 0 ? 0 : await waiting.count(one);
    return stops.map((stop) => ({ ...stop, waiting_drops }));
  });
  const stops = found.flat();
  if (json === true) return void process.stdout.write(`${JSON.stringify({ items: stops })}\n`);
  const nameOf = await people.namesOf(stops.map(({ by }) => by));
  const lines = stops.map(
    ({ by, at, reason, waiting_drops, ...thing }) =>
      `${stoppedThing(thing)}  stopped ${at} by ${formatPerson(by, nameOf(by))}: ${reason}; ${countOf(waiting_drops, 'drop')} waiting`,
  );
  process.stdout.write(
    lines.length === 0 ? 'nothing is stopped\n' : lines.map((line) => `${withoutControls(line)}\n`).join(''),
  );
}
