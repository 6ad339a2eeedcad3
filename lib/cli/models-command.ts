import type { Command } from 'commander';
import { formatPerson } from '../actor.ts';
import { InputError, UsageError } from '../errors.ts';
import {
  changeModelThreshold,
  DecisionRefused,
  decideOnModel,
  rollBackModel,
} from '../registry/decide-model.ts';
import type { ModelRegistry } from '../registry/registry-state.ts';
import { PROPOSAL_DAYS } from '../registry/registry-threshold.ts';
import type { Compared } from '../retraining/compare-models.ts';
import type { LearningStack } from '../services/learning-stack.ts';
import { signStoredModel } from '../services/sign-stored-model.ts';
import { expectDomain } from './expect-domain.ts';
import { formatModel, formatModels, peopleOf } from './format-models.ts';
import { readModelSigner } from './key-files.ts';
import { options, shareOf } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface ModelsFlags extends StackFlags {
  domain: string;
  json?: boolean;
}

interface DecideFlags extends ModelsFlags {
  reason: string;
  as?: string;
}

/** `assay models`: the versions of a deployed stack's models, and what people decide about them. */
export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description(
      "versions of a deployed stack's models: list, show, sign, approve, reject, change the threshold, roll back",
    );
  withDomain(models.command('list', { isDefault: true }), 'the latest first').action((flags: ModelsFlags) =>
    atLearningStack(flags, (stack) => list(stack, flags)),
  );
  withDomain(models.command('show').argument('<version>'), 'all that is known of a version').action(
    (version: string, flags: ModelsFlags) => atLearningStack(flags, (stack) => show(stack, version, flags)),
  );
  for (const decision of ['approve', 'reject'] as const) {
    const description =
      decision === 'approve' ? 'one of the two approvals it takes' : 'turn a candidate down';
    withReason(withDomain(models.command(decision).argument('<version>'), description)).action(
      (version: string, flags: DecideFlags) =>
        atLearningStack(flags, (stack) => decide(stack, version, decision, flags)),
    );
  }
  withReason(
    withDomain(
      models.command('threshold').argument('<version>').argument('<score>', 'flag from this score on'),
      'another threshold for the champion: proposed by one person, in force when a second asks for the same',
    ),
  ).action((version: string, score: string, flags: DecideFlags) =>
    atLearningStack(flags, (stack) => changeThreshold(stack, version, readThreshold(score), flags)),
  );
  withReason(withDomain(models.command('rollback'), 'go back to the champion before'))
    .option('--to <version>', 'a former champion, where not the one before')
    .action((flags: DecideFlags & { to?: string }) =>
      atLearningStack(flags, (stack) => goBack(stack, flags)),
    );
  withDomain(
    models
      .command('sign')
      .argument('<version>')
      .requiredOption('--sign-key <file>', 'a secret key: assay keys generate --for model'),
    'sign a version, where the stage takes signed models only',
  ).action((version: string, flags: ModelsFlags & { signKey: string }) =>
    atLearningStack(flags, (stack) => sign(stack, version, flags)),
  );
  models.addHelpText(
    'after',
    `\nExamples:\n  $ assay models --domain finance\n  $ assay models approve 7f426b346af8 --domain finance --reason "Looked at the flags lost"\n  $ assay models threshold 7f426b346af8 0.25 --domain finance --reason "More flags than two officers can review"\n  $ assay models rollback --domain finance --reason "Twice as many flags as promised"\n${awsHelp}`,
  );
}

function withDomain(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption('--domain <name>', 'whose models')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

function withReason(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; it is stored').addOption(stackOptions.as());
}

async function list(stack: LearningStack, { domain, json }: ModelsFlags): Promise<void> {
  const registry = await readRegistry(stack, domain);
  const champion = await stack.models.champion(domain);
  if (json === true)
    process.stdout.write(`${JSON.stringify({ champion: champion.card.version, ...registry })}\n`);
  else {
    const nameOf = await stack.people.namesOf(peopleOf(Object.values(registry.models)));
    process.stdout.write(formatModels(registry, champion.card, nameOf));
  }
}

async function show(stack: LearningStack, version: string, { domain, json }: ModelsFlags): Promise<void> {
  const registry = await readRegistry(stack, domain);
  const { card } = await stack.models.loadUnsigned(domain, version);
  const entry = registry.models[version] ?? null;
  const text = await stack.artifacts.readText(`models/${domain}/${version}/comparison.json`);
  const comparison = text === null ? null : (JSON.parse(text) as Compared);
  const nameOf = await stack.people.namesOf(entry === null ? [] : peopleOf([entry]));
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ version, entry, card, comparison })}\n`
      : formatModel(card, entry, comparison, nameOf),
  );
}

/** A signature needs a fresh sign-in of a person, which AWS credentials are not. */
async function expectUnsigned(stack: LearningStack, domain: string): Promise<void> {
  const { policy } = await stack.reviewRules(domain);
  if (policy.signature === 'off') return;
  const where =
    stack.consoleUrl === null
      ? 'the API with `signature` and the token of a fresh sign-in'
      : `${stack.consoleUrl.replace(/\/$/, '')}/${domain}/models`;
  throw new InputError(
    `what is decided on models of the domain ${domain} is signed by a fresh sign-in, which AWS credentials are not: ${where}`,
  );
}

async function decide(
  stack: LearningStack,
  version: string,
  decision: 'approve' | 'reject',
  { domain, reason, as, json }: DecideFlags,
): Promise<void> {
  await expectUnsigned(stack, domain);
  const [by, at] = [await stack.caller(as), new Date().toISOString()];
  const request = { domain, version, decision, reason: needReason(reason), by, at };
  const entry = await explained(decideOnModel(stack.decisions, request));
  const { state, approvals } = entry;
  const nameOf = await stack.people.namesOf(peopleOf([entry]));
  const approvers = approvals.map((one) => formatPerson(one.by, nameOf(one.by))).join(' and ');
  const more = state === 'candidate' ? '; another person must approve it too' : '';
  process.stdout.write(
    json === true
      ? `${JSON.stringify(entry)}\n`
      : `${version}  ${state}, approved by ${approvers || 'no one'}${more}\n`,
  );
}

async function sign(
  stack: LearningStack,
  version: string,
  { domain, signKey, json }: ModelsFlags & { signKey: string },
): Promise<void> {
  const signer = await readModelSigner(signKey);
  await expectDomain(stack, domain);
  const files = await signStoredModel(stack.artifacts, { domain, version, signer });
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ domain, model: version, files, key: signer.key.hint })}\n`
      : `${version}  signed by ${signer.key.hint}\n`,
  );
}

async function changeThreshold(
  stack: LearningStack,
  version: string,
  threshold: number,
  { domain, reason, as, json }: DecideFlags,
): Promise<void> {
  await expectDomain(stack, domain);
  await expectUnsigned(stack, domain);
  const [by, at] = [await stack.caller(as), new Date().toISOString()];
  const act = { domain, version, threshold, reason: needReason(reason), by, at };
  const entry = await explained(changeModelThreshold(stack.decisions, act));
  const waiting = entry.thresholdProposal;
  process.stdout.write(
    json === true
      ? `${JSON.stringify(entry)}\n`
      : waiting === undefined
        ? `${version}  flags from a score of ${threshold} on; scoring uses it within a minute\n`
        : `${version}  threshold ${waiting.to} proposed; another person must approve it within ${PROPOSAL_DAYS} days, by the same command\n`,
  );
}

function readThreshold(text: string): number {
  const value = shareOf('<score>')(text);
  if (value > 0) return value;
  throw new UsageError('<score> takes a number above 0: from 0 on every record is flagged');
}

async function goBack(
  stack: LearningStack,
  { domain, reason, as, to, json }: DecideFlags & { to?: string },
): Promise<void> {
  await expectUnsigned(stack, domain);
  const act = {
    domain,
    reason: needReason(reason),
    by: await stack.caller(as),
    at: new Date().toISOString(),
  };
  const done = await explained(rollBackModel(stack.decisions, { ...act, ...(to !== undefined && { to }) }));
  const { champion, from } = done;
  process.stdout.write(
    json === true
      ? `${JSON.stringify(done)}\n`
      : `${champion}  decides again in ${domain}, in place of ${from}; scoring takes it up within a minute\n`,
  );
}

async function readRegistry(stack: LearningStack, domain: string): Promise<ModelRegistry> {
  await expectDomain(stack, domain);
  return await stack.decisions.registry.read(domain);
}

function needReason(reason: string): string {
  const length = [...reason.trim()].length;
  if (length >= 3 && length <= 2_000) return reason.trim();
  throw new UsageError(`--reason takes 3 to 2,000 characters, not ${length}`);
}

async function explained<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DecisionRefused) throw new InputError(error.message, { cause: error });
    throw error;
  }
}
