/** `cdk bootstrap` and `cdk deploy`, as anyone deploys: the stack's outputs come back. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import type { GivenSettings } from '../lib/stack/settings.ts';
import { readSettings } from '../lib/stack/settings-file.ts';
import { stageNamed } from '../lib/stack/stage.ts';
import { places, root } from '../operations/places.ts';
import { run } from '../operations/run.ts';

export interface Outputs {
  readonly DropsBucket: string;
  readonly DropsTable: string;
  readonly DataBucket: string;
  readonly AuditBucket: string;
  readonly ArtifactsBucket: string;
  readonly ModelsTable: string;
  readonly DeadLettersUrl: string;
  readonly ArrivalsUrl: string;
  readonly DropMachineArn: string;
  readonly RetrainMachineArn: string;
  readonly FlagsTable: string;
  readonly ApiUrl: string;
  readonly UserPoolId: string;
  readonly UserPoolClientId: string;
}

const CDK = join(root, 'node_modules', '.bin', 'cdk');
const STAGE = 'dev';
const SETTINGS_FILE = join(root, 'local', 'assay.config.yaml');

/** `given` comes on top of what local/assay.config.yaml says. */
export async function deploy(tell: (stage: string) => void, given: GivenSettings = {}): Promise<Outputs> {
  rmSync(places.deployLog, { force: true });
  writeSettings(given);
  if (!(await isBootstrapped())) {
    tell('cdk bootstrap');
    await cdk('bootstrap');
  }
  tell('cdk deploy');
  await cdk('deploy', '--require-approval', 'never', '--outputs-file', places.outputs);
  const outputs = (JSON.parse(readFileSync(places.outputs, 'utf8')) as Record<string, Outputs>)[
    `Assay-${STAGE}`
  ]!;
  await lockAudit(outputs.AuditBucket);
  return outputs;
}

/** The host's processors run the functions, and the layer is of their architecture. */
function writeSettings(given: GivenSettings): void {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const settings = { ...readSettings(SETTINGS_FILE, STAGE), ...given, architecture };
  writeFileSync(places.settings, JSON.stringify({ stages: { [STAGE]: settings } }, null, 2));
}

async function cdk(...args: string[]): Promise<void> {
  const own = ['--ci', '--no-notices', '--output', places.cloudAssembly];
  const context = ['-c', `stage=${STAGE}`, '-c', `config=${places.settings}`];
  if (!existsSync(CDK)) throw new Error(`${CDK} is missing: run npm ci`);
  await run(CDK, [...args, ...own, ...context], { log: places.deployLog });
}

async function isBootstrapped(): Promise<boolean> {
  try {
    await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }));
    return true;
  } catch {
    return false;
  }
}

/** MiniStack passes over the template's Object Lock; by API it keeps it, and refuses to delete as S3 does. */
async function lockAudit(bucket: string): Promise<void> {
  const { retentionMode: Mode, auditRetentionDays: Days } = stageNamed(STAGE);
  const ObjectLockConfiguration = {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode, Days } },
  } as const;
  await new S3Client({}).send(
    new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }),
  );
}
