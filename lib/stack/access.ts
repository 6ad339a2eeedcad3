/**
 * What a function may touch, by name: an access is the environment variables that tell the function where a thing is, and
 * the statements that let it do with it what it must. A role holds these and nothing else.
 */

import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { MinSeverity } from '../events/flags-raised.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';
import type { Storage } from './storage.ts';
import { DROP_INDEXES, FLAG_INDEXES, type Tables } from './tables.ts';

export interface Stores {
  readonly storage: Storage;
  readonly tables: Tables;
  readonly queues: Queues;
  readonly stage: Stage;
  readonly bus: EventBus;
  /** Of the state machine that retrains, which need not be there yet. */
  readonly retrainMachineArn: string;
  readonly learning: Learning;
  /** Flags below it are in no event. */
  readonly minSeverity: MinSeverity;
  /** What the groups of an issuer of your own stand for; null: the stack's own pool signs the tokens. */
  readonly issuerGroups: Readonly<Record<string, readonly string[]>> | null;
  /** Null: no webhook is asked for. */
  readonly webhook: Webhook | null;
}

/** How Assay learns of its own faults. */
export interface Learning {
  /** Shares put up for blind review: of records not flagged, and of flags. */
  readonly belowTheLine: number;
  readonly secondOpinion: number;
  /** Whether an alarm of the monitor may start a retraining. */
  readonly retrainOnDrift: boolean;
}

/** Whom events are posted to, and what they are signed by. */
export interface Webhook {
  readonly url: string;
  readonly secretArn: string;
}

export interface Access {
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

const allow = (actions: readonly string[], ...resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] });

/** Listing is what makes a missing object "not found" and not "denied". */
const readObjects = (bucket: Bucket, prefix: string): PolicyStatement[] => [
  allow(['s3:GetObject', 's3:GetObjectVersion'], bucket.arnForObjects(`${prefix}*`)),
  allow(['s3:ListBucket'], bucket.bucketArn),
];

/** Of each key the first version: see lib/store/retained-reader.ts. */
const readRetained = (bucket: Bucket): PolicyStatement[] => [
  ...readObjects(bucket, ''),
  allow(['s3:ListBucketVersions'], bucket.bucketArn),
];

const writeObjects = (bucket: Bucket, prefix: string): PolicyStatement[] => [
  allow(['s3:PutObject', 's3:AbortMultipartUpload'], bucket.arnForObjects(`${prefix}*`)),
];

const readItems = (table: Table, indexes: readonly string[] = []): PolicyStatement[] => [
  allow(
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
    table.tableArn,
    ...indexes.map((index) => `${table.tableArn}/index/${index}`),
  ),
];

const PUTS = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'] as const;

const writeItems = (table: Table): PolicyStatement[] => [allow(PUTS, table.tableArn)];

/** Only under these keys: nobody removes a drop's item, nor an entry of the audit log. */
const removeItems = (table: Table, keys: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['dynamodb:DeleteItem'],
    resources: [table.tableArn],
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
  });

/** Into the table of drops, which holds many kinds of items: only the kinds whose keys these are. */
const putDropItems =
  (...keys: readonly string[]) =>
  ({ tables: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_TABLE: drops.tableName },
    statements: [
      new PolicyStatement({
        actions: [...PUTS],
        resources: [drops.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
      }),
    ],
  });

const ACCESSES = {
  readDrops: ({ storage: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_BUCKET: drops.bucketName },
    statements: readObjects(drops, 'drops/'),
  }),
  readLabels: ({ storage: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_BUCKET: drops.bucketName },
    statements: readObjects(drops, 'labels/'),
  }),
  /** Which version an event speaks of, where it names none. */
  findVersions: ({ storage: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_BUCKET: drops.bucketName },
    statements: [allow(['s3:ListBucketVersions'], drops.bucketArn)],
  }),
  /** A presigned upload is done with the rights of the function that signed it. */
  signUploads: ({ storage: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_BUCKET: drops.bucketName },
    statements: [...writeObjects(drops, 'drops/'), ...writeObjects(drops, 'labels/')],
  }),
  readData: ({ storage: { data } }: Stores): Access => ({
    environment: { ASSAY_DATA_BUCKET: data.bucketName },
    statements: readObjects(data, ''),
  }),
  /** The files of drops for people: an address to fetch one from has the rights of the function that signed it. */
  serveResults: ({ storage: { data, audit } }: Stores): Access => ({
    environment: { ASSAY_DATA_BUCKET: data.bucketName, ASSAY_AUDIT_BUCKET: audit.bucketName },
    statements: [
      ...['results/', 'records/', 'decisions/'].flatMap((prefix) => readObjects(data, prefix)),
      ...readRetained(audit),
    ],
  }),
  writeData: ({ storage: { data } }: Stores): Access => ({
    environment: { ASSAY_DATA_BUCKET: data.bucketName },
    statements: writeObjects(data, ''),
  }),
  retain: ({ storage: { audit }, stage }: Stores): Access => ({
    environment: {
      ASSAY_AUDIT_BUCKET: audit.bucketName,
      ASSAY_AUDIT_RETENTION_DAYS: String(stage.auditRetentionDays),
      ASSAY_AUDIT_RETENTION_MODE: stage.retentionMode,
    },
    statements: [
      ...readRetained(audit),
      allow(['s3:PutObject', 's3:PutObjectRetention', 's3:GetObjectRetention'], audit.arnForObjects('*')),
    ],
  }),
  readModels: ({ storage: { artifacts }, tables: { models } }: Stores): Access => ({
    environment: { ASSAY_ARTIFACTS_BUCKET: artifacts.bucketName, ASSAY_MODELS_TABLE: models.tableName },
    statements: [
      ...readObjects(artifacts, 'models/'),
      ...readObjects(artifacts, 'rates/'),
      ...readItems(models),
    ],
  }),
  /** Which domains have models of their own. */
  listDomains: ({ tables: { models } }: Stores): Access => ({
    environment: { ASSAY_MODELS_TABLE: models.tableName },
    statements: [allow(['dynamodb:Query'], models.tableArn)],
  }),
  writeModels: ({ storage: { artifacts }, tables: { models } }: Stores): Access => ({
    environment: { ASSAY_ARTIFACTS_BUCKET: artifacts.bucketName, ASSAY_MODELS_TABLE: models.tableName },
    statements: [...writeObjects(artifacts, 'models/'), ...writeItems(models)],
  }),
  /** What a model that waits for approval did beside the champion. */
  keepShadows: ({ storage: { artifacts } }: Stores): Access => ({
    environment: { ASSAY_ARTIFACTS_BUCKET: artifacts.bucketName },
    statements: writeObjects(artifacts, 'models/'),
  }),
  /** Promotes, approves, rolls back; what is stored beside it is said in `writeModels`. */
  writeRegistry: ({ tables: { models } }: Stores): Access => ({
    environment: { ASSAY_MODELS_TABLE: models.tableName },
    statements: writeItems(models),
  }),
  /** Which flags events are made of. */
  raiseFlags: ({ minSeverity }: Stores): Access => ({
    environment: { ASSAY_EVENTS_MIN_SEVERITY: minSeverity },
    statements: [],
  }),
  tellEvents: ({ bus }: Stores): Access => ({
    environment: { ASSAY_EVENT_BUS: bus.eventBusName },
    statements: [allow(['events:PutEvents'], bus.eventBusArn)],
  }),
  startRetrainings: ({ retrainMachineArn, learning }: Stores): Access => ({
    environment: {
      ASSAY_RETRAIN_MACHINE_ARN: retrainMachineArn,
      ASSAY_RETRAIN_ON_DRIFT: String(learning.retrainOnDrift),
    },
    statements: [allow(['states:StartExecution'], retrainMachineArn)],
  }),
  cancelRetrainings: ({ retrainMachineArn }: Stores): Access => ({
    environment: {},
    statements: [
      allow(['states:StopExecution'], `${retrainMachineArn.replace(':stateMachine:', ':execution:')}:*`),
    ],
  }),
  /** Lets a retraining that waits for approval go on. */
  answerRetrainings: ({ retrainMachineArn }: Stores): Access => ({
    environment: {},
    statements: [allow(['states:SendTaskSuccess'], retrainMachineArn)],
  }),
  /** Who may do what. */
  readCallers: ({ issuerGroups }: Stores): Access => ({
    environment: { ASSAY_ISSUER_GROUPS: issuerGroups === null ? '' : JSON.stringify(issuerGroups) },
    statements: [],
  }),
  /** Which records are put up for blind review. */
  sample: ({ learning }: Stores): Access => ({
    environment: {
      ASSAY_BELOW_THE_LINE: String(learning.belowTheLine),
      ASSAY_SECOND_OPINION: String(learning.secondOpinion),
    },
    statements: [],
  }),
  webhook: ({ webhook }: Stores): Access => ({
    environment: {
      ASSAY_WEBHOOK_URL: webhook?.url ?? '',
      ASSAY_WEBHOOK_SECRET: webhook?.secretArn ?? '',
    },
    statements: webhook === null ? [] : [allow(['secretsmanager:GetSecretValue'], webhook.secretArn)],
  }),
  readFlags: ({ tables: { flags } }: Stores): Access => ({
    environment: { ASSAY_FLAGS_TABLE: flags.tableName },
    statements: readItems(flags, FLAG_INDEXES),
  }),
  writeFlags: ({ tables: { flags } }: Stores): Access => ({
    environment: { ASSAY_FLAGS_TABLE: flags.tableName },
    statements: writeItems(flags),
  }),
  readStatus: ({ tables: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_TABLE: drops.tableName },
    statements: readItems(drops, DROP_INDEXES),
  }),
  /** How far drops are. */
  markDrops: putDropItems('drop#*'),
  /** Which drops are the past of later ones. */
  extendHistory: putDropItems('history#*', 'history-of#*'),
  /** The audit log of acts: who can write it can forge it. */
  recordActs: putDropItems('audit#*', 'audit-head#*', 'audit-subject#*'),
  /** How people are called. */
  keepNames: putDropItems('person#*'),
  markLabels: putDropItems('labels#*'),
  /** Who asked for an upload of labels. */
  offerUploads: putDropItems('labels-upload#*'),
  storeResponses: putDropItems('idempotency#*'),
  storeEvents: putDropItems('outbox'),
  /** When the models were last looked at. */
  noteWatches: putDropItems('monitor'),
  /** What cursors are signed by. */
  makeSecrets: putDropItems('secret#*'),
  /** An idempotency key is given up when its request failed. */
  releaseKeys: ({ tables: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_TABLE: drops.tableName },
    statements: [removeItems(drops, 'idempotency#*')],
  }),
  /** An event that was told. */
  emptyOutbox: ({ tables: { drops } }: Stores): Access => ({
    environment: { ASSAY_DROPS_TABLE: drops.tableName },
    statements: [removeItems(drops, 'outbox')],
  }),
  sendDeadLetters: ({ queues: { deadLetters } }: Stores): Access => ({
    environment: { ASSAY_DEAD_LETTERS_URL: deadLetters.queueUrl },
    statements: [allow(['sqs:SendMessage'], deadLetters.queueArn)],
  }),
  /** Of an asynchronous call that failed for good: Lambda sends it with the rights of the function. */
  failToDeadLetters: ({ queues: { deadLetters } }: Stores): Access => ({
    environment: {},
    statements: [allow(['sqs:SendMessage'], deadLetters.queueArn)],
  }),
} as const;

export type AccessName = keyof typeof ACCESSES;

export const accessTo = (name: AccessName, stores: Stores): Access => ACCESSES[name](stores);

/** Whoever reads or writes what the key encrypts. */
export const useKey = ({ storage: { key } }: Stores): PolicyStatement =>
  allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
