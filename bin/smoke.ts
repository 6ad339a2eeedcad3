/** `npm run smoke -- --stage dev`: deploys, uses, breaks and destroys a stage, to see on a real account what an engine cannot show. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../lib/errors.ts';
import { SETTINGS_FILE_NAME } from '../lib/stack/settings-file.ts';
import { askAtTerminal } from '../operations/ask.ts';
import { smoke } from '../operations/smoke/smoke.ts';
import { exitCodeOf, formatOutcome } from '../operations/smoke/steps.ts';

const USAGE = `Usage: npm run smoke -- --stage dev [--yes] [--config FILE]

Deploys the stage into the account that the AWS settings name, drops a sample, forces an alarm, breaks the webhook, stops a drop,
approves a retraining, and destroys the stage with its data. Refuses a stage that is deployed already.

  --stage dev    the stage; prod is never destroyed
  --yes          does not ask
  --config FILE  the settings, instead of ${SETTINGS_FILE_NAME}

Exit codes: 0 no step failed, 1 a step failed, 2 bad usage.
`;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  return error instanceof UsageError ? 2 : 1;
});

async function main(args: string[]): Promise<number> {
  const { stage, yes, config = SETTINGS_FILE_NAME } = readArguments(args);
  if (stage !== 'dev') throw new UsageError(`--stage: expected dev, found ${stage ?? 'nothing'}\n\n${USAGE}`);
  const confirm = yes === true ? async () => true : askAtTerminal();
  const outcomes = await smoke({ config: resolve(config), confirm, say });
  say('');
  for (const outcome of outcomes) say(formatOutcome(outcome));
  return exitCodeOf(outcomes);
}

function readArguments(args: string[]) {
  try {
    const options = {
      stage: { type: 'string' },
      yes: { type: 'boolean' },
      config: { type: 'string' },
    } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`);
  }
}
