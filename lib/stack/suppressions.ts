/**
 * Findings of cdk-nag (AwsSolutions, NIST 800-53 R5) that stand, each with its reason: the only place where one is silenced.
 * Whatever is not listed here fails the tests.
 */
import type { Stack } from 'aws-cdk-lib';
import { type NagPackSuppression, NagSuppressions } from 'cdk-nag';

/** Everywhere in the stack. */
const GENERAL: readonly NagPackSuppression[] = [
  {
    id: 'NIST.800.53.R5-S3BucketReplicationEnabled',
    reason:
      'Where a second copy may stand (region, account, country) is the data owner’s decision, not a default. Versions and Object Lock guard against loss by hand; docs/runbook.md says how replication is added.',
  },
  {
    id: 'NIST.800.53.R5-DynamoDBInBackupPlan',
    reason:
      'Point-in-time recovery restores any second of the last 35 days. A plan of AWS Backup covers an account’s resources by tag and belongs to the account; the tables carry the tags application and stage for it.',
  },
  {
    id: 'NIST.800.53.R5-LambdaConcurrency',
    reason:
      'A reserve for each function would take it from the account’s other functions even when nothing is dropped. Concurrency is bounded where the work comes from: drops under way (drops.maxUnderWay) times the pieces of each (drops.maxConcurrency), the event source of the arrivals and the API’s throttle. api.reservedConcurrency holds some ready for the API.',
  },
  {
    id: 'NIST.800.53.R5-LambdaDLQ',
    reason:
      'A function that a rule or a schedule calls asynchronously names the dead letters as its OnFailure destination (EventInvokeConfig), which says what failed beside the event. The others are called by who waits for an answer, or fed by a queue that has a dead-letter queue of its own.',
  },
  {
    id: 'NIST.800.53.R5-LambdaInsideVPC',
    reason:
      'The functions speak to AWS services only (and one of them to the webhook that it was given), over TLS, each with a role for just that. A VPC would add a network to run and guard without taking anything away from anyone who holds a role.',
  },
  {
    id: 'NIST.800.53.R5-IAMNoInlinePolicy',
    reason:
      'Each policy is one function’s rights, generated with its role and removed with it. A managed policy could be attached elsewhere and outlive its role.',
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'X-Ray’s write actions (PutTraceSegments, PutTelemetryRecords and the sampling reads) and Step Functions’ log delivery actions know no resources: AWS requires "*" for them, as it does for ECR’s GetAuthorizationToken.',
    appliesTo: ['Resource::*'],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'The names of objects are made by drops as they come: a right to objects names the bucket and the prefix. No function may delete an object.',
    appliesTo: [
      {
        regex:
          '/^Resource::<Storage(Drops|Data|Audit|Artifacts)[0-9A-F]+\\.Arn>\\/(drops\\/|labels\\/|models\\/|rates\\/|records\\/|decisions\\/|results\\/|exports\\/|attachments\\/)?\\*$/',
      },
    ],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason: 'The state machine may call its functions in any version of them, and no others.',
    appliesTo: [{ regex: '/^Resource::<Functions[a-z]+Function[0-9A-F]+\\.Arn>:\\*$/' }],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'An execution of the retraining bears the id of its retraining, which is made when one starts; the right to stop one covers executions of that machine.',
    appliesTo: [
      {
        regex:
          '/^Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:assay-(dev|prod)-retrain:\\*$/',
      },
    ],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'The names of alarms are made by CloudFormation when they are; the API reads their states only, and asks for those of its own stack.',
    appliesTo: ['Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*'],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'A distributed map starts its children as executions of its own machine, under names that Step Functions makes up; the right covers executions of that one machine.',
    appliesTo: [
      {
        regex:
          '/^Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:.*(Drop|Retrain)Machine.*:\\*$/',
      },
    ],
  },
];

const CONSOLE_FILES: NagPackSuppression = {
  id: 'AwsSolutions-APIG4',
  reason:
    'The console’s page and files hold no data, and are loaded before anyone has signed in. What they show comes from the API, which asks for a token.',
};

/** At one place: its path below the stack. */
const PLACED: Readonly<Record<string, NagPackSuppression>> = {
  'Storage/AccessLogs/Resource': {
    id: 'NIST.800.53.R5-S3DefaultEncryptionKMS',
    reason: 'S3 delivers server access logs only to buckets under its own keys (SSE-S3), which this one has.',
  },
  'Api/Http/ANY--openapi.json/Resource': {
    id: 'AwsSolutions-APIG4',
    reason: 'The API’s description holds no data, and is read by the one who wants to write a client.',
  },
  'Api/Http/ANY--v1--health/Resource': {
    id: 'AwsSolutions-APIG4',
    reason: 'A load balancer or monitor asks for health without a token; the answer holds nothing else.',
  },
  'Api/Http/GET--/Resource': CONSOLE_FILES,
  'Api/Http/GET--{proxy+}/Resource': CONSOLE_FILES,
};

/** Of what runs as a task (lib/stack/tasks.ts). */
const OF_TASKS: readonly NagPackSuppression[] = [
  {
    id: 'AwsSolutions-ECS2',
    reason:
      'The variables say how large a task is and where AWS answers. Nothing among them is secret, and they change with the definition only.',
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'An execution goes on with the code that it began with: a task may fetch its own function and that function’s layers in any version, and the machine may start its tasks in any revision.',
    appliesTo: [
      {
        regex: '/^Resource::\\{"Fn::Select".+"(FunctionsLayer[a-z]+|Tasks[a-z]+Definition)[0-9A-F]+".+:\\*$/',
      },
    ],
  },
  {
    id: 'AwsSolutions-IAM5',
    reason:
      'A task answers the machine that started it, or the children of that machine’s maps, whose names Step Functions makes up.',
    appliesTo: [{ regex: '/^Resource::<(Drop|Retrain)Machine[0-9A-F]+>\\/\\*$/' }],
  },
];

/** Where people try things: users are made up, and pay for no threat protection. */
const IN_DEV: readonly NagPackSuppression[] = [
  {
    id: 'AwsSolutions-COG2',
    reason: 'A second factor is required in prod; in dev scripts sign in, and it is optional.',
  },
  {
    id: 'AwsSolutions-COG8',
    reason: 'The Plus plan (threat protection) is on in prod; dev has no users worth its price.',
  },
];

export function suppressFindings(
  stack: Stack,
  stage: 'dev' | 'prod',
  { ownUsers, tasks }: { readonly ownUsers: boolean; readonly tasks: boolean },
): void {
  NagSuppressions.addStackSuppressions(stack, [...GENERAL, ...(tasks ? OF_TASKS : [])]);
  for (const [path, suppression] of Object.entries(PLACED)) {
    NagSuppressions.addResourceSuppressionsByPath(stack, `/${stack.node.path}/${path}`, [suppression]);
  }
  if (stage === 'dev' && ownUsers) {
    NagSuppressions.addResourceSuppressionsByPath(stack, `/${stack.node.path}/Identity/Users/Resource`, [
      ...IN_DEV,
    ]);
  }
}
