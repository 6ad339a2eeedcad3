/**
 * Assay in an account: a bucket to drop files into, an API, and flags with their reasons.
 *
 *     drops bucket ─► arrivals ─► receive ─► drop machine ─► flags, results, audit
 *                                            API ─► flags, drops, scores
 */
import { CfnOutput, type Duration, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Learning } from './access.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Arrivals } from './arrivals.ts';
import { Overview } from './dashboard.ts';
import { DropMachine } from './drop-machine.ts';
import { Events } from './events.ts';
import { Functions } from './functions.ts';
import { Identity, type TokenIssuer } from './identity.ts';
import type { LayerArchitecture } from './native-layer.ts';
import { Queues } from './queues.ts';
import { RetrainMachine, retrainMachineArn } from './retrain-machine.ts';
import { Schedules } from './schedules.ts';
import type { Stage } from './stage.ts';
import { Storage } from './storage.ts';
import { suppressFindings } from './suppressions.ts';
import { Tables } from './tables.ts';

export interface AssayStackProps extends StackProps {
  readonly stage: Stage;
  readonly architecture: LayerArchitecture;
  readonly code: string;
  readonly layer: string;
  /** Instead of a pool of the stack's own. */
  readonly issuer?: TokenIssuer;
  readonly alarmEmail?: string;
  readonly maxConcurrency: number;
  /** How long a new model waits for two people. */
  readonly approval: Duration;
  /** When a domain is trained again by itself. */
  readonly retrain: Readonly<Record<string, string>>;
  readonly webhookUrl?: string;
  readonly learning: Learning;
}

export class AssayStack extends Stack {
  constructor(scope: Construct, props: AssayStackProps) {
    const { stage } = props;
    super(scope, `Assay-${stage.name}`, {
      description: `Assay (${stage.name}): compliance flags with reasons that add up`,
      terminationProtection: stage.deletionProtection,
      ...props,
    });
    Tags.of(this).add('application', 'assay');
    Tags.of(this).add('stage', stage.name);

    const storage = new Storage(this, 'Storage', stage);
    const { key } = storage;
    const tables = new Tables(this, 'Tables', { key, stage });
    const queues = new Queues(this, 'Queues', key);
    const events = new Events(this, 'Events', { ...props, key });
    const { bus, webhook } = events;
    const functions = new Functions(this, 'Functions', {
      ...props,
      stores: {
        ...{ storage, tables, queues, stage, bus, webhook, learning: props.learning },
        retrainMachineArn: retrainMachineArn(this, stage),
      },
    });
    const { machine } = new DropMachine(this, 'Drop', { ...props, functions, key });
    if (webhook !== null) events.post(functions.named('webhook'), queues);
    const { machine: retrainMachine } = new RetrainMachine(this, 'Retrain', {
      ...{ ...props, functions, key, deadLetters: queues.deadLetters },
    });
    new Schedules(this, 'Schedules', {
      ...{
        retrain: props.retrain,
        machine: retrainMachine,
        monitor: functions.named('monitor'),
        tell: functions.named('tell'),
        key,
        queues,
      },
    });
    new Arrivals(this, 'Arrivals', {
      drops: storage.drops,
      queues,
      receive: functions.named('receive'),
      machine,
    });
    const identity = props.issuer === undefined ? new Identity(this, 'Identity', stage) : undefined;
    const issuer = props.issuer ?? identity!.issuer;
    const { api } = new Api(this, 'Api', { functions, issuer, key, stage });
    new Alarms(this, 'Alarms', {
      ...{ key, queues, functions, machine, api, retrainMachine },
      ...(props.alarmEmail !== undefined && { email: props.alarmEmail }),
    });
    new Overview(this, 'Overview', { queues, functions, machine, api, stage });
    this.#tell({
      DropsBucket: storage.drops.bucketName,
      DataBucket: storage.data.bucketName,
      AuditBucket: storage.audit.bucketName,
      ArtifactsBucket: storage.artifacts.bucketName,
      FlagsTable: tables.flags.tableName,
      DropsTable: tables.drops.tableName,
      ModelsTable: tables.models.tableName,
      DeadLettersUrl: queues.deadLetters.queueUrl,
      ArrivalsUrl: queues.arrivals.queueUrl,
      DropMachineArn: machine.stateMachineArn,
      RetrainMachineArn: retrainMachine.stateMachineArn,
      EventBus: bus.eventBusName,
      ApiUrl: api.apiEndpoint,
      Stage: stage.name,
      ...(identity !== undefined && {
        UserPoolId: identity.pool.userPoolId,
        UserPoolClientId: identity.client.userPoolClientId,
      }),
    });
    suppressFindings(this, stage.name, identity !== undefined);
  }

  /** What the command line and people look up. */
  #tell(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
