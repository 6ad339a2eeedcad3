import type { Command } from 'commander';
import { InputError } from '../errors.ts';
import { eraseSubject } from '../privacy/erase-subject.ts';
import { options } from './options.ts';
import { atSubjectKeys, subjectKeysOption } from './subject-key-folder.ts';

interface EraseFlags {
  subject: string;
  subjectKeys: string;
  basis: string;
  by: string;
  json?: boolean;
}

/** `assay erase`: a subject's key destroyed, so that no run can be read for it again. */
export function addErase(program: Command): void {
  program
    .command('erase')
    .description(
      "destroy a subject's key: what runs hold of it cannot be read again; refused while a law or a hold stands against it",
    )
    .requiredOption('--subject <id>', 'the entity, as its records have it')
    .addOption(subjectKeysOption().makeOptionMandatory())
    .requiredOption(
      '--basis <text>',
      'why, such as the number of the request; logged, so it must not name the subject',
    )
    .requiredOption('--by <name>', 'who decides it; logged')
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  $ assay erase --subject AC000381 --subject-keys keys --basis "request 2026-114" --by "A. Muster"',
    )
    .action(async ({ subject, subjectKeys, basis, by, json }: EraseFlags) => {
      const now = new Date().toISOString();
      const outcome = await atSubjectKeys(subjectKeys, (keys, acts) =>
        eraseSubject(keys, acts, { subject, basis, by, now }),
      );
      if (json === true) process.stdout.write(`${JSON.stringify(outcome)}\n`);
      if (!outcome.erased)
        throw new InputError(`not erased, and recorded as refused: ${outcome.because.join('; ')}`);
      if (json !== true)
        process.stdout.write(
          `erased: the key of ${outcome.pseudonym} is destroyed; delete copies of ${subjectKeys} and the delivered files yourself\n`,
        );
    });
}
