/** A bundled function in a process of its own, as Lambda runs it: its layers found by NODE_PATH, its settings in the environment. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { type HandlerName, handlerOf } from '../../lib/stack/handlers.ts';
import { LAYER_NAMES } from '../../lib/stack/native-layer.ts';

/** Values that their readers take. */
const VALUES: Readonly<Record<string, string>> = {
  ASSAY_DROPS_BUCKET: 'drops',
  ASSAY_DATA_BUCKET: 'data',
  ASSAY_AUDIT_BUCKET: 'audit',
  ASSAY_ARTIFACTS_BUCKET: 'artifacts',
  ASSAY_FLAGS_TABLE: 'flags',
  ASSAY_DROPS_TABLE: 'drops',
  ASSAY_MODELS_TABLE: 'models',
  ASSAY_SUBJECTS_TABLE: 'subjects',
  ASSAY_SUBJECTS_KEY: 'a-key',
  ASSAY_ERASURE_DOMAINS: '',
  ASSAY_DEAD_LETTERS_URL: 'https://sqs.example/dead-letters',
  ASSAY_ARRIVALS_URL: 'https://sqs.example/arrivals',
  ASSAY_MAX_DROPS: '10',
  ASSAY_DROP_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:drop',
  ASSAY_RETRAIN_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:retrain',
  ASSAY_AUDIT_RETENTION_DAYS: '1',
  ASSAY_AUDIT_RETENTION_MODE: 'GOVERNANCE',
  ASSAY_STAGE: 'dev',
  ASSAY_ALARM_PREFIX: 'Assay-dev-Alarms',
  ASSAY_CHANGED_SETTINGS: '{}',
  ASSAY_ROWS_PER_PARTITION: '250000',
  ASSAY_BYTES_PER_RANGE: '1',
  ASSAY_WHOLE_BYTES: '1',
  ASSAY_TREE_GROUPS: '8',
  ASSAY_EVENT_BUS: 'assay-dev',
  ASSAY_RETRAIN_ON_DRIFT: 'true',
  ASSAY_BELOW_THE_LINE: '0.01',
  ASSAY_SECOND_OPINION: '0.05',
  ASSAY_SIGNING_KEY: 'a-key',
  ASSAY_LOG_NAME: 'assay-dev.example',
  ASSAY_WEBHOOK_URL: 'https://hooks.example/assay',
  ASSAY_WEBHOOK_SECRET: 'secret',
  ASSAY_CONSOLE_ISSUER: 'https://login.example',
  ASSAY_CONSOLE_CLIENT: 'console',
  ASSAY_CONSOLE_ORIGINS: 'https://login.example',
};

/** Lambda's own. */
const AWS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };

/** By function: what the stack puts into its environment, where it is one of `VALUES`. */
export function environmentsOf(template: Template): ReadonlyMap<HandlerName, Record<string, string>> {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  return new Map(
    functions.map(({ Properties }) => {
      const names = Object.keys(Properties.Environment.Variables).filter((name) => name in VALUES);
      const name = /([a-z-]+)\.handler$/.exec(Properties.Handler)![1] as HandlerName;
      return [name, { ...AWS, ...Object.fromEntries(names.map((one) => [one, VALUES[one]!])) }];
    }),
  );
}

/** Where the function's module stands under the folder of all bundles. */
export const moduleOf = (code: string, name: HandlerName): string =>
  join(code, name, handlerOf(name).replace(/\.handler$/, '.js'));

/** Runs a script with all layers, or those that are named. */
export function runScript(
  script: string,
  layers: string,
  env: Readonly<Record<string, string>>,
  names: readonly string[] = LAYER_NAMES,
): SpawnSyncReturns<string> {
  const NODE_PATH = names.map((name) => join(layers, name, 'nodejs', 'node_modules')).join(delimiter);
  return spawnSync(process.execPath, ['-e', script], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...env, NODE_PATH },
  });
}
