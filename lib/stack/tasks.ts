/**
 * What is too large for a function, as tasks of Fargate: the same handlers with eight processors, and twenty times the memory and the
 * disk. A task definition for each handler, with a role that may do what the function's may. The image is Node alone:
 * the script that the definition holds (lib/tasks) fetches code, layers and settings of the function's version that a state machine
 * names, so neither deploying this nor running it needs Docker or a repository of images, and an execution goes on with the code that
 * it began with. Nothing runs, and nothing is paid for, until a state machine starts one.
 */
import { readFileSync } from 'node:fs';
import { Aws, CfnDeletionPolicy, Fn, Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnCluster, CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CustomState, JsonPath, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { accessTo, type Stores, useKey } from './access.ts';
import { FUNCTION_PLANS } from './function-plan.ts';
import type { Functions } from './functions.ts';
import type { HandlerName } from './handlers.ts';
import type { LayerArchitecture } from './native-layer.ts';
import { TASK_RETRIES } from './retries.ts';
import type { Settings } from './settings.ts';

/** The handlers that compute, and may need more than a function has. */
export const TASK_HANDLERS = [
  'plan',
  'intake',
  'windows',
  'score',
  'assemble',
  'retrain',
] as const satisfies HandlerName[];
export type TaskHandler = (typeof TASK_HANDLERS)[number];

export function isTaskHandler(name: HandlerName): name is TaskHandler {
  return (TASK_HANDLERS as readonly HandlerName[]).includes(name);
}

/** The largest that Fargate has with eight processors, and its largest disk. */
export const TASK_SIZE = { processors: 8, memoryMb: 60 * 1024, diskGb: 200 };

/** A task beats every half minute; one that does not within so long is gone. It takes about a minute to be there. */
const HEARTBEAT_SECONDS = 30;
const MAX_SILENCE_SECONDS = 600;
/** Of one try; a drop as a whole may take six hours. */
const MAX_TASK_SECONDS = 4 * 3600;

const CONTAINER = 'handler';
const SCRATCH = 'scratch';
const PROCESSORS = { arm64: 'ARM64', x64: 'X86_64' } as const;

export interface TasksProps {
  readonly stores: Stores;
  readonly functions: Functions;
  readonly settings: Settings['large'];
  readonly architecture: LayerArchitecture;
  /** The file that `bundleFunctions` made of lib/tasks. */
  readonly script: string;
}

/** The parts of a handler's input, as a state's payload has them: `'drop.$': '$.drop'`, or a value. */
export type HandlerInput = Readonly<Record<string, unknown>>;

export class Tasks extends Construct {
  readonly #props: TasksProps;
  readonly #cluster: CfnCluster;
  readonly #network: Readonly<Record<string, unknown>>;
  readonly #script: string;
  readonly #execution: Role;
  readonly #tasks = new Map<TaskHandler, { readonly definition: CfnTaskDefinition; readonly role: Role }>();

  constructor(scope: Construct, id: string, props: TasksProps) {
    super(scope, id);
    const { settings, stores } = props;
    this.#props = props;
    this.#script = readFileSync(props.script, 'utf8');
    this.#cluster = new CfnCluster(this, 'Cluster', {
      clusterSettings: [{ name: 'containerInsights', value: 'enabled' }],
    });
    const group = new CfnSecurityGroup(this, 'SecurityGroup', {
      groupDescription: `Assay ${stores.stage.name}: tasks speak to AWS, and nothing speaks to them`,
      vpcId: settings.vpc!,
      securityGroupEgress: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'AWS, over TLS' },
      ],
    });
    this.#network = {
      AwsvpcConfiguration: {
        Subnets: settings.subnets,
        SecurityGroups: [group.attrGroupId],
        AssignPublicIp: settings.publicIp ? 'ENABLED' : 'DISABLED',
      },
    };
    this.#execution = new Role(this, 'Start', {
      assumedBy: fromHere(),
      description: `Assay ${stores.stage.name}: fetches the image of tasks and writes their logs`,
    });
    for (const statement of imageRights(settings.image)) this.#execution.addToPolicy(statement);
    for (const name of TASK_HANDLERS) this.#tasks.set(name, this.#define(name));
  }

  /**
   * The handler `name` as a state that starts a task and waits for its answer, which is what the function would answer. `parts`: its
   * input.
   */
  state(
    scope: Construct,
    id: string,
    name: TaskHandler,
    parts: HandlerInput,
    resultPath?: string,
  ): CustomState {
    const { functions } = this.#props;
    const inputs = Object.entries(parts).map(([part, value]) =>
      part.endsWith('.$')
        ? { Name: `ASSAY_INPUT_${part.slice(0, -2)}`, 'Value.$': `States.JsonToString(${value})` }
        : { Name: `ASSAY_INPUT_${part}`, Value: JSON.stringify(value) },
    );
    const state = new CustomState(scope, id, {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Aws.PARTITION}:states:::ecs:runTask.waitForTaskToken`,
        Parameters: {
          LaunchType: 'FARGATE',
          Cluster: this.#cluster.attrArn,
          TaskDefinition: this.#tasks.get(name)!.definition.ref,
          NetworkConfiguration: this.#network,
          Overrides: {
            ContainerOverrides: [
              {
                Name: CONTAINER,
                Environment: [
                  { Name: 'ASSAY_TASK_TOKEN', 'Value.$': '$$.Task.Token' },
                  { Name: 'ASSAY_TASK_FUNCTION', Value: functions.version(name).functionArn },
                  ...inputs,
                ],
              },
            ],
          },
        },
        HeartbeatSeconds: MAX_SILENCE_SECONDS,
        TimeoutSeconds: MAX_TASK_SECONDS,
        ...(resultPath !== undefined && { ResultPath: resultPath === JsonPath.DISCARD ? null : resultPath }),
      },
    });
    for (const retry of TASK_RETRIES) state.addRetry(retry);
    return state;
  }

  /** Lets a state machine start the tasks of these handlers, and these answer it. */
  connect(machine: StateMachine, names: readonly TaskHandler[]): void {
    const tasks = names.map((name) => this.#tasks.get(name)!);
    const arn = machine.stateMachineArn;
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['ecs:RunTask'],
        // In every revision: executions that an earlier deploy's definition started are under way.
        resources: tasks.map(({ definition }) => withoutRevision(definition.ref)),
        conditions: { ArnEquals: { 'ecs:cluster': this.#cluster.attrArn } },
      }),
    );
    machine.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [...tasks.map(({ role }) => role.roleArn), this.#execution.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    );
    for (const { role } of tasks) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
          // The children of a distributed map have the machine's name and the map's.
          resources: [arn, `${arn}/*`],
        }),
      );
    }
  }

  #define(name: TaskHandler): { definition: CfnTaskDefinition; role: Role } {
    const { stores, functions, settings, architecture } = this.#props;
    const { stage, storage } = stores;
    const room = new Construct(this, name);
    const logs = new LogGroup(room, 'Logs', {
      retention: stage.logRetentionDays,
      encryptionKey: storage.key,
      removalPolicy: stage.removal,
    });
    this.#execution.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logs.logGroupArn],
      }),
    );
    const role = new Role(room, 'Role', {
      assumedBy: fromHere(),
      description: `Assay ${stage.name}: ${name} as a task`,
    });
    const statements = [
      new PolicyStatement({
        actions: ['lambda:GetFunction'],
        resources: [`${functions.named(name).functionArn}:*`],
      }),
      new PolicyStatement({
        actions: ['lambda:GetLayerVersion'],
        resources: functions.layersOf(name).map((layer) => `${withoutVersion(layer)}:*`),
      }),
      useKey(stores),
      ...FUNCTION_PLANS[name].access.flatMap((access) => accessTo(access, stores).statements),
    ];
    for (const statement of statements) role.addToPolicy(statement);
    const definition = new CfnTaskDefinition(room, 'Definition', {
      family: `${Stack.of(this).stackName}-${name}`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(TASK_SIZE.processors * 1024),
      memory: String(TASK_SIZE.memoryMb),
      ephemeralStorage: { sizeInGiB: TASK_SIZE.diskGb },
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: PROCESSORS[architecture] },
      executionRoleArn: this.#execution.roleArn,
      taskRoleArn: role.roleArn,
      volumes: [{ name: SCRATCH }],
      containerDefinitions: [
        {
          name: CONTAINER,
          image: settings.image,
          essential: true,
          entryPoint: ['node'],
          command: ['-e', this.#script],
          environment: [
            { name: 'ASSAY_URL_SUFFIX', value: Aws.URL_SUFFIX },
            { name: 'ASSAY_TASK_MEMORY_MB', value: String(TASK_SIZE.memoryMb) },
            { name: 'ASSAY_TASK_DISK_GB', value: String(TASK_SIZE.diskGb) },
            { name: 'ASSAY_TASK_HEARTBEAT_SECONDS', value: String(HEARTBEAT_SECONDS) },
          ],
          readonlyRootFilesystem: true,
          mountPoints: [{ sourceVolume: SCRATCH, containerPath: '/tmp', readOnly: false }],
          linuxParameters: { capabilities: { drop: ['ALL'] }, initProcessEnabled: true },
          // What SIGTERM leaves time for: to answer the state machine.
          stopTimeout: 30,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': logs.logGroupName,
              'awslogs-region': Aws.REGION,
              'awslogs-stream-prefix': name,
            },
          },
        },
      ],
    });
    // Executions under way start tasks of the revision that they were deployed with.
    definition.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    definition.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    return { definition, role };
  }
}

/** Tasks of this account, and no others. */
function fromHere(): ServicePrincipal {
  return new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });
}

const OWN_REPOSITORY = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+\/([a-z0-9._/-]+)/;

/** Of an image in a repository of ECR; a public one needs no right. */
function imageRights(image: string): PolicyStatement[] {
  const [, account, region, name] = OWN_REPOSITORY.exec(image) ?? [];
  if (name === undefined) return [];
  return [
    // It knows no resources.
    new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
    new PolicyStatement({
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [`arn:${Aws.PARTITION}:ecr:${region}:${account}:repository/${name}`],
    }),
  ];
}

/** `arn:…:task-definition/<family>:<revision>` */
function withoutRevision(arn: string): string {
  return `${beforeLast(arn, 7)}:*`;
}

/** `arn:…:layer:<name>:<version>` */
function withoutVersion(arn: string): string {
  return beforeLast(arn, 8);
}

/** An ARN of so many parts without its last one: what it is made of is known when it is deployed. */
function beforeLast(arn: string, parts: number): string {
  return Fn.join(
    ':',
    Array.from({ length: parts - 1 }, (_, at) => Fn.select(at, Fn.split(':', arn))),
  );
}
