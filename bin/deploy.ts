/** `npm run deploy -- <stage>`: deploys a stage with the settings of assay.config.yaml, after showing what changes. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../lib/errors.ts';
import { nameStage, SETTINGS_FILE_NAME } from '../lib/stack/settings-file.ts';
import { askAtTerminal } from '../operations/ask.ts';
import { deployStage } from '../operations/deploy-stage.ts';

const USAGE = `Usage: npm run deploy -- <stage> [--yes] [--config FILE]

  <stage>        dev or prod
  --yes          does not ask, for CI
  --config FILE  the settings, instead of ${SETTINGS_FILE_NAME}

Shows which settings would be removed or changed and what differs in the stack, then asks.
Exit codes: 0 done, 1 failed or not confirmed, 2 bad usage.
`;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  return error instanceof UsageError ? 2 : 1;
});

async function main(argv: string[]): Promise<number> {
  const { positionals, values } = readArguments(argv);
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  const [stage, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`expected one stage, found ${positionals.join(' ')}`);
  const outputs = await deployStage({
    stage: readStage(stage),
    config: resolve(values.config ?? SETTINGS_FILE_NAME),
    say,
    confirm: values.yes === true ? async () => true : askAtTerminal(),
  });
  if (outputs === null) {
    say('not deployed');
    return 1;
  }
  for (const [name, value] of Object.entries(outputs)) say(`${name}  ${value}`);
  return 0;
}

function readArguments(args: string[]) {
  try {
    const options = {
      yes: { type: 'boolean' },
      config: { type: 'string' },
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function readStage(found: string | undefined) {
  try {
    return nameStage(found);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}
