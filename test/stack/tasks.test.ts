/** What is too large for a function as tasks of Fargate: what is there with `large.fargate`, and that nothing is without. */
import validate from 'asl-validator';
import { beforeAll, describe, expect, test } from 'vitest';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import type { GivenSettings } from '../../lib/stack/settings.ts';
import { TASK_HANDLERS } from '../../lib/stack/tasks.ts';
import { Policies, type Resources } from './policies.ts';
import { synthesise } from './synthesise.ts';

const ON: GivenSettings = {
  large: { fargate: true, vpc: 'vpc-0123456789abcdef0', subnets: ['subnet-0123456789abcdef0'] },
};

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly UpdateReplacePolicy?: string;
}
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly Record<string, unknown>[];
  readonly Catch?: readonly { ErrorEquals: string[]; Next: string; ResultPath?: string | null }[];
  readonly Parameters?: {
    readonly NetworkConfiguration: unknown;
    readonly Overrides: {
      readonly ContainerOverrides: readonly [{ readonly Environment: readonly Variable[] }];
    };
  };
  readonly ResultPath?: string | null;
  readonly HeartbeatSeconds?: number;
  readonly ItemProcessor?: { readonly States: Record<string, State> };
}
type Variable = Readonly<Record<'Name' | 'Value' | 'Value.$', string>>;

let resources: Readonly<Record<string, Resource>>;
let policies: Policies;

beforeAll(() => {
  resources = (synthesise(ON).toJSON() as { Resources: Record<string, Resource> }).Resources;
  policies = new Policies(resources as unknown as Resources);
});

const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);

function machine(name: 'Drop' | 'Retrain'): { States: Record<string, State> } {
  const [, { Properties }] = ofType('AWS::StepFunctions::StateMachine').find(([id]) => id.startsWith(name))!;
  return JSON.parse(policies.resolve(Properties.DefinitionString)) as { States: Record<string, State> };
}

/** Those within maps too. */
const statesOf = (name: 'Drop' | 'Retrain'): Record<string, State> => {
  const { States } = machine(name);
  const inner = Object.values(States).flatMap(({ ItemProcessor }) =>
    Object.entries(ItemProcessor?.States ?? {}),
  );
  return { ...States, ...Object.fromEntries(inner) };
};

const statementsOf = (role: string): Statement[] =>
  ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) =>
    JSON.stringify(Properties.Roles).includes(`"${role}"`)
      ? (Properties.PolicyDocument as { Statement: Statement[] }).Statement
      : [],
  );

const roleOf = (construct: string): string =>
  ofType('AWS::IAM::Role').find(([id]) => new RegExp(`^${construct}Role[0-9A-F]{8}$`).test(id))![0];

test('nothing is there unless it is asked for', () => {
  const types = Object.values(
    (synthesise().toJSON() as { Resources: Record<string, Resource> }).Resources,
  ).map(({ Type }) => Type);
  expect(types.filter((type) => /^AWS::(ECS|EC2|ECR)::/.test(type))).toEqual([]);
});

describe('the state machines', () => {
  test.each(['Drop', 'Retrain'] as const)('%s is valid', (name) => {
    // What a task waits for is no field of the validator's schema of a task that is not a function.
    const { isValid, errors } = validate(machine(name));
    expect(isValid ? [] : errors).toEqual([]);
  });

  test('a file above 400 MB is planned by a task, and a drop that the plan finds large is put together by one', () => {
    const states = statesOf('Drop');
    expect(states['Plan is large?']).toMatchObject({
      Choices: [{ Variable: '$.drop.bytes', NumericGreaterThan: 400_000_000, Next: 'Plan as a task' }],
      Default: 'Plan',
    });
    expect(states['Assemble is large?']).toMatchObject({
      Choices: [
        {
          And: [
            { Variable: '$.plan.isLarge', IsPresent: true },
            { Variable: '$.plan.isLarge', BooleanEquals: true },
          ],
          Next: 'Assemble as a task',
        },
      ],
      Default: 'Assemble',
    });
  });

  test('each step that computes has a twin, where it goes by what ends a function, and which goes on as it does', () => {
    const twins = {
      Drop: [
        ...['Plan', 'Intake', 'Windows', 'Score', 'Assemble'],
        ...['Shadow intake', 'Shadow windows', 'Shadow score'],
      ],
      Retrain: ['Snapshot', 'Prepare', 'Tune', 'Choose', 'Train', 'Assemble', 'Compare'],
    } as const;
    for (const name of ['Drop', 'Retrain'] as const) {
      const states = statesOf(name);
      const found = Object.keys(states).filter((state) => state.endsWith(' as a task'));
      expect(found.sort()).toEqual(twins[name].map((step) => `${step} as a task`).sort());
      for (const step of twins[name]) {
        const [function_, task] = [states[step]!, states[`${step} as a task`]!];
        expect(function_.Catch![0]).toEqual({
          ErrorEquals: [
            ...[
              'Sandbox.Timedout',
              'Lambda.Unknown',
              'Runtime.ExitError',
              'Runtime.OutOfMemory',
              'OutOfSpace',
            ],
          ],
          ResultPath: null,
          Next: `${step} as a task`,
        });
        expect([task.Next, task.ResultPath]).toEqual([function_.Next, function_.ResultPath]);
        // Whatever else goes wrong leads where it led before.
        expect(task.Catch).toEqual(function_.Catch!.slice(1));
        expect(task.Resource).toBe('arn:aws:states:::ecs:runTask.waitForTaskToken');
        expect(task.HeartbeatSeconds).toBe(600);
      }
    }
  });

  test('a twin is given what the function is given, a part each, with its version and the token', () => {
    const variables = (states: Record<string, State>, name: string) =>
      states[name]!.Parameters!.Overrides.ContainerOverrides[0].Environment.map((variable) =>
        variable.Name === 'ASSAY_TASK_FUNCTION'
          ? variable.Name
          : `${variable.Name}=${variable['Value.$'] ?? variable.Value}`,
      );
    const always = ['ASSAY_TASK_TOKEN=$$.Task.Token', 'ASSAY_TASK_FUNCTION'];
    expect(variables(statesOf('Drop'), 'Plan as a task')).toEqual([
      ...always,
      'ASSAY_INPUT_drop=States.JsonToString($.drop)',
      'ASSAY_INPUT_attempt=States.JsonToString($.attempt)',
    ]);
    expect(variables(statesOf('Drop'), 'Score as a task')).toEqual([
      ...always,
      'ASSAY_INPUT_drop=States.JsonToString($.drop)',
      'ASSAY_INPUT_partition=States.JsonToString($.partition)',
    ]);
    expect(variables(statesOf('Retrain'), 'Tune as a task')).toEqual([
      ...always,
      'ASSAY_INPUT_retraining=States.JsonToString($.retraining)',
      'ASSAY_INPUT_task=States.JsonToString($.task)',
      'ASSAY_INPUT_step="tune"',
    ]);
  });
});

describe('rights', () => {
  test.each(TASK_HANDLERS)('a task of %s may do what its function may, fetch that, and answer', (name) => {
    const actions = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action);
    const own = statementsOf(roleOf(`Tasks${name}`));
    const ofFunction = statementsOf(roleOf(`Functions${name}`));
    // Tracing, its own log group and the letters of asynchronous calls are Lambda's.
    const without = /^(xray:|logs:|sqs:)/;
    const added = ['lambda:GetFunction', 'lambda:GetLayerVersion'];
    const answers = ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'];
    expect([...new Set(actions(own))].sort()).toEqual(
      [
        ...new Set([...actions(ofFunction).filter((action) => !without.test(action)), ...added, ...answers]),
      ].sort(),
    );
    expect(JSON.stringify(own)).not.toContain('"Resource":"*"');
    const [fetching] = own.filter(({ Action }) => Action === 'lambda:GetFunction');
    expect(JSON.stringify(fetching!.Resource)).toContain(`Functions${name}Function`);
    expect(FUNCTION_PLANS[name].layers.length).toBeGreaterThan(0);
  });

  test.each([
    ['Drop', 5],
    ['Retrain', 1],
  ] as const)(
    'the machine %s may start its tasks in the cluster, and hand on their roles to ECS',
    (name, count) => {
      const statements = statementsOf(roleOf(`${name}Machine`));
      const [running] = statements.filter(({ Action }) => Action === 'ecs:RunTask');
      expect([running!.Resource].flat()).toHaveLength(count);
      expect(running!.Condition).toEqual({
        ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [ofType('AWS::ECS::Cluster')[0]![0], 'Arn'] } },
      });
      const [passing] = statements.filter(({ Action }) => Action === 'iam:PassRole');
      expect(passing!.Resource).toHaveLength(count + 1);
      expect(passing!.Condition).toEqual({
        StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      });
    },
  );

  test('an image in a repository of one’s own may be fetched, and that one only', () => {
    const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/mirror/node:24';
    const template = JSON.stringify(synthesise({ large: { ...ON.large, image } }).toJSON());
    expect(template).toContain(':ecr:eu-central-1:123456789012:repository/mirror/node"');
    expect(JSON.stringify(resources)).not.toContain('ecr:BatchGetImage');
  });
});

describe('tasks', () => {
  test('speak to AWS, and nothing speaks to them', () => {
    const [[, group]] = ofType('AWS::EC2::SecurityGroup') as [[string, Resource]];
    expect(group.Properties.SecurityGroupIngress).toBeUndefined();
    expect(group.Properties.SecurityGroupEgress).toMatchObject([
      { FromPort: 443, ToPort: 443, IpProtocol: 'tcp' },
    ]);
    const ports = ofType('AWS::ECS::TaskDefinition').map(([, { Properties }]) => JSON.stringify(Properties));
    expect(ports.filter((text) => text.includes('PortMappings'))).toEqual([]);
    const network = (given: GivenSettings) =>
      JSON.stringify(synthesise(given).toJSON()).match(/AssignPublicIp\\*":\\*"(\w+)/)![1];
    expect([network(ON), network({ large: { ...ON.large, publicIp: true } })]).toEqual([
      'DISABLED',
      'ENABLED',
    ]);
  });

  test('have eight processors, 60 GB of memory and 200 GB of disk, and change no image', () => {
    const definitions = ofType('AWS::ECS::TaskDefinition');
    expect(definitions).toHaveLength(TASK_HANDLERS.length);
    for (const [, { Properties, UpdateReplacePolicy }] of definitions) {
      expect(Properties).toMatchObject({
        ...{ Cpu: '8192', Memory: '61440', EphemeralStorage: { SizeInGiB: 200 }, NetworkMode: 'awsvpc' },
        RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
        ContainerDefinitions: [
          {
            ...{ Image: 'public.ecr.aws/lambda/nodejs:24', ReadonlyRootFilesystem: true },
            LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
            LogConfiguration: { LogDriver: 'awslogs' },
          },
        ],
      });
      // Executions under way start the revision that they know.
      expect(UpdateReplacePolicy).toBe('Retain');
    }
  });

  test('write logs that end and are encrypted', () => {
    const groups = ofType('AWS::Logs::LogGroup').filter(([id]) => id.startsWith('Tasks'));
    expect(groups).toHaveLength(TASK_HANDLERS.length);
    for (const [, { Properties }] of groups) {
      expect(Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
    }
  });
});
