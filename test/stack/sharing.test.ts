import { beforeAll, describe, expect, test } from 'vitest';
import { stageNamed } from '../../lib/stack/stage.ts';
import { deploySteps } from '../../operations/deploy-stage.ts';
import { isEmpty } from '../../operations/deployed-stage.ts';
import { ACCOUNT, Policies, type Resources } from './policies.ts';
import { synthesise, withStack } from './synthesise.ts';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Statement {
  readonly Effect: string;
  readonly Principal?: { readonly Service?: unknown };
  readonly Condition?: unknown;
}

const STAGES = ['dev', 'prod'] as const;
const EVERYTHING = {
  alarms: { email: 'risk-it@example.org' },
  events: { webhookUrl: 'https://hooks.example.org/assay' },
  retraining: { schedules: { finance: 'rate(30 days)' } },
};
const templates = {} as Record<(typeof STAGES)[number], Readonly<Record<string, Resource>>>;

beforeAll(() => {
  for (const stage of STAGES) {
    templates[stage] = (
      synthesise(EVERYTHING, { stage }).toJSON() as { Resources: Record<string, Resource> }
    ).Resources;
  }
}, 300_000);

const ofType = (stage: (typeof STAGES)[number], type: string): [string, Resource][] =>
  Object.entries(templates[stage]).filter(([, { Type }]) => Type === type);

describe.each(STAGES)('%s beside another stage', (stage) => {
  const namespace = `Assay/${stage}`;

  test('publishes its metrics under a namespace of its own, from every function', () => {
    const functions = ofType(stage, 'AWS::Lambda::Function');
    expect(functions.length).toBeGreaterThan(15);
    for (const [id, { Properties }] of functions) {
      const { Variables } = Properties!.Environment as { Variables: Record<string, string> };
      expect([id, Variables.POWERTOOLS_METRICS_NAMESPACE]).toEqual([id, namespace]);
    }
  });

  test('alarms on that namespace and those of AWS alone', () => {
    const namespaces = ofType(stage, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
      [...JSON.stringify(Properties).matchAll(/"Namespace":"([^"]+)"/g)].map(([, found]) => found!),
    );
    expect(new Set(namespaces.filter((found) => !found.startsWith('AWS/')))).toEqual(new Set([namespace]));
  });

  test('draws that namespace and no other stage’s on its dashboard', () => {
    for (const [, { Properties }] of ofType(stage, 'AWS::CloudWatch::Dashboard')) {
      const found = JSON.stringify(Properties!.DashboardBody).match(/Assay(\/\w+)?(?=[\\",])/g) ?? [];
      expect(found.length).toBeGreaterThan(5);
      expect(new Set(found)).toEqual(new Set([namespace]));
    }
  });
});

/** Properties that name a resource in the account. */
const NAMES = /^(.*Name|Name)$/;
/** By type: those that end in `Name` and name something else. */
const NO_NAMES: Readonly<Record<string, readonly string[]>> = { 'AWS::KMS::Alias': ['TargetKeyId'] };

const retained = (): [string, Resource][] =>
  Object.entries(templates.prod).filter(
    ([, { Type, DeletionPolicy = '', UpdateReplacePolicy = '' }]) =>
      // A version of a function has no name of its own, and goes with its function.
      Type !== 'AWS::Lambda::Version' &&
      [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy.startsWith('Retain')),
  );

describe('a first deploy of prod that was rolled back', () => {
  /** By whatever name a service has it. */
  const isProtection = ([name, value]: [string, unknown]) =>
    /protection/i.test(name) && value !== false && value !== 'INACTIVE';
  const protectedIn = (resources: Readonly<Record<string, Resource>>): string[] =>
    Object.entries(resources).flatMap(([id, { Properties = {} }]) =>
      Object.entries(Properties).some(isProtection) ? [id.replace(/[0-9A-F]{8}$/, '')] : [],
    );

  test('meets nothing that refuses to be deleted: protection comes with the second step', () => {
    const first = { stage: 'prod', isFirst: true } as const;
    const { Resources } = synthesise(EVERYTHING, first).toJSON() as { Resources: Record<string, Resource> };
    const isTerminationProtected = withStack(EVERYTHING, first, (stack) => stack.terminationProtection);
    expect([isTerminationProtected, protectedIn(Resources)]).toEqual([false, []]);
    expect(protectedIn(templates.prod).sort()).toEqual([
      ...['IdentityUsers', 'TablesDrops', 'TablesFlags', 'TablesModels', 'TablesSubjects'],
    ]);
  });

  test('leaves a stack that the next deploy makes anew, by the same two steps', () => {
    const [prod, dev] = [stageNamed('prod'), stageNamed('dev')];
    expect(deploySteps(prod, null)).toEqual(['unprotected', 'as set']);
    expect(deploySteps(prod, { status: 'CREATE_COMPLETE', settings: {} })).toEqual(['as set']);
    expect(deploySteps(dev, null)).toEqual(['as set']);
    expect(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'].map(isEmpty)).toEqual([true, true]);
    expect(['CREATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].map(isEmpty)).toEqual([false, false]);
  });

  test('leaves nothing behind: what outlives the stack is retained except where its creation fails', () => {
    const policies = retained().map(([id, { DeletionPolicy }]) => [id, DeletionPolicy]);
    expect(policies.length).toBeGreaterThan(10);
    expect(policies.filter(([, policy]) => policy !== 'RetainExceptOnCreate')).toEqual([]);
  });

  test('can be repeated, and a stack that was removed made again: nothing that is retained has a fixed name', () => {
    const named = retained().flatMap(([id, { Type, Properties = {} }]) =>
      Object.entries(Properties)
        .filter(([property]) => NAMES.test(property) && !(NO_NAMES[Type] ?? []).includes(property))
        .filter(([, value]) => !JSON.stringify(value).includes('"Ref":"AWS::StackId"'))
        .map(([property, value]) => `${id}.${property} = ${JSON.stringify(value)}`),
    );
    expect(named).toEqual([]);
  });
});

/**
 * EventBridge publishes to an encrypted topic by its policy alone, and AWS supports no condition on what allows it (the SNS developer
 * guide's page on keys says so of the key, EventBridge's troubleshooting of the topic). A statement of its own refuses other accounts.
 */
const UNCONDITIONAL = /^EventsTopicPolicy/;

describe('a rule, topic or schedule of another account', () => {
  const POLICIES = {
    'AWS::SQS::QueuePolicy': 'PolicyDocument',
    'AWS::SNS::TopicPolicy': 'PolicyDocument',
    'AWS::S3::BucketPolicy': 'PolicyDocument',
    'AWS::Events::EventBusPolicy': 'Statement',
  } as const;

  test.each(Object.entries(POLICIES))(
    'reaches nothing by %s: each service is allowed for this account or source',
    (type, property) => {
      const closed = ofType('prod', type).filter(([id]) => !UNCONDITIONAL.test(id));
      const open = closed.flatMap(([id, { Properties = {} }]) => {
        const document = Properties[property] as { Statement?: Statement[] } & Statement;
        return (document.Statement ?? [document])
          .filter(
            ({ Effect, Principal }) =>
              Effect === 'Allow' && typeof Principal === 'object' && 'Service' in Principal,
          )
          .filter(({ Condition }) => !/"aws:Source(Account|Arn)"/.test(JSON.stringify(Condition ?? {})))
          .map((statement) => `${id}: ${JSON.stringify(statement)}`);
      });
      expect(open).toEqual([]);
    },
  );

  test('reaches nothing by the topic of events, whose rule is allowed without a condition', () => {
    const policies = new Policies(templates.prod as Resources);
    const [id] = policies.ofType('AWS::SNS::Topic').find(([topic]) => topic.startsWith('EventsTopic'))!;
    const principal = { service: 'events.amazonaws.com' };
    const publish = { principal, action: 'sns:Publish', target: id, arn: policies.arnOf(id) };
    const from = (account: string) =>
      policies.allows({ ...publish, context: { 'aws:SourceAccount': account } });
    expect(from('444455556666')).toBe(false);
    expect(from(ACCOUNT)).toBe(true);
    expect(policies.allows(publish)).toBe(true);
  });
});
