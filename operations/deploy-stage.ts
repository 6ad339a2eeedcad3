/**
 * Deploys a stage as assay.config.yaml says: shows which settings change and what that does to the stack, asks, and deploys exactly
 * what was shown. `npm run deploy`, `npm start` and the tests deploy by this.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { UsageError } from '../lib/errors.ts';
import { compareSettings, formatSettingChange } from '../lib/stack/compare-settings.ts';
import type { Settings } from '../lib/stack/settings.ts';
import { readSettings } from '../lib/stack/settings-file.ts';
import { type Stage, type StageName, stageNamed } from '../lib/stack/stage.ts';
import { cdk } from './cdk.ts';
import { type DeployedStage, readDeployedStage, stackStatus } from './deployed-stage.ts';
import { places } from './places.ts';

export interface DeployRequest {
  readonly stage: StageName;
  /** The settings file. */
  readonly config: string;
  readonly say: (text: string) => void;
  /** Null: no one can be asked, and `yes` was not given. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
  /** Where all that CDK writes goes too. */
  readonly log?: string;
}

export type StackOutputs = Readonly<Record<string, string>>;

/** The stack's outputs; null where the answer was no. */
export async function deployStage(request: DeployRequest): Promise<StackOutputs | null> {
  const { stage, config, say, log } = request;
  const stackName = `Assay-${stage}`;
  const settings = readSettings(config, stage);
  mkdirSync(places.folder, { recursive: true });
  say('making the template');
  const template = ['synth', '--quiet', '-c', `stage=${stage}`, '-c', `config=${config}`];
  await cdk([...template, '--output', places.cloudAssembly], log);
  const { account, region } = await whereTo();
  say(`${stackName} in account ${account}, ${region}`);
  const isBootstrapped = (await stackStatus('CDKToolkit')) !== null;
  if (!isBootstrapped) say('this account and region are not bootstrapped: `cdk bootstrap` runs first');
  const deployed = await readDeployedStage(stackName);
  for (const line of describeSettings(deployed, settings)) say(line);
  if (deployed !== null) say((await cdk(['diff', '--app', places.cloudAssembly, stackName], log)).trimEnd());
  if (!(await isConfirmed(request, stackName))) return null;
  if (!isBootstrapped) {
    say('cdk bootstrap');
    await cdk(['bootstrap', '--app', places.cloudAssembly, `aws://${account}/${region}`], log);
  }
  for (const step of deploySteps(stageNamed(stage), deployed)) {
    say(DEPLOYING[step]);
    const assembly = step === 'unprotected' ? places.firstAssembly : places.cloudAssembly;
    if (step === 'unprotected') await cdk([...template, '-c', 'unprotected=true', '--output', assembly], log);
    const args = ['--app', assembly, '--require-approval', 'never', '--outputs-file', places.outputs];
    await cdk(['deploy', stackName, ...args], log);
  }
  return (JSON.parse(readFileSync(places.outputs, 'utf8')) as Record<string, StackOutputs>)[stackName]!;
}

const DEPLOYING = {
  unprotected:
    'cdk deploy, without protection from deletion: a first deploy that fails can be taken back and repeated',
  'as set': 'cdk deploy',
} as const;

/** A stage that is protected from deletion gets its protection when everything is there: see `unprotected`. */
export function deploySteps(
  { deletionProtection }: Stage,
  deployed: DeployedStage | null,
): (keyof typeof DEPLOYING)[] {
  return deployed === null && deletionProtection ? ['unprotected', 'as set'] : ['as set'];
}

/** What becomes of the settings, in lines: what is taken away first. */
export function describeSettings(deployed: DeployedStage | null, settings: Settings): string[] {
  if (deployed === null) return ['there is no such stack yet: everything is new'];
  if (deployed.settings === undefined) {
    return [
      'the deployed stack does not say with which settings it was made (an older version did): read the differences below for what would be removed',
    ];
  }
  const changes = compareSettings(deployed.settings, settings);
  if (changes.length === 0) return ['settings: as deployed'];
  const order = ['removed', 'changed', 'added'];
  const sorted = changes.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return ['settings (deployed → new):', ...sorted.map((change) => `  ${formatSettingChange(change)}`)];
}

async function isConfirmed({ confirm }: DeployRequest, stackName: string): Promise<boolean> {
  if (confirm === null) {
    throw new UsageError(`deploying ${stackName} must be confirmed: run it at a terminal, or with --yes`);
  }
  return await confirm(`Deploy ${stackName}?`);
}

async function whereTo(): Promise<{ readonly account: string; readonly region: string }> {
  const { Account = '' } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  return { account: Account, region: await new CloudFormationClient({}).config.region() };
}
