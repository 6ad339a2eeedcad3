/**
 * What a function may do, by name: an access is the statements that allow it, and settings of what it is about. A role holds these and
 * nothing else. test/stack/permissions.test.ts holds them against what the functions ask for.
 */

import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { MinSeverity } from '../events/flags-raised.ts';
import { formatModelKeys } from '../models/model-key.ts';
import type { Queues } from './queues.ts';
import type { Stage } from './stage.ts';
import type { Storage } from './storage.ts';
import type { DROP_INDEXES, FLAG_INDEXES, Tables } from './tables.ts';

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
  readonly cutting: Cutting;
  /** In PEM. */
  readonly modelKeys: readonly string[];
  /** What the groups of an issuer of your own stand for; null: the stack's own pool signs the tokens. */
  readonly issuerGroups: Readonly<Record<string, readonly string[]>> | null;
  readonly signIn: SignIn;
  /** Settings that are not the defaults, by key. */
  readonly changedSettings: Readonly<Record<string, unknown>>;
  /** Null: no webhook is asked for. */
  readonly webhook: Webhook | null;
  /** Whose records are erasable. */
  readonly erasureDomains: readonly string[];
}

/** How large a drop is before it is cut, and how large its parts are. */
export interface Cutting {
  readonly recordsPerPart: number;
  readonly wholeMegabytes: number;
}

/** How Assay learns of its own faults. */
export interface Learning {
  /** Shares put up for blind review: of records not flagged, and of flags. */
  readonly belowTheLine: number;
  readonly secondOpinion: number;
  /** Null: any number. */
  readonly blindPerDay: number | null;
  /** How long a case is held, and how old a sign-in may be by which a verdict is signed. */
  readonly holdMinutes: number;
  readonly signInSeconds: number;
  /** How large a file may be that is attached to a case. */
  readonly attachmentMegabytes: number;
  /** Whether an alarm of the monitor may start a retraining. */
  readonly retrainOnDrift: boolean;
}

/** How people sign in to the console. */
export interface SignIn {
  /** As browsers reach it. */
  readonly issuer: string;
  readonly client: string;
  /** Origins beside its own that the console connects to: the issuer's, and those of files that are sent or fetched. */
  readonly origins: readonly string[];
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
const readObjects = (bucket: Bucket, ...prefixes: readonly string[]): PolicyStatement[] => [
  allow(['s3:GetObject'], ...prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`))),
  allow(['s3:ListBucket'], bucket.bucketArn),
];

/** Where a version is asked for by its id. */
const readVersions = (bucket: Bucket, prefix: string): PolicyStatement[] => [
  allow(['s3:GetObjectVersion'], bucket.arnForObjects(`${prefix}*`)),
  allow(['s3:ListBucket'], bucket.bucketArn),
];

/** Of each key the first version: see lib/aws/retained-reader.ts. */
const readRetained = (bucket: Bucket): PolicyStatement[] => [
  allow(['s3:GetObjectVersion'], bucket.arnForObjects('*')),
  allow(['s3:ListBucketVersions'], bucket.bucketArn),
];

const writeObjects = (bucket: Bucket, prefix: string): PolicyStatement[] => [
  allow(['s3:PutObject', 's3:AbortMultipartUpload'], bucket.arnForObjects(`${prefix}*`)),
];

type Index = (typeof FLAG_INDEXES)[number] | (typeof DROP_INDEXES)[number];
type Operation =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'ConditionCheckItem';

const ofItems = (table: Table, ...operations: readonly Operation[]): PolicyStatement =>
  allow(
    operations.map((operation) => `dynamodb:${operation}`),
    table.tableArn,
  );

const queryIndexes = (table: Table, ...indexes: readonly Index[]): PolicyStatement =>
  allow(['dynamodb:Query'], ...indexes.map((index) => `${table.tableArn}/index/${index}`));

/** In a table that holds many kinds of items: only the kinds whose keys these are. */
const keyedItems =
  (table: (stores: Stores) => Table, operations: readonly Operation[], ...keys: readonly string[]) =>
  (stores: Stores): Access =>
    rights(
      new PolicyStatement({
        actions: operations.map((operation) => `dynamodb:${operation}`),
        resources: [table(stores).tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] } },
      }),
    );

const dropItems = (operations: readonly Operation[], ...keys: readonly string[]) =>
  keyedItems(({ tables: { drops } }) => drops, operations, ...keys);

const flagItems = (operations: readonly Operation[], ...keys: readonly string[]) =>
  keyedItems(({ tables: { flags } }) => flags, operations, ...keys);

/** Keys of those kinds. That of a domain is destroyed by no function. */
const destroyKeys = (stores: Stores, ...keys: readonly string[]) =>
  keyedItems(({ tables: { subjects } }) => subjects, ['DeleteItem'], ...keys)(stores).statements;

const rights = (...statements: readonly PolicyStatement[]): Access => ({ environment: {}, statements });

const subjectNames = ({ storage: { key }, tables: { subjects }, erasureDomains }: Stores) => ({
  ASSAY_ERASURE_DOMAINS: erasureDomains.join(' '),
  ASSAY_SUBJECTS_TABLE: subjects.tableName,
  ASSAY_SUBJECTS_KEY: key.keyId,
});

/** Where no domain's records are erasable there are no keys, and no right to them. */
const forErasable = ({ erasureDomains }: Stores, ...statements: readonly PolicyStatement[]) =>
  erasureDomains.length === 0 ? [] : statements;

const ACCESSES = {
  readDrops: ({ storage: { drops } }: Stores) => rights(...readVersions(drops, 'drops/')),
  /** What was delivered to an erasable domain, once it is done, its copy in UTF-8, and the key that its name was sealed under. */
  deleteDelivered: (stores: Stores): Access => {
    const { storage, tables, erasureDomains } = stores;
    const { drops, data } = storage;
    const objects = erasureDomains.flatMap((domain) => [
      drops.arnForObjects(`drops/${domain}/*`),
      data.arnForObjects(`work/text/${domain}/*`),
    ]);
    const statements =
      objects.length === 0
        ? []
        : [
            allow(['s3:DeleteObjectVersion'], ...objects),
            allow(['s3:ListBucketVersions'], data.bucketArn),
            ofItems(tables.subjects, 'GetItem', 'BatchGetItem'),
            ...destroyKeys(stores, 'drop#*'),
          ];
    return { environment: subjectNames(stores), statements };
  },
  /** Of an erasable domain, as they were written anew. */
  readLabels: ({ storage: { drops, data }, erasureDomains }: Stores) =>
    rights(
      ...readVersions(drops, 'labels/'),
      ...(erasureDomains.length === 0 ? [] : readObjects(data, 'labels/')),
    ),
  /** Labels of an erasable domain are written anew, and what was delivered is deleted. */
  keyLabels: ({ storage: { drops, data }, erasureDomains }: Stores) =>
    rights(
      ...(erasureDomains.length === 0 ? [] : [allow(['s3:PutObject'], data.arnForObjects('labels/*'))]),
      ...erasureDomains.map((domain) =>
        allow(['s3:DeleteObjectVersion'], drops.arnForObjects(`labels/${domain}/*`)),
      ),
    ),
  /** Which version an event speaks of, where it names none. */
  findVersions: ({ storage: { drops } }: Stores) => rights(allow(['s3:ListBucketVersions'], drops.bucketArn)),
  /** A presigned upload is done with the rights of the function that signed it. */
  signUploads: ({ storage: { drops } }: Stores) =>
    rights(allow(['s3:PutObject'], drops.arnForObjects('drops/*'), drops.arnForObjects('labels/*'))),
  /** An upload is read from quarantine, and lies with the records of the domain once it is checked. */
  attachFiles: ({ storage: { drops, data }, learning }: Stores): Access => ({
    environment: { ASSAY_ATTACHMENT_BYTES: String(learning.attachmentMegabytes * 1024 ** 2) },
    statements: [
      allow(['s3:PutObject', 's3:GetObject'], drops.arnForObjects('attachments/*')),
      allow(['s3:ListBucket'], drops.bucketArn),
      allow(['s3:PutObject', 's3:GetObject'], data.arnForObjects('attachments/*')),
    ],
  }),
  readData: ({ storage: { data } }: Stores) => rights(...readObjects(data, '')),
  /** Of a drop that is learned from: the records as they were when it was done. */
  readRecords: ({ storage: { data } }: Stores) => rights(...readVersions(data, 'records/')),
  /** The files of drops, for people: an address to fetch one from has the rights of the function that signed it. */
  serveResults: ({ storage: { data, audit } }: Stores) =>
    rights(...readObjects(data, 'results/', 'records/', 'decisions/'), ...readRetained(audit)),
  /** What people asked for, put together: an address to fetch it from has the rights of the function that signed it. */
  serveExports: ({ storage: { data } }: Stores) =>
    rights(allow(['s3:GetObject'], data.arnForObjects('exports/*'))),
  saveExports: ({ storage: { data } }: Stores) => rights(...writeObjects(data, 'exports/')),
  writeData: ({ storage: { data } }: Stores) => rights(...writeObjects(data, '')),
  retain: ({ storage: { audit }, stage }: Stores): Access => ({
    environment: {
      ASSAY_AUDIT_RETENTION_DAYS: String(stage.auditRetentionDays),
      ASSAY_AUDIT_RETENTION_MODE: stage.retentionMode,
    },
    statements: [
      ...readRetained(audit),
      allow(['s3:PutObject', 's3:PutObjectRetention'], audit.arnForObjects('*')),
    ],
  }),
  loadModels: ({ storage: { artifacts }, modelKeys }: Stores): Access => ({
    environment: modelKeys.length === 0 ? {} : { ASSAY_MODEL_KEYS: formatModelKeys(modelKeys) },
    statements: readObjects(artifacts, 'models/'),
  }),
  readRates: ({ storage: { artifacts } }: Stores) => rights(...readObjects(artifacts, 'rates/')),
  /** Which model serves a domain, and which one waits. */
  findModels: ({ tables: { models } }: Stores) => rights(ofItems(models, 'GetItem')),
  /** Which domains have models of their own. */
  listDomains: ({ tables: { models } }: Stores) => rights(ofItems(models, 'Query')),
  listRetrainings: ({ tables: { models } }: Stores) => rights(ofItems(models, 'Query', 'BatchGetItem')),
  saveModels: ({ storage: { artifacts } }: Stores) => rights(...writeObjects(artifacts, 'models/')),
  /** What a model that waits for approval did beside the champion. */
  saveShadows: ({ storage: { artifacts } }: Stores) =>
    rights(allow(['s3:PutObject'], artifacts.arnForObjects('models/*'))),
  /** Registers, promotes, rolls back; what begins a retraining; figures of live models. */
  writeRegistry: ({ tables: { models } }: Stores) => rights(ofItems(models, 'PutItem')),
  /** How far a retraining is, and how it ended. */
  markRetrainings: ({ tables: { models } }: Stores) => rights(ofItems(models, 'UpdateItem')),
  /** Into how many parts a drop goes. */
  cutDrops: ({ cutting: { recordsPerPart, wholeMegabytes } }: Stores): Access => ({
    environment: {
      ASSAY_ROWS_PER_PARTITION: String(recordsPerPart),
      ASSAY_BYTES_PER_RANGE: String(64 * 1024 ** 2),
      ASSAY_WHOLE_BYTES: String(wholeMegabytes * 1024 ** 2),
    },
    statements: [],
  }),
  /** Which flags events are made of. */
  raiseFlags: ({ minSeverity }: Stores): Access => ({
    environment: { ASSAY_EVENTS_MIN_SEVERITY: minSeverity },
    statements: [],
  }),
  publishEvents: ({ bus }: Stores) => rights(allow(['events:PutEvents'], bus.eventBusArn)),
  startRetrainings: ({ retrainMachineArn, learning }: Stores): Access => ({
    environment: {
      ASSAY_RETRAIN_MACHINE_ARN: retrainMachineArn,
      ASSAY_RETRAIN_ON_DRIFT: String(learning.retrainOnDrift),
    },
    statements: [allow(['states:StartExecution'], retrainMachineArn)],
  }),
  cancelRetrainings: ({ retrainMachineArn }: Stores) =>
    rights(
      allow(['states:StopExecution'], `${retrainMachineArn.replace(':stateMachine:', ':execution:')}:*`),
    ),
  /** Lets a retraining that waits for approval go on. */
  answerRetrainings: ({ retrainMachineArn }: Stores) =>
    rights(allow(['states:SendTaskSuccess'], retrainMachineArn)),
  /** Who may do what. */
  readCallers: ({ issuerGroups }: Stores): Access => ({
    environment: { ASSAY_ISSUER_GROUPS: issuerGroups === null ? '' : JSON.stringify(issuerGroups) },
    statements: [],
  }),
  /** Which records are put up for blind review: drawn by a secret, which the first who draws makes. */
  sample: (stores: Stores): Access => {
    const { belowTheLine, secondOpinion, blindPerDay } = stores.learning;
    return {
      environment: {
        ASSAY_BELOW_THE_LINE: String(belowTheLine),
        ASSAY_SECOND_OPINION: String(secondOpinion),
        ...(blindPerDay !== null && { ASSAY_BLIND_PER_DAY: String(blindPerDay) }),
      },
      statements: [
        ...dropItems(['PutItem'], 'secret#sampling')(stores).statements,
        // What a drop may draw of the day's limit.
        ...(blindPerDay === null
          ? []
          : dropItems(['BatchGetItem', 'PutItem'], 'blind-budget#*')(stores).statements),
      ],
    };
  },
  readSamplingSecret: dropItems(['GetItem'], 'secret#sampling'),
  webhook: ({ webhook }: Stores): Access => ({
    environment: {
      ASSAY_WEBHOOK_URL: webhook?.url ?? '',
      ASSAY_WEBHOOK_SECRET: webhook?.secretArn ?? '',
    },
    statements: webhook === null ? [] : [allow(['secretsmanager:GetSecretValue'], webhook.secretArn)],
  }),
  readFlags: ({ tables: { flags } }: Stores) =>
    rights(
      ofItems(flags, 'GetItem', 'BatchGetItem', 'Query'),
      queryIndexes(flags, 'queue', 'entity', 'drop', 'record', 'reviewed', 'cases'),
    ),
  /** What is stored on a flag, a case, an entity or a time. */
  gatherFlags: ({ tables: { flags } }: Stores) =>
    rights(
      ofItems(flags, 'GetItem', 'BatchGetItem', 'Query'),
      queryIndexes(flags, 'queue', 'entity', 'reviewed'),
    ),
  /** What officers decided, by domain and time. */
  readReviews: ({ tables: { flags } }: Stores) => rights(queryIndexes(flags, 'reviewed')),
  /** With their cases. What is there already stays as it is: the code asks for that. */
  putFlags: ({ tables: { flags } }: Stores) => rights(ofItems(flags, 'GetItem', 'PutItem')),
  countCases: flagItems(['UpdateItem'], 'case-count#*'),
  /** What was put up for blind review is in the same table. */
  putBlindReviews: ({ tables: { flags } }: Stores) => rights(ofItems(flags, 'PutItem')),
  /** Reviews of flags, and acts on cases. */
  reviewFlags: ({ tables: { flags }, learning }: Stores): Access => ({
    environment: {
      ASSAY_HOLD_MINUTES: String(learning.holdMinutes),
      ASSAY_SIGN_IN_SECONDS: String(learning.signInSeconds),
    },
    statements: [ofItems(flags, 'PutItem', 'UpdateItem')],
  }),
  /** Flags that are open no more, cases that are no one's any more, and mentions that were read. */
  listOpenFlags: flagItems(['DeleteItem'], 'case-open#*', 'mine#*', 'mentioned#*'),
  /** What a verdict on many flags leaves to be written after it … */
  deferWrites: dropItems(['PutItem', 'DeleteItem'], 'deferred'),
  /** … and writing it: reviews, flags, their places among the open ones, and the index of the log. */
  finishVerdicts: (stores: Stores) =>
    rights(
      ofItems(stores.tables.flags, 'PutItem', 'UpdateItem'),
      ...flagItems(['DeleteItem'], 'case-open#*')(stores).statements,
      ...dropItems(['DeleteItem'], 'deferred')(stores).statements,
      ...dropItems(['PutItem'], 'audit-subject#*')(stores).statements,
    ),
  /** One item of the table of drops, whatever it is of. */
  readStatus: ({ tables: { drops } }: Stores) => rights(ofItems(drops, 'GetItem')),
  /** Items of one key: the past, the acts, the events that wait, the pieces of a response. */
  queryStatus: ({ tables: { drops } }: Stores) => rights(ofItems(drops, 'Query')),
  /** Drops and labels files of a domain by arrival. */
  listDrops: ({ tables: { drops } }: Stores) => rights(queryIndexes(drops, 'domain')),
  /** The same of all domains. */
  listAllDrops: ({ tables: { drops } }: Stores) => rights(queryIndexes(drops, 'domain', 'recent')),
  beginDrops: dropItems(['PutItem'], 'drop#*'),
  /** How far drops are. */
  markDrops: dropItems(['UpdateItem'], 'drop#*'),
  /** Which drops are the past of later ones. */
  extendHistory: dropItems(['PutItem'], 'history#*', 'history-of#*', 'history-recent#*'),
  /** Which of them a segment holds. */
  indexHistory: dropItems(['PutItem'], 'history-index#*', 'history-recent#*', 'history-replaced#*'),
  /** That there is no index yet. */
  checkHistory: dropItems(['ConditionCheckItem'], 'history-index#*'),
  /** The entries themselves stay. */
  takeHistory: dropItems(['DeleteItem'], 'history-recent#*', 'history-replaced#*'),
  /** What people stop. */
  writeStops: dropItems(['PutItem'], 'stop#*'),
  /** Drops that wait because their domain is stopped. */
  queueDrops: dropItems(['PutItem', 'DeleteItem'], 'waiting#*'),
  /** The audit log of acts: who can write it can forge it. */
  recordActs: dropItems(['PutItem'], 'audit#*', 'audit-head#*', 'audit-subject#*'),
  /** Drops and requests that are due for the log of their domain: noted by the functions that end them … */
  noteSealed: dropItems(['PutItem'], 'audit-due#*', 'audit-noted#*'),
  /** … and taken into it. */
  takeSealed: dropItems(['DeleteItem'], 'audit-due#*'),
  signLogs: ({ storage: { signingKey }, stage }: Stores): Access => ({
    environment: { ASSAY_SIGNING_KEY: signingKey.keyId, ASSAY_LOG_NAME: logName(stage) },
    statements: [allow(['kms:Sign', 'kms:GetPublicKey'], signingKey.keyArn)],
  }),
  /** How people are called. */
  saveNames: dropItems(['UpdateItem'], 'person#*'),
  /** An act in the log says how its person is called. */
  readNames: dropItems(['BatchGetItem'], 'person#*'),
  /** That a person asks for an export … */
  askExports: dropItems(['PutItem'], 'export#*'),
  /** … and how far it is. */
  markExports: dropItems(['UpdateItem'], 'export#*'),
  /** Erasures, and by which law and holds they are decided. */
  writeErasures: (stores: Stores): Access =>
    stores.erasureDomains.length === 0
      ? rights()
      : rights(
          ...dropItems(['PutItem'], 'erasure#*', 'erasure-of#*', 'erasure-law#*', 'erasures')(stores)
            .statements,
          ...dropItems(['DeleteItem'], 'erasure-of#*')(stores).statements,
        ),
  /** Of one that is approved: its key is destroyed, then exports are deleted that it may stand in. */
  carryOutErasures: (stores: Stores): Access => ({
    environment: subjectNames(stores),
    statements:
      stores.erasureDomains.length === 0
        ? []
        : [
            ...dropItems(['PutItem'], 'erasure#*')(stores).statements,
            ...dropItems(['DeleteItem'], 'erasure-of#*', 'erasures')(stores).statements,
            // The index of the log is among what `finishVerdicts` allows.
            ...dropItems(['PutItem'], 'audit#*', 'audit-head#*')(stores).statements,
            ...dropItems(['BatchGetItem'], 'person#*')(stores).statements,
            ofItems(stores.tables.subjects, 'GetItem', 'BatchGetItem'),
            ...destroyKeys(stores, 'id#*', 'pseudonym#*', 'drop#*'),
            // Drops that failed, whose keys go with their files.
            queryIndexes(stores.tables.drops, 'domain'),
            allow(['s3:ListBucketVersions'], stores.storage.drops.bucketArn, stores.storage.data.bucketArn),
            allow(['s3:DeleteObjectVersion'], stores.storage.data.arnForObjects('exports/*')),
          ],
  }),
  markLabels: dropItems(['PutItem', 'UpdateItem'], 'labels#*'),
  /** Who asked for an upload. */
  offerUploads: dropItems(['PutItem'], 'upload#*'),
  /** How often a person was refused in an hour. */
  countDenials: dropItems(['UpdateItem'], 'denied#*'),
  /** An idempotency key is given up when its request failed. */
  storeResponses: dropItems(['PutItem', 'UpdateItem', 'DeleteItem'], 'idempotency#*'),
  storeEvents: dropItems(['PutItem'], 'outbox'),
  /** An event that was published. */
  emptyOutbox: dropItems(['DeleteItem'], 'outbox'),
  /** When the models were last looked at. */
  noteWatches: dropItems(['PutItem'], 'monitor'),
  /** What cursors are signed by. */
  signCursors: dropItems(['PutItem'], 'secret#cursor'),
  /** Where a browser signs in, and which other origins its page may connect to. */
  serveConsole: ({ signIn }: Stores): Access => ({
    environment: {
      ASSAY_CONSOLE_ISSUER: signIn.issuer,
      ASSAY_CONSOLE_CLIENT: signIn.client,
      ASSAY_CONSOLE_ORIGINS: signIn.origins.join(' '),
    },
    statements: [],
  }),
  /** How the stack is, and how it is set. DescribeAlarms knows no alarm by its name: the call asks for this stack's only. */
  watchStack: ({ queues: { arrivals, deadLetters }, changedSettings }: Stores): Access => ({
    environment: {
      ASSAY_ARRIVALS_URL: arrivals.queueUrl,
      ASSAY_DEAD_LETTERS_URL: deadLetters.queueUrl,
      ASSAY_ALARM_PREFIX: `${Aws.STACK_NAME}-Alarms`,
      ASSAY_CHANGED_SETTINGS: JSON.stringify(changedSettings),
    },
    statements: [
      allow(['sqs:GetQueueAttributes'], arrivals.queueArn, deadLetters.queueArn),
      allow(
        ['cloudwatch:DescribeAlarms'],
        `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`,
      ),
    ],
  }),
  sendDeadLetters: ({ queues: { deadLetters } }: Stores): Access => ({
    environment: { ASSAY_DEAD_LETTERS_URL: deadLetters.queueUrl },
    statements: [allow(['sqs:SendMessage'], deadLetters.queueArn)],
  }),
  /** The keys of subjects: read, to show what is sealed under them … */
  readSubjects: (stores: Stores): Access => ({
    environment: subjectNames(stores),
    statements: forErasable(stores, ofItems(stores.tables.subjects, 'GetItem', 'BatchGetItem')),
  }),
  /** … and made, for records that arrive. */
  takeSubjects: (stores: Stores): Access => ({
    environment: subjectNames(stores),
    statements: forErasable(
      stores,
      ofItems(stores.tables.subjects, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
    ),
  }),
  /** Which domains' records are erasable. */
  nameErasable: ({ erasureDomains }: Stores): Access => ({
    environment: { ASSAY_ERASURE_DOMAINS: erasureDomains.join(' ') },
    statements: [],
  }),
  /** A drop whose domain is stopped arrives again, and waits. */
  sendArrivals: ({ queues: { arrivals } }: Stores): Access => ({
    environment: { ASSAY_ARRIVALS_URL: arrivals.queueUrl },
    statements: [allow(['sqs:SendMessage'], arrivals.queueArn)],
  }),
  /** Of an asynchronous call that failed for good: Lambda sends it with the rights of the function. */
  failToDeadLetters: ({ queues: { deadLetters } }: Stores) =>
    rights(allow(['sqs:SendMessage'], deadLetters.queueArn)),
} as const satisfies Record<string, (stores: Stores) => Access>;

/** What the names of the logs of this stack's domains begin with: unlike those of any other stack. */
export const logName = (stage: Stage): string => `assay-${stage.name}.${Aws.REGION}.${Aws.ACCOUNT_ID}`;

/** Every function knows where things are; what it may do there is in its role. */
export const storeNames = ({ storage, tables, bus }: Stores): Readonly<Record<string, string>> => ({
  ASSAY_DROPS_BUCKET: storage.drops.bucketName,
  ASSAY_DATA_BUCKET: storage.data.bucketName,
  ASSAY_AUDIT_BUCKET: storage.audit.bucketName,
  ASSAY_ARTIFACTS_BUCKET: storage.artifacts.bucketName,
  ASSAY_FLAGS_TABLE: tables.flags.tableName,
  ASSAY_DROPS_TABLE: tables.drops.tableName,
  ASSAY_MODELS_TABLE: tables.models.tableName,
  ASSAY_EVENT_BUS: bus.eventBusName,
});

export type AccessName = keyof typeof ACCESSES;

export const accessTo = (name: AccessName, stores: Stores): Access => ACCESSES[name](stores);

/** Anyone who reads or writes what the key encrypts. */
export const useKey = ({ storage: { key } }: Stores): PolicyStatement =>
  allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
