/** `cdk bootstrap` and `cdk deploy`, as anyone deploys: the stack's outputs come back. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { stageNamed } from '../lib/stack/stage.ts';
import { places, root } from './places.ts';
import { run } from './run.ts';

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

/** `context` is what may be said with `-c`: docs/deploy.md. */
export async function deploy(
  tell: (stage: string) => void,
  context: Readonly<Record<string, string>> = {},
): Promise<Outputs> {
  rmSync(places.deployLog, { force: true });
  if (!(await isBootstrapped())) {
    tell('cdk bootstrap');
    await cdk('bootstrap');
  }
  tell('cdk deploy');
  // The host's processors run the functions, and the layer is of their architecture.
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const settings = Object.entries({ ...context, architecture }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  await cdk('deploy', '--require-approval', 'never', '--outputs-file', places.outputs, ...settings);
  const outputs = (JSON.parse(readFileSync(places.outputs, 'utf8')) as Record<string, Outputs>)[
    `Assay-${STAGE}`
  ]!;
  await lockAudit(outputs.AuditBucket);
  return outputs;
}

async function cdk(...args: string[]): Promise<void> {
  const own = ['--ci', '--no-notices', '--output', places.cloudAssembly, '-c', `stage=${STAGE}`];
  if (!existsSync(CDK)) throw new Error(`${CDK} is missing: run npm ci`);
  await run(CDK, [...args, ...own], { log: places.deployLog });
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
