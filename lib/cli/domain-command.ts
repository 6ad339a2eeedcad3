import type { Command } from 'commander';
import { loadPack } from '../packs/load-pack.ts';
import { currencyWarnings } from '../packs/money-columns.ts';
import { groupWarnings } from '../packs/reason-groups.ts';
import { addDomainInit } from './domain-init-command.ts';
import { options } from './options.ts';

/** `assay domain`: packs checked, and a first one guessed from a file. */
export function addDomain(program: Command): void {
  const domain = program.command('domain').description('check a domain pack, or begin one from a file');
  domain
    .command('check')
    .description('every mistake in a pack, by line and key')
    .argument('<file>', 'a pack (YAML), or the name of a shipped one')
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  $ assay domain check packs/loans.yaml')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const pack = await loadPack(file);
      // The database is loaded for a pack whose form is sound only: a refusal takes no time.
      const { checkPack } = await import('../features/check-pack.ts');
      await checkPack(pack, file);
      const warnings = [...currencyWarnings(pack), ...groupWarnings(pack)];
      for (const warning of warnings) process.stderr.write(`assay: ${file}: ${warning}\n`);
      const found = {
        domain: pack.domain,
        version: pack.version,
        columns: pack.columns.length,
        features: pack.features.length,
        rules: pack.rules.length,
      };
      process.stdout.write(
        json === true
          ? `${JSON.stringify({ ok: true, ...found, warnings })}\n`
          : `${file}: sound; ${found.columns} columns, ${found.features} features, ${found.rules} rules\n`,
      );
    });
  addDomainInit(domain);
}
