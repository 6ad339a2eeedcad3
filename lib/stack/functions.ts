/** The functions: one role each with what its plan says, JSON logs with an end, traces on. */
import { join } from 'node:path';
import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LayerVersion,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Access, type AccessName, accessTo, type Stores, storeNames, useKey } from './access.ts';
import { FUNCTION_PLANS } from './function-plan.ts';
import { HANDLERS, type HandlerName, handlerOf } from './handlers.ts';
import { metricsNamespace } from './metrics.ts';
import { LAYER_NAMES, LAYERS, type LayerArchitecture, type LayerName } from './native-layer.ts';
import type { StageName } from './stage.ts';

export interface FunctionsProps {
  readonly stores: Stores;
  /** The folder that `bundleFunctions` made, with one for each function. */
  readonly code: string;
  /** The folder that `stageLayers` made, with one for each layer. */
  readonly layers: string;
  readonly architecture: LayerArchitecture;
  /** Whether versions of layers stay when newer ones come. */
  readonly keepLayers: boolean;
  /** Concurrency that is held ready for a function. */
  readonly reserved: Partial<Readonly<Record<HandlerName, number | 'none'>>>;
}

/** Lambda tries again after one minute and after two, and goes on while it is too busy to begin. */
const ASYNCHRONOUS = { retryAttempts: 2, maxEventAge: Duration.hours(6) };
const ARCHITECTURES = { arm64: Architecture.ARM_64, x64: Architecture.X86_64 } as const;

export class Functions extends Construct {
  readonly #functions: ReadonlyMap<HandlerName, LambdaFunction>;
  readonly #layers: ReadonlyMap<LayerName, LayerVersion>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const architecture = ARCHITECTURES[props.architecture];
    const shared: Shared = {
      ...props,
      cpu: architecture,
      natives: new Map(
        LAYER_NAMES.map((name) => [
          name,
          new LayerVersion(this, `Layer-${name}`, {
            description: LAYERS[name].join(', '),
            code: Code.fromAsset(join(props.layers, name)),
            compatibleRuntimes: [Runtime.NODEJS_24_X],
            compatibleArchitectures: [architecture],
            // A task fetches them by the version that the function's version names.
            ...(props.keepLayers && { removalPolicy: RemovalPolicy.RETAIN }),
          }),
        ]),
      ),
    };
    this.#layers = shared.natives;
    const wanted = HANDLERS.filter((name) => name !== 'webhook' || props.stores.webhook !== null);
    this.#functions = new Map(wanted.map((name) => [name, makeFunction(this, name, shared)]));
  }

  named(name: HandlerName): LambdaFunction {
    return this.#functions.get(name)!;
  }

  /** The code and settings as they are deployed now: what is started with a version goes on with it through later deploys. */
  version(name: HandlerName): IFunction {
    return this.named(name).currentVersion as IFunction;
  }

  /** ARNs of the layers that a function loads, in the versions of now. */
  layersOf(name: HandlerName): string[] {
    return FUNCTION_PLANS[name].layers.map((layer) => this.#layers.get(layer)!.layerVersionArn);
  }

  all(): readonly [HandlerName, LambdaFunction][] {
    return [...this.#functions];
  }
}

interface Shared extends FunctionsProps {
  readonly cpu: Architecture;
  readonly natives: ReadonlyMap<LayerName, LayerVersion>;
}

function makeFunction(
  scope: Construct,
  name: HandlerName,
  { stores, code, cpu, natives, reserved }: Shared,
): LambdaFunction {
  const plan = FUNCTION_PLANS[name];
  const { stage, storage } = stores;
  const room = new Construct(scope, name);
  const logGroup = new LogGroup(room, 'Logs', {
    retention: stage.logRetentionDays,
    encryptionKey: storage.key,
    removalPolicy: stage.removal,
  });
  const role = new Role(room, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `Assay ${stage.name}: ${name}`,
  });
  const access: AccessName[] = [...plan.access];
  if (plan.asynchronous && !access.includes('sendDeadLetters')) access.push('failToDeadLetters');
  const accesses = access.map((one) => accessTo(one, stores));
  const statements = [
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
    ...(touchesStores(accesses) ? [useKey(stores)] : []),
    ...accesses.flatMap((access) => access.statements),
  ];
  for (const statement of statements) role.addToPolicy(statement);
  const made = new LambdaFunction(room, 'Function', {
    description: `Assay: ${name}`,
    runtime: Runtime.NODEJS_24_X,
    architecture: cpu,
    code: Code.fromAsset(join(code, name)),
    handler: handlerOf(name),
    layers: plan.layers.map((layer) => natives.get(layer)!),
    role,
    memorySize: plan.memoryMb,
    timeout: plan.timeout,
    ephemeralStorageSize: plan.ephemeralStorage,
    ...(typeof reserved[name] === 'number' && { reservedConcurrentExecutions: reserved[name] }),
    tracing: Tracing.ACTIVE,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    // Executions under way may need it after the deploy that replaces it.
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    environment: Object.assign(
      {},
      settingsOf(name, stage.name),
      touchesStores(accesses) ? storeNames(stores) : {},
      ...accesses.map((access) => access.environment),
    ),
  });
  if (plan.asynchronous) {
    made.configureAsyncInvoke({
      ...ASYNCHRONOUS,
      onFailure: { bind: () => ({ destination: stores.queues.deadLetters.queueArn }) },
    });
  }
  Tags.of(room).add('assay:function', name);
  return made;
}

/** A function whose accesses allow nothing reads no store, and nothing that the key encrypts. */
function touchesStores(accesses: readonly Access[]): boolean {
  return accesses.some(({ statements }) => statements.length > 0);
}

function settingsOf(name: HandlerName, stage: StageName): Record<string, string> {
  return {
    ASSAY_STAGE: stage,
    POWERTOOLS_SERVICE_NAME: 'assay',
    POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(stage),
    // Set before the process starts as well: see lib/forest/onnx/onnx-runtime.ts.
    ORT_DISABLE_TELEMETRY: '1',
    // Names the function in the User-Agent of its calls. Powertools would add its own name but for the mark, and the SDK then warns of an
    // id that is too long.
    AWS_SDK_UA_APP_ID: `assay-${name}/PTEnv/`,
    ...FUNCTION_PLANS[name].settings,
  };
}
