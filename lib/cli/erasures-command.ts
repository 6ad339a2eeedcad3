import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { formatPerson } from '../actor.ts';
import { InputError, UsageError } from '../errors.ts';
import { addHold, type HeldThing, readLaw, releaseHold, setRetention } from '../privacy/domain-law.ts';
import { askForErasure, decideOnErasure, type Erasure } from '../privacy/erasure.ts';
import type { ErasureStack } from '../services/erasure-stack.ts';
import { dayOption, options } from './options.ts';
import { atErasureStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';
import { textTable, withoutControls } from './text-table.ts';

interface DomainFlags extends StackFlags {
  domain: string;
  json?: boolean;
}

interface ActFlags extends DomainFlags {
  as?: string;
}

interface HoldFlags extends ActFlags {
  subject?: string;
  case?: string;
  from?: string;
  to?: string;
  basis: string;
}

interface RetentionFlags extends ActFlags {
  months?: number;
  retention: boolean;
  basis: string;
}

const LISTED = 50;
const BASIS = 'why, such as the number of the request; logged for good, so it must not name the subject';
const REASON = 'why; logged for good, so it must not name the subject';

/** `assay erasures`: of subjects of a deployed stack, asked for by one person and approved by another, and what stands against them. */
export function addErasures(program: Command): void {
  const erasures = program
    .command('erasures')
    .description(
      'erasures of subjects in a deployed stack: list, ask, approve, turn down; retention and legal holds',
    );
  ofDomain(erasures.command('list', { isDefault: true }), 'the newest first').action((flags: DomainFlags) =>
    atErasureStack(flags, (stack) => list(stack, flags)),
  );
  acting(ofDomain(erasures.command('ask'), "ask for a subject's erasure; another person must approve it"))
    .requiredOption('--subject <id>', 'the entity, as its records have it')
    .requiredOption('--basis <text>', BASIS)
    .action((flags: ActFlags & { subject: string; basis: string }) =>
      atErasureStack(flags, (stack) => ask(stack, flags)),
    );
  for (const [name, decision, description] of [
    [
      'approve',
      'approve',
      'approve what another person asked for: its key is destroyed within minutes, for good',
    ],
    ['turn-down', 'turn_down', 'turn down what was asked for'],
  ] as const)
    acting(ofDomain(erasures.command(name).argument('<erasure>'), description))
      .requiredOption('--reason <text>', REASON)
      .action((id: string, flags: ActFlags & { reason: string }) =>
        atErasureStack(flags, (stack) => decide(stack, id, decision, flags)),
      );
  ofDomain(erasures.command('rules'), 'how long records must be kept, and which holds stand').action(
    (flags: DomainFlags) => atErasureStack(flags, (stack) => rules(stack, flags)),
  );
  acting(ofDomain(erasures.command('retention'), 'say how long records must be kept'))
    .option('--months <n>', 'how long a law obliges to keep records', readMonths)
    .option('--no-retention', 'no law does')
    .requiredOption('--basis <text>', 'which law; logged for good, so it must not name a subject')
    .action((flags: RetentionFlags) => atErasureStack(flags, (stack) => retain(stack, flags)));
  acting(ofDomain(erasures.command('hold'), 'hold a subject, a case or a period: nothing of it is erased'))
    .option('--subject <id>', 'the entity, as its records have it')
    .option('--case <id>', 'the case of an entity, by its id')
    .option('--from <day>', 'records from this day on, YYYY-MM-DD', dayOption('--from'))
    .option('--to <day>', 'records up to this day', dayOption('--to'))
    .requiredOption(
      '--basis <text>',
      'the law, order or proceeding; logged for good, so it must not name the subject',
    )
    .action((flags: HoldFlags) => atErasureStack(flags, (stack) => hold(stack, flags)));
  acting(
    ofDomain(erasures.command('release').argument('<hold>', 'its id: assay erasures rules'), 'end a hold'),
  )
    .requiredOption('--reason <text>', REASON)
    .action((id: string, flags: ActFlags & { reason: string }) =>
      atErasureStack(flags, (stack) => release(stack, id, flags)),
    );
  erasures.addHelpText(
    'after',
    `\nExamples:\n  $ assay erasures retention --domain finance --months 60 --basis "AMLR Art. 77"\n  $ assay erasures ask --domain finance --subject AC000381 --basis "request 2026-114"\n  $ assay erasures approve x-5f0c… --domain finance --reason "Identity checked"\n  $ assay erasures hold --domain finance --from 2025-05-01 --basis "inspection 2026"\n${awsHelp}`,
  );
}

function ofDomain(command: Command, description: string): Command {
  return command
    .description(description)
    .requiredOption('--domain <name>', 'whose subjects')
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json());
}

function acting(command: Command): Command {
  return command.addOption(stackOptions.as());
}

function readMonths(text: string): number {
  const months = Number(text);
  if (/^[1-9]\d{0,3}$/.test(text) && months <= 1_200) return months;
  throw new UsageError(`--months takes a whole number from 1 to 1200, not "${text}"`);
}

async function list({ erasures, people }: ErasureStack, { domain, json }: DomainFlags): Promise<void> {
  const { items } = await erasures.list([domain], { limit: LISTED });
  if (json === true) return void process.stdout.write(`${JSON.stringify({ items })}\n`);
  if (items.length === 0) return void process.stdout.write(`no erasure of ${domain} was asked for\n`);
  const nameOf = await people.namesOf(items.flatMap(({ by, decidedBy }) => [by, decidedBy ?? by]));
  const person = (id: string | null) => (id === null ? '' : formatPerson(id, nameOf(id)));
  process.stdout.write(
    textTable(
      ['erasure', 'state', 'subject', 'asked', 'by', 'decided by', 'basis'].map((head) => ({ head })),
      items.map(({ id, state, pseudonym, askedAt, by, decidedBy, basis }) => [
        ...[id, state, pseudonym, askedAt.slice(0, 10), person(by), person(decidedBy)],
        withoutControls(basis),
      ]),
      process.stdout.columns ?? 100,
    ),
  );
}

async function ask(
  stack: ErasureStack,
  { domain, subject, basis, as, json }: ActFlags & { subject: string; basis: string },
): Promise<void> {
  const deps = { store: stack.erasures, keys: await stack.keysOf(domain) };
  const id = `x-${randomBytes(10).toString('hex')}`;
  const by = await decidedBy(stack, as);
  const asked = await askForErasure(deps, { id, domain, subject, basis, ...by });
  show(
    asked,
    json,
    `asked for: ${id}\napprove it      assay erasures approve ${id} --domain ${domain} --reason …\n`,
  );
}

async function decide(
  stack: ErasureStack,
  id: string,
  decision: 'approve' | 'turn_down',
  { domain, reason, as, json }: ActFlags & { reason: string },
): Promise<void> {
  const found = await stack.erasures.get(id);
  if (found?.domain !== domain) throw new InputError(`there is no erasure ${id} in ${domain}`);
  const deps = { store: stack.erasures, keys: await stack.keysOf(domain) };
  const decided = await decideOnErasure(deps, { id, decision, reason, ...(await decidedBy(stack, as)) });
  const text =
    decision === 'approve'
      ? `approved: the key of ${decided.pseudonym} is destroyed within minutes\n`
      : 'turned down\n';
  show(decided, json, text);
}

/** Refused, it is on record; the command has failed all the same. */
function show(erasure: Erasure, json: boolean | undefined, text: string): void {
  if (json === true) process.stdout.write(`${JSON.stringify(erasure)}\n`);
  if (erasure.state === 'refused')
    throw new InputError(`not erased, and recorded as refused: ${erasure.because.join('; ')}`);
  if (json !== true) process.stdout.write(text);
}

async function rules({ erasures }: ErasureStack, { domain, json }: DomainFlags): Promise<void> {
  const { retention, holds } = await readLaw(erasures, domain);
  if (json === true)
    return void process.stdout.write(`${JSON.stringify({ domain, retention: retention ?? null, holds })}\n`);
  const kept =
    retention === undefined
      ? 'not said yet: nothing is erased'
      : retention === null
        ? 'none'
        : `${retention.months} months (${withoutControls(retention.basis)})`;
  const rows = holds.map(({ id, kind, of, from, to, basis, by, at }) => [
    ...[id, at.slice(0, 10), by, of ?? `${from ?? '…'} to ${to ?? '…'}`, kind, withoutControls(basis)],
  ]);
  const heads = ['hold', 'since', 'by', 'on', 'kind', 'basis'].map((head) => ({ head }));
  const table =
    rows.length === 0 ? 'no hold stands\n' : textTable(heads, rows, process.stdout.columns ?? 100);
  process.stdout.write(`retention    ${kept}\n${table}`);
}

async function retain(
  stack: ErasureStack,
  { domain, months, retention, basis, as, json }: RetentionFlags,
): Promise<void> {
  if (retention === (months === undefined))
    throw new UsageError('say how long records must be kept: --months <n>, or --no-retention');
  const deps = { store: stack.erasures, keys: await stack.keysOf(domain) };
  await setRetention(deps, { domain, months: months ?? null, basis, ...(await decidedBy(stack, as)) });
  await rules(stack, { domain, ...(json !== undefined && { json }) } as DomainFlags);
}

async function hold(stack: ErasureStack, flags: HoldFlags): Promise<void> {
  const { domain, basis, as, json } = flags;
  const deps = { store: stack.erasures, keys: await stack.keysOf(domain) };
  const held = await heldThing(stack, flags);
  const added = await addHold(deps, { domain, held, basis, ...(await decidedBy(stack, as)) });
  if (!added.isKnown)
    process.stderr.write(
      'assay: no record of the subject came so far; where its id is mistyped, nothing is held\n',
    );
  process.stdout.write(json === true ? `${JSON.stringify(added)}\n` : `hold ${added.id} stands\n`);
}

async function heldThing(
  stack: ErasureStack,
  { domain, subject, case: caseId, from, to }: HoldFlags,
): Promise<HeldThing> {
  const isPeriod = from !== undefined || to !== undefined;
  if ([subject !== undefined, caseId !== undefined, isPeriod].filter(Boolean).length !== 1)
    throw new UsageError('name one of --subject, --case, and a period (--from, --to, or both)');
  if (subject !== undefined) return { kind: 'subject', subject };
  if (caseId !== undefined) return { kind: 'case', pseudonym: await stack.entityOf(domain, caseId) };
  return { kind: 'period', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

async function release(
  stack: ErasureStack,
  id: string,
  { domain, reason, as, json }: ActFlags & { reason: string },
): Promise<void> {
  const deps = { store: stack.erasures, keys: await stack.keysOf(domain) };
  await releaseHold(deps, { domain, hold: id, reason, ...(await decidedBy(stack, as)) });
  process.stdout.write(json === true ? `${JSON.stringify({ released: id })}\n` : `hold ${id} is released\n`);
}

async function decidedBy(
  stack: ErasureStack,
  as: string | undefined,
): Promise<{ readonly by: string; readonly now: string }> {
  return { by: await stack.caller(as), now: new Date().toISOString() };
}
