/** The stack in the AWS on this machine, deployed as anyone deploys it: its outputs come back. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import type { GivenSettings } from '../lib/stack/settings.ts';
import { readSettings } from '../lib/stack/settings-file.ts';
import { stageNamed } from '../lib/stack/stage.ts';
import { deployStage } from '../operations/deploy-stage.ts';
import { places, root } from '../operations/places.ts';

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
  readonly ConsoleUrl: string;
  readonly UserPoolId: string;
  readonly UserPoolClientId: string;
  readonly SigningKey: string;
  readonly LogName: string;
}

const STAGE = 'dev';
const SETTINGS_FILE = join(root, 'local', 'assay.config.yaml');

/** `given` comes on top of what local/assay.config.yaml says. */
export async function deploy(report: (stage: string) => void, given: GivenSettings = {}): Promise<Outputs> {
  rmSync(places.deployLog, { force: true });
  writeSettings(given);
  const outputs = await deployStage({
    stage: STAGE,
    config: places.settings,
    // Only its steps: the differences of a local stack are in the log.
    say: (text) => {
      if (!text.includes('\n')) report(text);
    },
    confirm: async () => true,
    log: places.deployLog,
  });
  await lockAudit(outputs!.AuditBucket!);
  return outputs as unknown as Outputs;
}

/** The host's processors run the functions, and the layer is of their architecture. */
function writeSettings(given: GivenSettings): void {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const settings = {
    ...readSettings(SETTINGS_FILE, STAGE),
    ...given,
    console: { ...engineOrigins(), ...given.console },
    architecture,
  };
  writeFileSync(places.settings, JSON.stringify({ stages: { [STAGE]: settings } }, null, 2));
}

/** Browsers sign in at the engine, and send files there: it answers for all of AWS. */
function engineOrigins(): GivenSettings['console'] {
  const { origin } = new URL(process.env.AWS_ENDPOINT_URL!);
  return { issuerOrigin: origin };
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
