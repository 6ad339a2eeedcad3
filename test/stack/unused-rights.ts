/** Rights that no recorded call needs, each with the reason why it is given all the same. Any other is taken away. */

export interface Explained {
  /** Functions by name, others by their construct. */
  readonly of: readonly string[];
  readonly rights: readonly string[];
  readonly reason: string;
}

const MACHINES = ['Drop', 'Retrain'];
/** A function as CDK's grants name it, and the steps of the machine of drops. */
const named = (name: string) => `Functions${name}Function`;
const STEPS = [
  ...['plan', 'whole', 'intake', 'identify', 'windows', 'score'],
  ...['assemble', 'publish', 'finish', 'fail', 'shadow'],
];

export const EXPLAINED: readonly Explained[] = [
  {
    of: ['assemble', 'intake', 'shadow'],
    rights: [
      ...['dynamodb:BatchGetItem SubjectsTable', 'dynamodb:GetItem SubjectsTable'],
      'dynamodb:PutItem SubjectsTable',
    ],
    reason:
      'A drop of an erasable domain that goes in parts, or that a model waits to score: none is in the tests.',
  },
  {
    of: ['api', 'assemble', 'intake', 'plan', 'receive', 'shadow', 'whole'],
    rights: ['dynamodb:UpdateItem SubjectsTable'],
    reason: 'A subject that comes again with an earlier or later day: each comes once in the tests.',
  },
  {
    of: ['plan'],
    rights: ['dynamodb:PutItem SubjectsTable'],
    reason: 'A drop whose key is not there yet makes it.',
  },
  {
    of: ['finish'],
    rights: ['s3:DeleteObjectVersion DataBucket work/text/kiosk/'],
    reason: 'The copy in UTF-8 of a file that is something else: those of the tests are UTF-8.',
  },
  {
    of: ['api'],
    rights: ['dynamodb:DeleteItem DropsTable erasure-of#'],
    reason: 'An erasure that is turned down, or refused when it is approved: on tables of their own.',
  },
  {
    of: ['publish-events'],
    rights: ['dynamodb:DeleteItem SubjectsTable drop#'],
    reason: 'The key of a drop that failed, once its file is gone: on tables of their own.',
  },
  {
    of: ['publish-events'],
    rights: ['dynamodb:BatchGetItem DropsTable person#'],
    reason: 'Acts are written with the names of who did them: Assay has none.',
  },
  {
    of: ['receive'],
    rights: ['s3:GetObject DataBucket labels/', 's3:ListBucket DataBucket'],
    reason: 'Who reads labels reads those that were written anew, too; it does so for retrainings alone.',
  },
  {
    of: ['retrain'],
    rights: ['s3:GetObject DataBucket labels/'],
    reason: 'Labels of an erasable domain that is trained again: none is in the tests.',
  },
  {
    of: [
      ...['plan', 'whole', 'intake', 'identify', 'windows', 'score', 'assemble', 'shadow', 'retrain'],
      ...['api-score', 'compact-history'],
    ],
    rights: ['s3:AbortMultipartUpload DataBucket'],
    reason: 'An upload in parts that fails half-way is taken back.',
  },
  {
    of: ['retrain'],
    rights: ['s3:AbortMultipartUpload ArtifactsBucket models/'],
    reason: 'The same, of a large model.',
  },
  {
    of: ['api'],
    rights: ['s3:PutObject ArtifactsBucket models/', 's3:AbortMultipartUpload ArtifactsBucket models/'],
    reason:
      'A shipped model whose threshold is changed is stored by its version: a later deployment may ship another one.',
  },
  {
    of: ['receive', 'plan', 'whole', 'intake', 'assemble', 'shadow', 'retrain', 'export'],
    rights: ['s3:ListBucket DropsBucket'],
    reason:
      'Where a file was removed before its drop was read, S3 says "not found" and not "denied": the sender’s fault and not ours.',
  },
  {
    of: ['intake', 'identify', 'windows', 'publish', 'finish', 'monitor'],
    rights: ['s3:ListBucket DataBucket'],
    reason: 'Where work was removed after its 14 days, S3 says "not found" and not "denied".',
  },
  {
    of: ['export'],
    rights: ['s3:ListBucket DataBucket'],
    reason: 'A drop of an earlier version left no rule hits: S3 says "not found" and not "denied".',
  },
  {
    of: ['export'],
    rights: ['s3:AbortMultipartUpload DataBucket exports/'],
    reason: 'A large export is uploaded in parts; one that fails half-way is taken back.',
  },
  {
    of: ['retrain', 'monitor', 'export'],
    rights: ['s3:ListBucket ArtifactsBucket'],
    reason:
      'A shipped model is not in the bucket: S3 says "not found" and not "denied", and the one of the package is taken.',
  },
  {
    of: ['whole', 'intake'],
    rights: ['s3:GetObject ArtifactsBucket rates/'],
    reason: 'Rates of exchange, for a domain that converts amounts and has been sent some.',
  },
  {
    of: ['whole', 'assemble', 'api-score', 'monitor'],
    rights: ['s3:GetObjectVersion AuditBucket'],
    reason: 'A log that is there already, since a stage ran twice, is compared with what would be written.',
  },
  {
    of: ['whole', 'assemble', 'api-score'],
    rights: ['s3:ListBucketVersions AuditBucket'],
    reason: 'The same: the first version is the one to compare with.',
  },
  {
    of: ['assemble', 'api-score'],
    rights: ['dynamodb:PutItem DropsTable secret#sampling'],
    reason:
      'Anyone who draws records for blind review first makes the secret; in the tests that is always `whole`.',
  },
  {
    of: ['api-score'],
    rights: ['dynamodb:DeleteItem DropsTable idempotency#'],
    reason:
      'A request that fails by our fault takes its key back, so that it can be sent again: none does in the tests.',
  },
  {
    of: ['api-score'],
    rights: ['dynamodb:UpdateItem FlagsTable case-count#'],
    reason:
      'A flag of a recorded request joins or opens a case: no recorded request is flagged in the tests.',
  },
  {
    of: ['api'],
    rights: ['s3:ListBucket DataBucket'],
    reason: 'Where a file of a drop was removed, S3 says "not found" and not "denied".',
  },
  {
    of: ['receive'],
    rights: ['sqs:SendMessage ArrivalsUrl'],
    reason:
      'An arrival goes back into the queue where `drops.maxUnderWay` drops are under way: no test drops so many.',
  },
  {
    of: ['receive'],
    rights: ['sqs:ChangeMessageVisibility ArrivalsUrl', 'sqs:GetQueueUrl ArrivalsUrl'],
    reason: 'CDK grants a function all that an event source on a queue may take.',
  },
  {
    of: ['webhook'],
    rights: ['sqs:ChangeMessageVisibility QueuesWebhook', 'sqs:GetQueueUrl QueuesWebhook'],
    reason: 'The same.',
  },
  {
    of: ['fail'],
    rights: ['dynamodb:GetItem DropsTable'],
    reason:
      'After the event of a stopped execution, which the emulator does not send, it looks whether the drop is open.',
  },
  {
    of: ['api-score'],
    rights: ['dynamodb:PutItem DropsTable outbox'],
    reason: 'Events that the bus refuses are stored, and published later.',
  },
  {
    of: ['publish-events'],
    rights: ['dynamodb:DeleteItem DropsTable outbox', 'events:PutEvents EventBus'],
    reason: 'What the bus refused is published again: the emulator’s bus never refuses.',
  },
  {
    of: ['api'],
    rights: ['dynamodb:PutItem DropsTable deferred', 'dynamodb:DeleteItem DropsTable deferred'],
    reason: 'A verdict on more flags than a transaction holds: the stack’s tests decide fewer at once.',
  },
  {
    of: ['publish-events'],
    rights: [
      'dynamodb:DeleteItem DropsTable deferred',
      ...['dynamodb:PutItem FlagsTable', 'dynamodb:UpdateItem FlagsTable'],
      'dynamodb:DeleteItem FlagsTable case-open#',
    ],
    reason: 'Such a verdict whose function ended half-way is finished: none does in the stack’s tests.',
  },
  {
    of: ['monitor'],
    rights: ['dynamodb:PutItem DropsTable monitor'],
    reason: 'Noted after a look at all domains: the tests ask for one domain each.',
  },
  {
    of: ['monitor'],
    rights: ['dynamodb:UpdateItem ModelsTable'],
    reason: 'A retraining that could not be started is ended on record.',
  },
  {
    of: ['retrain'],
    rights: ['states:SendTaskSuccess RetrainMachineArn'],
    reason: 'Where people decided before the machine waited, it goes on at once.',
  },
  {
    of: MACHINES,
    rights: [
      ...['logs:CreateLogDelivery *', 'logs:DeleteLogDelivery *', 'logs:DescribeLogGroups *'],
      ...['logs:DescribeResourcePolicies *', 'logs:GetLogDelivery *', 'logs:ListLogDeliveries *'],
      ...['logs:PutResourcePolicy *', 'logs:UpdateLogDelivery *'],
    ],
    reason:
      'Step Functions delivers an execution’s log by the role of its machine, and asks for all of these.',
  },
  {
    of: MACHINES,
    rights: [
      ...['xray:GetSamplingRules *', 'xray:GetSamplingTargets *'],
      ...['xray:PutTelemetryRecords *', 'xray:PutTraceSegments *'],
    ],
    reason: 'Step Functions sends an execution’s trace by the role of its machine.',
  },
  {
    of: ['Drop'],
    rights: [
      ...['states:DescribeExecution execution:DropMachine:*', 'states:StopExecution execution:DropMachine:*'],
      ...['states:RedriveExecution execution:DropMachine/*:*', 'states:StartExecution DropMachineArn'],
    ],
    reason: 'A distributed map starts, follows and ends its children as executions of the machine.',
  },
  {
    of: ['Retrain'],
    rights: [
      'states:DescribeExecution execution:assay-<stage>-retrain:*',
      'states:StopExecution execution:assay-<stage>-retrain:*',
      'states:RedriveExecution execution:assay-<stage>-retrain/*:*',
      'states:StartExecution RetrainMachineArn',
    ],
    reason: 'The same.',
  },
  {
    of: ['Drop'],
    rights: STEPS.map((name) => `lambda:InvokeFunction ${named(name)}`),
    reason: 'CDK grants a function with all of its versions; the machine calls versions.',
  },
  {
    of: ['Retrain'],
    rights: [`lambda:InvokeFunction ${named('retrain')}`],
    reason: 'The same.',
  },
  {
    of: ['SchedulesMonitor'],
    rights: [`lambda:InvokeFunction ${named('monitor')}:*`],
    reason: 'CDK grants a function with all of its versions; the schedule calls the newest code.',
  },
  {
    of: ['SchedulesPublishEvents'],
    rights: [`lambda:InvokeFunction ${named('publishevents')}:*`],
    reason: 'The same.',
  },
  {
    of: ['SchedulesCompactHistory'],
    rights: [`lambda:InvokeFunction ${named('compacthistory')}:*`],
    reason: 'The same.',
  },
  {
    of: ['SchedulesExtendLog'],
    rights: [`lambda:InvokeFunction ${named('extendlog')}:*`],
    reason: 'The same.',
  },
];

/** Of the policies of resources: `of` begins the label of each, `rights` are its actions, `by` whom. */
export const EXPLAINED_ALLOWANCES: readonly (Explained & { readonly by: string })[] = [
  {
    of: ['KMS::Key StorageKey'],
    by: 'arn:aws:iam::111122223333:root',
    rights: [
      ...['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'],
      ...['kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    ],
    reason:
      'DynamoDB takes a key by a grant, in the name of who made the table, so CDK lets the account’s own people use it by way of DynamoDB.',
  },
  {
    of: ['KMS::Key StorageKey'],
    by: 'logs.eu-central-1.amazonaws.com',
    rights: ['kms:Describe*', 'kms:ReEncrypt*'],
    reason: 'CloudWatch Logs asks for both where a key is put on a log group, and refuses it without.',
  },
  {
    of: ['KMS::Key StorageKey'],
    by: 'events.amazonaws.com',
    rights: ['kms:Encrypt', 'kms:ReEncrypt*'],
    reason: 'CDK grants a rule on an encrypted queue all that encrypts.',
  },
  {
    of: ['SQS::Queue QueuesArrivals', 'SQS::Queue QueuesWebhook'],
    by: 'events.amazonaws.com',
    rights: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    reason: 'CDK grants a rule on a queue these beside sending.',
  },
];
