/** The CDK's command line, as this project calls it: nothing is asked by it, and nothing is sent but to the account. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './places.ts';
import { run } from './run.ts';

const CDK = join(root, 'node_modules', '.bin', 'cdk');

/** What it wrote comes back; with a `log`, it is appended there too. */
export async function cdk(args: readonly string[], log?: string): Promise<string> {
  if (!existsSync(CDK)) throw new Error(`${CDK} is missing: run npm ci`);
  return await run(CDK, [...args, '--ci', '--no-notices', '--no-color'], {
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    ...(log !== undefined && { log }),
  });
}
