import type { Command } from 'commander';
import type { AuditAct } from '../audit/audit-entry.ts';
import { caseIdOf } from '../cases/case.ts';
import { InputError, UsageError } from '../errors.ts';
import { type Hold, nextHoldId, standingHolds } from '../privacy/holds.ts';
import type { KeyFolder } from '../privacy/key-folder.ts';
import { expectNoneNamed, expectNotNamed } from '../privacy/named-subjects.ts';
import { dayOption, options } from './options.ts';
import { atSubjectKeys, subjectKeysOption } from './subject-key-folder.ts';
import { textTable } from './text-table.ts';

interface HoldFlags {
  subjectKeys: string;
  json?: boolean;
}

interface AddFlags extends HoldFlags {
  subject?: string;
  case?: string;
  from?: string;
  to?: string;
  basis: string;
  by: string;
}

interface ReleaseFlags extends HoldFlags {
  reason: string;
  by: string;
}

/** `assay hold`: legal holds, while which nothing that they concern is erased. */
export function addHold(program: Command): void {
  const hold = program
    .command('hold')
    .description('legal holds: while one stands, what it concerns is not erased');
  hold
    .command('add')
    .description('hold a subject, a case or a period')
    .addOption(subjectKeysOption().makeOptionMandatory())
    .option('--subject <id>', 'the entity, as its records have it')
    .option('--case <id>', 'the case of an entity, by its id')
    .option('--from <day>', 'records from this day on, YYYY-MM-DD', dayOption('--from'))
    .option('--to <day>', 'records up to this day', dayOption('--to'))
    .requiredOption('--basis <text>', 'the law, order or proceeding; logged, so it must not name the subject')
    .requiredOption('--by <name>', 'who decides it; logged')
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExamples:\n  $ assay hold add --subject-keys keys --subject AC000381 --basis "court order 12 O 7/26" --by "A. Muster"\n  $ assay hold add --subject-keys keys --from 2025-05-01 --to 2025-06-30 --basis "inspection 2026" --by "A. Muster"',
    )
    .action(async (flags: AddFlags) => {
      const added = await atSubjectKeys(flags.subjectKeys, async (keys, acts) => {
        const id = nextHoldId(acts.entries);
        await acts.append(await holdAct(keys, id, flags));
        const hold = standingHolds(acts.entries).find((one) => one.id === id)!;
        return { ...hold, warnings: await unknownWarnings(keys, flags.subject) };
      });
      for (const warning of added.warnings) process.stderr.write(`assay: ${warning}\n`);
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(added)}\n` : `hold ${added.id} on ${describe(added)}\n`,
      );
    });
  hold
    .command('release')
    .description('end a hold')
    .argument('<hold>', 'its id, as assay hold list shows it')
    .addOption(subjectKeysOption().makeOptionMandatory())
    .requiredOption('--reason <text>', 'why; logged, so it must not name the subject')
    .requiredOption('--by <name>', 'who decides it; logged')
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay hold release h1 --subject-keys keys --reason "proceeding closed" --by "A. Muster"',
    )
    .action(async (id: string, { subjectKeys, reason, by, json }: ReleaseFlags) => {
      await atSubjectKeys(subjectKeys, async (keys, acts) => {
        const standing = standingHolds(acts.entries);
        const held = standing.find((one) => one.id === id);
        if (held === undefined)
          throw new InputError(
            `no hold "${id}" stands; expected ${standing.map((one) => one.id).join(', ') || 'none: there is no hold'}`,
          );
        await expectReleaseNamesNone(keys, held, { reason, by });
        const subject = held.of ?? `domain ${keys.register.domain}`;
        const at = new Date().toISOString();
        await acts.append({ event: 'hold_released', actor: by, subject, at, data: { hold: id, reason } });
      });
      process.stdout.write(
        json === true ? `${JSON.stringify({ released: id })}\n` : `hold ${id} is released\n`,
      );
    });
  hold
    .command('list')
    .description('the holds that stand, subjects by their pseudonyms')
    .addOption(subjectKeysOption().makeOptionMandatory())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay hold list --subject-keys keys')
    .action(async ({ subjectKeys, json }: HoldFlags) => {
      const holds = await atSubjectKeys(subjectKeys, async (_, acts) => standingHolds(acts.entries));
      process.stdout.write(json === true ? `${JSON.stringify({ holds })}\n` : listText(holds));
    });
}

/** A hold may come before the first record; an id that was mistyped looks the same. */
async function unknownWarnings(keys: KeyFolder, subject: string | undefined): Promise<string[]> {
  if (subject === undefined || (await keys.find([subject])).get(subject)?.span !== null) return [];
  return [
    `--subject "${subject}": no record of it was scored with these keys yet; where it is mistyped, nothing is held`,
  ];
}

async function expectReleaseNamesNone(
  keys: KeyFolder,
  { of }: Hold,
  { reason, by }: Pick<ReleaseFlags, 'reason' | 'by'>,
): Promise<void> {
  if (of === null) return await expectNoneNamed(keys, '--reason', reason);
  const held = (await keys.findByPseudonym([of])).get(of);
  if (held !== undefined) expectNotNamed({ '--reason': reason, '--by': by }, held.id);
}

async function holdAct(keys: KeyFolder, hold: string, flags: AddFlags): Promise<AuditAct> {
  const { subject, case: caseId, from, to, basis, by } = flags;
  const isPeriod = from !== undefined || to !== undefined;
  if ([subject !== undefined, caseId !== undefined, isPeriod].filter(Boolean).length !== 1)
    throw new UsageError('name one of --subject, --case, and a period (--from, --to, or both)');
  const act = { event: 'hold_added', actor: by, at: new Date().toISOString() } as const;
  if (subject !== undefined) {
    if (subject === '')
      throw new UsageError('--subject is empty: it takes the entity, as its records have it');
    expectNotNamed({ '--basis': basis, '--by': by }, subject);
    const { pseudonym } = (await keys.take(new Map([[subject, null]]))).get(subject)!;
    return { ...act, subject: pseudonym, data: { hold, kind: 'subject', basis } };
  }
  if (caseId !== undefined) {
    if (!/^[0-9a-f]{32}$/.test(caseId))
      throw new UsageError(`--case takes the id of a case (32 hex digits), not "${caseId}"`);
    const { domain } = keys.register;
    const held = await keys.findWhere(({ id, pseudonym }) =>
      [id, pseudonym].some((entity) => caseIdOf(domain, entity, '') === caseId),
    );
    if (held === null) throw new InputError(`no subject of these keys has the case ${caseId}`);
    expectNotNamed({ '--basis': basis, '--by': by }, held.id);
    return { ...act, subject: held.pseudonym, data: { hold, kind: 'case', basis } };
  }
  if (from !== undefined && to !== undefined && to < from)
    throw new UsageError(`--to ${to} is before --from ${from}`);
  await expectNoneNamed(keys, '--basis', basis);
  const period = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return {
    ...act,
    subject: `domain ${keys.register.domain}`,
    data: { hold, kind: 'period', ...period, basis },
  };
}

function describe({ kind, of, from, to }: Hold): string {
  if (kind === 'period')
    return `records ${from === null ? '' : `from ${from} `}${to === null ? '' : `to ${to}`}`.trim();
  return kind === 'case' ? `the case of ${of}` : `${of}`;
}

function listText(holds: readonly Hold[]): string {
  if (holds.length === 0) return 'no hold stands\n';
  return textTable(
    ['hold', 'since', 'by', 'on', 'basis'].map((head) => ({ head })),
    holds.map((hold) => [hold.id, hold.at.slice(0, 10), hold.by, describe(hold), hold.basis]),
    process.stdout.columns ?? 100,
  );
}
