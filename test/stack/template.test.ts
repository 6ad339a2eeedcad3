import { readFileSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseModelKey, parseModelKeys } from '../../lib/models/model-key.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { HANDLERS } from '../../lib/stack/handlers.ts';
import { synthesise } from './synthesise.ts';

type Properties = Record<string, unknown>;
interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
}
interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const STAGES = ['dev', 'prod'] as const;
const templates = {} as Record<(typeof STAGES)[number], Template>;

beforeAll(() => {
  for (const stage of STAGES) templates[stage] = synthesise({}, { stage });
});

const ofType = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];

const listed = <Item>(value: Item | readonly Item[]): readonly Item[] =>
  (Array.isArray(value) ? value : [value]) as readonly Item[];

/** CDK's own notes (paths, findings that are suppressed) deploy nothing. */
const withoutMetadata = (resource: unknown): unknown => ({ ...(resource as object), Metadata: undefined });

describe.each(STAGES)('the template of %s', (stage) => {
  test('is the one last agreed on', () => {
    const { Resources, Outputs } = templates[stage].toJSON() as Record<string, Record<string, unknown>>;
    // A line a resource. Assets are named by their contents, which change with every line of code; the template must not.
    const lines = Object.entries({ ...Resources, ...Outputs }).map(([id, resource]) => {
      return `${id} ${JSON.stringify(withoutMetadata(resource))}`.replaceAll(
        /[0-9a-f]{64}|(?<=CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g,
        '<hash>',
      );
    });
    expect(`\n${lines.sort().join('\n')}\n`).toMatchSnapshot();
  });

  test('encrypts every bucket, with the stack’s key but for the access logs that S3 could not deliver then', () => {
    for (const [id, { Properties }] of ofType(templates[stage], 'AWS::S3::Bucket')) {
      const [rule] = (Properties.BucketEncryption as { ServerSideEncryptionConfiguration: Properties[] })
        .ServerSideEncryptionConfiguration;
      const { SSEAlgorithm } = rule!.ServerSideEncryptionByDefault as { SSEAlgorithm: string };
      expect([id, SSEAlgorithm]).toEqual([id, id.includes('AccessLogs') ? 'AES256' : 'aws:kms']);
    }
  });

  test('blocks all public access to every bucket, versions it and logs who touches it', () => {
    const buckets = ofType(templates[stage], 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(5);
    for (const [id, { Properties }] of buckets) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
      expect('LoggingConfiguration' in Properties).toBe(!id.includes('AccessLogs'));
    }
  });

  test('lets nothing reach a bucket, queue or topic without TLS', () => {
    const policies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap(
      (type) => ofType(templates[stage], type),
    );
    expect(policies).toHaveLength(9);
    for (const [id, { Properties }] of policies) {
      const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
      const denied = statements.filter(({ Effect, Condition }) => {
        return Effect === 'Deny' && JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}';
      });
      expect([id, denied.length]).toEqual([id, 1]);
    }
  });

  test('allows no one but services and this account in any resource policy', () => {
    for (const type of ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
      for (const [id, { Properties }] of ofType(templates[stage], type)) {
        const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
        const open = statements.filter(({ Effect, Principal }) => {
          return Effect === 'Allow' && ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(Principal));
        });
        expect([id, open]).toEqual([id, []]);
      }
    }
  });

  test('keeps audit objects under Object Lock, in prod so that no one can lift it', () => {
    templates[stage].hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: {
          DefaultRetention:
            stage === 'prod' ? { Mode: 'COMPLIANCE', Days: 2557 } : { Mode: 'GOVERNANCE', Days: 1 },
        },
      },
    });
  });

  test('lets no one write over an audit object, nor hide it behind a delete marker', () => {
    const [, { Properties }] = ofType(templates[stage], 'AWS::S3::BucketPolicy').find(([id]) =>
      id.startsWith('StorageAudit'),
    )!;
    const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
    const denied = statements.filter(({ Effect, Action }) => Effect === 'Deny' && Action !== 's3:*');
    expect(denied.map(({ Action, Principal, Condition }) => ({ Action, Principal, Condition }))).toEqual([
      {
        Action: 's3:PutObject',
        Principal: { AWS: '*' },
        Condition: { Null: { 's3:if-none-match': 'true' } },
      },
      { Action: 's3:DeleteObject', Principal: { AWS: '*' }, Condition: undefined },
    ]);
    for (const { Resource: resource } of denied) expect(JSON.stringify(resource)).toContain('/*');
  });

  test('gives the functions that retain objects the same mode and days as the bucket', () => {
    const reported = ofType(templates[stage], 'AWS::Lambda::Function')
      .map(
        ([, { Properties }]) => (Properties.Environment as { Variables: Record<string, string> }).Variables,
      )
      .filter((variables) => 'ASSAY_AUDIT_RETENTION_MODE' in variables);
    expect(reported.length).toBeGreaterThan(0);
    for (const { ASSAY_AUDIT_RETENTION_DAYS: days, ASSAY_AUDIT_RETENTION_MODE: mode } of reported) {
      expect([mode, days]).toEqual(stage === 'prod' ? ['COMPLIANCE', '2557'] : ['GOVERNANCE', '1']);
    }
  });

  test('has tables on demand, restorable and under the stack’s key, in prod protected and kept', () => {
    const tables = ofType(templates[stage], 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(4);
    for (const [, { Properties, DeletionPolicy }] of tables) {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: stage === 'prod',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      });
      expect(DeletionPolicy).toBe(stage === 'prod' ? 'RetainExceptOnCreate' : 'Delete');
    }
  });

  test('ends and encrypts every log', () => {
    for (const [, { Properties }] of ofType(templates[stage], 'AWS::Logs::LogGroup')) {
      expect(Properties).toMatchObject({
        RetentionInDays: stage === 'prod' ? 365 : 30,
        KmsKeyId: expect.anything(),
      });
    }
  });

  test('runs every function on Node 24 and arm64, traced, with JSON logs and a role of its own', () => {
    const functions = ofType(templates[stage], 'AWS::Lambda::Function');
    // All but the webhook's, which is there where one is asked for.
    expect(functions).toHaveLength(HANDLERS.length - 1);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
    }
    const roles = functions.map(([, { Properties }]) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(functions.length);
  });

  test('has no function that the public could call', () => {
    templates[stage].resourceCountIs('AWS::Lambda::Url', 0);
    for (const [, { Properties }] of ofType(templates[stage], 'AWS::Lambda::Permission')) {
      expect(['apigateway.amazonaws.com', 'events.amazonaws.com']).toContain(Properties.Principal);
      expect(Properties.SourceArn).toBeDefined();
    }
  });

  test('asks for a token on every route but the description, health and the console’s files', () => {
    const routes = ofType(templates[stage], 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'ANY /v1/{proxy+}': 'JWT',
      'POST /v1/score': 'JWT',
      'ANY /openapi.json': 'NONE',
      'ANY /v1/health': 'NONE',
      'GET /': 'NONE',
      'GET /{proxy+}': 'NONE',
    });
  });

  test('throttles the API and logs its calls', () => {
    templates[stage].hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: { DestinationArn: Match.anyValue(), Format: Match.anyValue() },
      DefaultRouteSettings: { ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100 },
    });
  });

  test('names a heading of the runbook in every alarm, and every alarm speaks', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => {
      return title!.toLowerCase().replaceAll(' ', '-');
    });
    const alarms = ofType(templates[stage], 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(6);
    for (const [id, { Properties }] of alarms) {
      const [, heading] = /docs\/runbook\.md#([a-z-]+)$/.exec(String(Properties.AlarmDescription)) ?? [];
      expect([id, headings]).toEqual([id, expect.arrayContaining([heading])]);
      expect(Properties.AlarmActions).toHaveLength(1);
    }
  });

  test('alarms where the daily look failed or was missed, and where nothing measures that', () => {
    templates[stage].hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'WatchAge',
      Threshold: 26 * 3600,
      Statistic: 'Maximum',
      TreatMissingData: 'breaching',
    });
  });

  test('hands arrivals over one by one: a message that ends the process takes no other with it', () => {
    const [[, source]] = ofType(templates[stage], 'AWS::Lambda::EventSourceMapping') as [[string, Resource]];
    expect(source.Properties.BatchSize).toBe(1);
  });

  test('sends what a queue cannot deliver to the dead letters, and alarms on the first', () => {
    templates[stage].hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: Match.anyValue() },
    });
    templates[stage].hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
    });
  });

  test('makes no custom resource: what deploys is what is in the template', () => {
    const types = Object.values(
      (templates[stage].toJSON() as { Resources: Record<string, Resource> }).Resources,
    );
    expect(types.filter(({ Type }) => /^Custom::|CustomResource$/.test(Type))).toEqual([]);
  });

  test('grants no action by wildcard, and no resource by wildcard but to services that know none', () => {
    const statements = ofType(templates[stage], 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement.map((statement) => ({
        id,
        ...statement,
      })),
    );
    const actions = statements.flatMap(({ Action }) => listed(Action));
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    const anywhere = statements
      .filter(({ Resource }) => listed(Resource).includes('*'))
      .flatMap(({ Action }) => listed(Action));
    const services = new Set(anywhere.map((action) => action.split(':')[0]));
    // Log delivery of Step Functions, and X-Ray: lib/stack/suppressions.ts says why.
    expect([...services].sort()).toEqual(['logs', 'xray']);
  });

  test('lets no function delete an object or a flag', () => {
    const statements = ofType(templates[stage], 'AWS::IAM::Policy').flatMap(
      ([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    );
    const deletes = statements.flatMap(({ Action, Resource, Condition }) => {
      const [table] = /Tables(Drops|Flags)/.exec(JSON.stringify(Resource)) ?? [];
      const keys = listed(Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? 'any');
      return listed(Action)
        .filter((action) => /Delete(Object|Item)/.test(action))
        .flatMap((action) => keys.map((key) => `${action} ${table} ${key}`));
    });
    // Drops that the log or a segment of the past has taken in, verdicts that were finished, keys of requests, events that were published,
    // places in queues and in lists of cases, mentions that were read.
    expect([...new Set(deletes)].sort()).toEqual([
      'dynamodb:DeleteItem TablesDrops audit-due#*',
      'dynamodb:DeleteItem TablesDrops deferred',
      'dynamodb:DeleteItem TablesDrops history-recent#*',
      'dynamodb:DeleteItem TablesDrops history-replaced#*',
      'dynamodb:DeleteItem TablesDrops idempotency#*',
      'dynamodb:DeleteItem TablesDrops outbox',
      'dynamodb:DeleteItem TablesDrops waiting#*',
      'dynamodb:DeleteItem TablesFlags case-open#*',
      'dynamodb:DeleteItem TablesFlags mentioned#*',
      'dynamodb:DeleteItem TablesFlags mine#*',
    ]);
  });

  test('lets a function write those kinds of items of the drops table that it makes, the audit log of acts the fewest', () => {
    const writers = new Map<string, string[]>();
    for (const [id, { Properties }] of ofType(templates[stage], 'AWS::IAM::Policy')) {
      const { Statement: statements } = Properties.PolicyDocument as { Statement: Statement[] };
      for (const { Action, Resource, Condition } of statements) {
        const writes = listed(Action).some((action) => /^dynamodb:(Put|Update)Item$/.test(action));
        if (!writes || !JSON.stringify(Resource).includes('TablesDrops')) continue;
        const keys = (
          Condition as { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': string | string[] } }
        )['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
        const name = /^Functions(.+?)Role/.exec(id)![1]!;
        writers.set(name, [...new Set([...(writers.get(name) ?? []), ...listed(keys)])].sort());
      }
    }
    const audit = ['audit#*', 'audit-head#*', 'audit-subject#*'];
    const due = ['audit-due#*', 'audit-noted#*'];
    const past = ['history#*', 'history-of#*', 'history-recent#*'];
    expect(Object.fromEntries(writers)).toEqual({
      receive: [...audit, 'drop#*', 'labels#*', 'waiting#*'].sort(),
      plan: ['drop#*'],
      whole: ['drop#*', 'secret#sampling'],
      intake: ['drop#*'],
      score: ['drop#*'],
      assemble: ['drop#*', 'secret#sampling'],
      finish: [...due, 'drop#*', ...past].sort(),
      fail: ['drop#*', 'outbox'],
      api: [
        ...[
          ...audit,
          'deferred',
          'denied#*',
          'export#*',
          'idempotency#*',
          'outbox',
          'person#*',
          'secret#cursor',
          'stop#*',
        ],
        'upload#*',
      ].sort(),
      apiscore: [
        ...[...audit, ...due, ...past, 'denied#*', 'drop#*', 'idempotency#*', 'outbox'],
        ...['person#*', 'secret#sampling'],
      ].sort(),
      retrain: [...audit, 'outbox'].sort(),
      monitor: ['monitor', 'outbox'],
      publishevents: ['audit-subject#*', 'monitor'],
      extendlog: audit,
      export: [...audit, 'export#*'],
      compacthistory: ['history-index#*', 'history-recent#*', 'history-replaced#*'],
    });
  });

  test('starts functions from state machines by a version that stays, so that an execution goes on with its code', () => {
    const versions = new Map(ofType(templates[stage], 'AWS::Lambda::Version'));
    for (const [id, { DeletionPolicy }] of versions) expect([id, DeletionPolicy]).toEqual([id, 'Retain']);
    const invoked = ofType(templates[stage], 'AWS::StepFunctions::StateMachine').flatMap(
      ([, { Properties }]) => refsIn(Properties.DefinitionString),
    );
    expect(invoked.length).toBeGreaterThan(15);
    expect(invoked.filter((id) => !versions.has(id))).toEqual([]);
  });

  test('lets a state machine call its functions in every version: those of an earlier deploy too', () => {
    const policies = ofType(templates[stage], 'AWS::IAM::Policy').filter(([id]) =>
      /(Drop|Retrain)MachineRole/.test(id),
    );
    expect(policies).toHaveLength(2);
    const functions = new Set(
      ofType(templates[stage], 'AWS::Lambda::Version').map(
        ([, { Properties }]) => (Properties.FunctionName as { Ref: string }).Ref,
      ),
    );
    const everyVersion = policies.flatMap(([, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement.filter(({ Action }) =>
        listed(Action).includes('lambda:InvokeFunction'),
      ).flatMap(({ Resource }) =>
        listed(Resource)
          .filter((resource) => JSON.stringify(resource).includes(':*'))
          .flatMap((resource) => /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(resource))?.[1] ?? []),
      ),
    );
    expect([...functions].filter((id) => !everyVersion.includes(id))).toEqual([]);
  });

  test('bounds the drops under way, and takes few arrivals at a time', () => {
    templates[stage].hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ ASSAY_MAX_DROPS: '10', ASSAY_ARRIVALS_URL: Match.anyValue() }),
      },
    });
    templates[stage].hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('QueuesArrivals'), 'Arn'] },
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('reserves no concurrency of the account unless a setting says so, and then for the API alone', () => {
    const reservedIn = (template: Template) =>
      ofType(template, 'AWS::Lambda::Function')
        .filter(([, { Properties }]) => 'ReservedConcurrentExecutions' in Properties)
        .map(([, { Properties }]) => [Properties.Handler, Properties.ReservedConcurrentExecutions]);
    expect(reservedIn(templates[stage])).toEqual([]);
    const template = synthesise({ api: { reservedConcurrency: 20 } }, { stage });
    expect(reservedIn(template).sort()).toEqual([
      ['app/functions/api-score.handler', 20],
      ['app/functions/api.handler', 20],
    ]);
  });
});

test('the keys that models must be signed by reach the command line and each function that loads a model, and no other', () => {
  const pem = readFileSync('test/parity/golden/model-signing/key.pem.pub', 'utf8');
  const other = readFileSync('test/parity/golden/model-signing/key-p384.pem.pub', 'utf8');
  const template = synthesise({ models: { signedBy: [pem, other] } });
  const given = ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => [
    String(Properties.Handler).replace(/^app\/functions\/|\.handler$/g, ''),
    (Properties.Environment as { Variables: Record<string, string> }).Variables.ASSAY_MODEL_KEYS,
  ]);
  const loading = Object.entries(FUNCTION_PLANS).filter(([, { access }]) => access.includes('loadModels'));
  expect(
    given
      .filter(([, keys]) => keys !== undefined)
      .map(([name]) => name)
      .sort(),
  ).toEqual(loading.map(([name]) => name).sort());
  const output = (template.findOutputs('ModelKeys') as { ModelKeys: { Value: string } }).ModelKeys.Value;
  for (const text of [given.find(([name]) => name === 'score')![1]!, output])
    expect(parseModelKeys(text, 'keys')).toEqual([parseModelKey(pem, 'pem'), parseModelKey(other, 'other')]);
  expect(templates.dev.findOutputs('ModelKeys')).toEqual({});
});

/** Logical ids that a state machine's definition names. */
function refsIn(definition: unknown): string[] {
  const text = JSON.stringify(definition);
  return [...text.matchAll(/"Ref":"(\w+)"|"Fn::GetAtt":\["(\w+)"/g)]
    .map(([, ref, attribute]) => ref ?? attribute!)
    .filter((id) => id.startsWith('Functions'));
}
