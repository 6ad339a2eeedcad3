import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { StoredRates } from '../drops/stored-rates.ts';
import { InputError } from '../errors.ts';
import { expectDomain } from './expect-domain.ts';
import { options } from './options.ts';
import { atLearningStack, awsHelp, type StackFlags, stackOptions } from './stack-options.ts';

interface RatesFlags extends StackFlags {
  domain: string;
  json?: boolean;
}

/** `assay rates`: the rates of exchange by which a deployed stack converts amounts of money. */
export function addRates(program: Command): void {
  program
    .command('rates')
    .description('rates of exchange for the amounts of a domain, into a deployed stack')
    .argument('<file>', 'CSV: date,currency,rate, or date and a column for each currency')
    .addOption(new Option('--domain <name>', 'whose amounts they convert').makeOptionMandatory())
    .addOption(stackOptions.stage())
    .addOption(stackOptions.stack())
    .addOption(options.json())
    .addHelpText('after', `\nExample:\n  $ assay rates june-rates.csv --domain finance\n${awsHelp}`)
    .action((file: string, flags: RatesFlags) =>
      atLearningStack(flags, async (stack) => {
        await expectDomain(stack, flags.domain);
        const rates = await readText(file);
        const current = await new StoredRates(stack.artifacts).save(flags.domain, rates, basename(file));
        process.stdout.write(
          flags.json === true
            ? `${JSON.stringify({ domain: flags.domain, ...current })}\n`
            : `${file}: the rates of ${flags.domain} from the next drop on\n`,
        );
      }),
    );
}

async function readText(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`${file} cannot be read (${cause.code ?? cause.message})`, { cause });
  });
}
