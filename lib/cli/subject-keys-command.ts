import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { loadPack } from '../packs/load-pack.ts';
import { erasableColumns } from '../privacy/erasable-columns.ts';
import { createKeyFolder } from '../privacy/key-folder.ts';
import { expectNoneNamed } from '../privacy/named-subjects.ts';
import type { Retention } from '../privacy/retention.ts';
import { options, wholeNumber } from './options.ts';
import { atSubjectKeys, subjectKeysOption } from './subject-key-folder.ts';

interface RetentionFlags {
  retainMonths?: number;
  retainBasis?: string;
  /** False with --no-retention. */
  retention: boolean;
  by: string;
  json?: boolean;
}

interface CreateFlags extends RetentionFlags {
  domain: string;
  out: string;
  also?: string[];
}

const months = wholeNumber('--retain-months', 1);

/** `assay subject-keys`: what makes the records of subjects erasable. */
export function addSubjectKeys(program: Command): void {
  const keys = program
    .command('subject-keys')
    .description('keys of the subjects of a domain: records that are scored with them can be erased');
  withRetention(
    keys
      .command('create')
      .description('make a folder of keys; keep it apart from runs, and from their copies')
      .addOption(options.domain().makeOptionMandatory())
      .requiredOption('--out <dir>', 'for the keys; must be empty')
      .option('--also <column...>', 'columns beside the entity that hold subjects, such as counterparty_id'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ assay subject-keys create --domain finance --out keys --retain-months 60 --retain-basis "AMLR Art. 77" --by "A. Muster"\n  $ assay score … --subject-keys keys',
    )
    .action(async (flags: CreateFlags) => {
      const { domain, out, also = [], by, json } = flags;
      const retention = retentionOf(flags);
      const pack = await loadPack(domain);
      const { subjects, sealed } = erasableColumns(pack, also);
      await createKeyFolder(out, { domain: pack.domain, columns: also }, randomBytes);
      await recordRetention(out, by, retention);
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ out, domain: pack.domain, subjects, sealed, retention })}\n`
          : `${out}: keys of ${pack.domain}\nsubjects     ${subjects.join(', ')}\nsealed       ${sealed.join(', ') || 'the record id'}\nretention    ${describe(retention)}\n`,
      );
    });
  withRetention(
    keys
      .command('retention')
      .description('change how long records must be kept')
      .addOption(subjectKeysOption().makeOptionMandatory()),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ assay subject-keys retention --subject-keys keys --retain-months 120 --retain-basis "AMLR Art. 77(3)" --by "A. Muster"',
    )
    .action(async (flags: RetentionFlags & { subjectKeys: string }) => {
      const retention = retentionOf(flags);
      await recordRetention(flags.subjectKeys, flags.by, retention);
      process.stdout.write(
        flags.json === true ? `${JSON.stringify({ retention })}\n` : `retention    ${describe(retention)}\n`,
      );
    });
}

function withRetention(command: Command): Command {
  return command
    .option('--retain-months <n>', 'how long a law obliges to keep records', months)
    .option('--retain-basis <text>', 'which law; logged, so it must not name a subject')
    .option('--no-retention', 'no law does')
    .requiredOption('--by <name>', 'who decides it; logged')
    .addOption(options.json());
}

/** That nothing stands against erasing is said, never assumed. */
function retentionOf({ retainMonths, retainBasis, retention }: RetentionFlags): Retention | null {
  const isNamed = retainMonths !== undefined || retainBasis !== undefined;
  if (!retention && !isNamed) return null;
  if (!retention) throw new UsageError('--no-retention contradicts --retain-months and --retain-basis');
  if (retainMonths === undefined || retainBasis === undefined)
    throw new UsageError(
      'say how long records must be kept: --retain-months <n> and --retain-basis <text>, or --no-retention',
    );
  return { months: retainMonths, basis: retainBasis };
}

async function recordRetention(folder: string, by: string, retention: Retention | null): Promise<void> {
  await atSubjectKeys(folder, async (keys, acts) => {
    const { months: long, basis } = retention ?? { months: null, basis: 'no law' };
    await expectNoneNamed(keys, '--retain-basis', basis);
    const subject = `domain ${keys.register.domain}`;
    const at = new Date().toISOString();
    await acts.append({ event: 'retention_set', actor: by, subject, at, data: { months: long, basis } });
  });
}

function describe(retention: Retention | null): string {
  return retention === null ? 'none' : `${retention.months} months (${retention.basis})`;
}
