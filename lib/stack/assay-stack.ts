/**
 * Assay in an account: a bucket to drop files into, an API, and flags with their reasons.
 *
 *     drops bucket ─► arrivals ─► receive ─► drop machine ─► flags, results, audit
 *                                            API ─► flags, drops, scores
 */
import { join } from 'node:path';
import { CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { formatModelKeys } from '../models/model-key.ts';
import { logName, type SignIn, type Stores } from './access.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Arrivals } from './arrivals.ts';
import { TASK_SCRIPT } from './bundle.ts';
import { Overview } from './dashboard.ts';
import { DropMachine } from './drop-machine.ts';
import { Events } from './events.ts';
import { Exports } from './exports.ts';
import { Functions } from './functions.ts';
import { Identity, type TokenIssuer } from './identity.ts';
import { Queues } from './queues.ts';
import { RetrainMachine, retrainMachineArn } from './retrain-machine.ts';
import { Schedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { changedSettings } from './settings-schema.ts';
import type { Stage } from './stage.ts';
import { Storage } from './storage.ts';
import { suppressFindings } from './suppressions.ts';
import { Tables } from './tables.ts';
import { Tasks } from './tasks.ts';

/** Where a deployed template says which settings it was made with: as JSON text, since metadata may hold no fractions. */
export const SETTINGS_METADATA = 'assay:settings';

export interface AssayStackProps {
  readonly stage: Stage;
  readonly settings: Settings;
  /** The folder that `bundleFunctions` made. */
  readonly code: string;
  /** The folder that `stageLayers` made. */
  readonly layers: string;
}

const SECONDS_A_DAY = 86_400;

export class AssayStack extends Stack {
  constructor(scope: Construct, props: AssayStackProps) {
    const { stage, settings } = props;
    const { retraining, drops } = settings;
    super(scope, `Assay-${stage.name}`, {
      description: `Assay (${stage.name}): compliance flags with reasons that add up`,
      terminationProtection: stage.deletionProtection,
    });
    this.templateOptions.metadata = { [SETTINGS_METADATA]: JSON.stringify(settings) };
    Tags.of(this).add('application', 'assay');
    Tags.of(this).add('stage', stage.name);

    const storage = new Storage(this, 'Storage', stage);
    const { key } = storage;
    const tables = new Tables(this, 'Tables', { key, stage });
    const queues = new Queues(this, 'Queues', { key, hasWebhook: settings.events.webhookUrl !== undefined });
    const events = new Events(this, 'Events', { stage, key, webhookUrl: settings.events.webhookUrl });
    const { bus, webhook } = events;
    const ownIssuer = issuerOf(settings);
    const identity = ownIssuer === undefined ? new Identity(this, 'Identity', stage) : undefined;
    const issuer = ownIssuer ?? identity!.issuer;
    const stores: Stores = {
      ...{ storage, tables, queues, stage, bus, webhook },
      issuerGroups: settings.access.groups ?? null,
      changedSettings: changedSettings(settings),
      signIn: signInOf(settings, issuer, identity, storage),
      minSeverity: settings.events.minSeverity,
      cutting: settings.drops,
      modelKeys: settings.models.signedBy,
      erasureDomains: settings.erasure.domains,
      learning: {
        ...settings.reviews,
        blindPerDay: settings.reviews.perDay,
        retrainOnDrift: retraining.onDrift,
      },
      retrainMachineArn: retrainMachineArn(this, stage),
    };
    const functions = new Functions(this, 'Functions', {
      ...{ ...props, stores, architecture: settings.architecture, keepLayers: settings.large.fargate },
      reserved: { api: settings.api.reservedConcurrency, 'api-score': settings.api.reservedConcurrency },
    });
    const tasks = settings.large.fargate
      ? new Tasks(this, 'Tasks', {
          ...{ stores, functions, settings: settings.large, architecture: settings.architecture },
          script: join(props.code, TASK_SCRIPT),
        })
      : null;
    const { machine } = new DropMachine(this, 'Drop', {
      ...{ ...drops, stage, functions, tasks, key, deadLetters: queues.deadLetters },
    });
    if (webhook !== null) events.post(functions.named('webhook'), queues);
    const { machine: retrainMachine } = new RetrainMachine(this, 'Retrain', {
      ...{ ...drops, stage, functions, tasks, key, deadLetters: queues.deadLetters },
      approval: Duration.seconds(Math.round(retraining.approvalDays * SECONDS_A_DAY)),
    });
    new Schedules(this, 'Schedules', {
      ...{
        retrain: retraining.schedules,
        machine: retrainMachine,
        monitor: functions.named('monitor'),
        publishEvents: functions.named('publish-events'),
        extendLog: functions.named('extend-log'),
        compactHistory: functions.named('compact-history'),
        key,
        queues,
      },
    });
    new Exports(this, 'Exports', { bus, queues, make: functions.named('export') });
    new Arrivals(this, 'Arrivals', {
      drops: storage.drops,
      bus,
      queues,
      receive: functions.named('receive'),
      machine,
      maxDrops: drops.maxUnderWay,
    });
    const { api } = new Api(this, 'Api', { functions, issuer, key, stage });
    const origins = [settings.console.origin ?? api.apiEndpoint];
    identity?.returnTo(origins);
    storage.openTo(origins);
    storage.expireDelivered(settings.erasure.domains, settings.erasure.deliveredDays);
    new Alarms(this, 'Alarms', {
      ...{ key, queues, functions, machine, api, retrainMachine, stage },
      email: settings.alarms.email,
    });
    new Overview(this, 'Overview', { queues, functions, machine, api, stage });
    this.#output({
      DropsBucket: storage.drops.bucketName,
      DataBucket: storage.data.bucketName,
      AuditBucket: storage.audit.bucketName,
      ArtifactsBucket: storage.artifacts.bucketName,
      FlagsTable: tables.flags.tableName,
      DropsTable: tables.drops.tableName,
      ModelsTable: tables.models.tableName,
      SubjectsTable: tables.subjects.tableName,
      SubjectsKey: key.keyId,
      DeadLettersUrl: queues.deadLetters.queueUrl,
      ArrivalsUrl: queues.arrivals.queueUrl,
      DropMachineArn: machine.stateMachineArn,
      RetrainMachineArn: retrainMachine.stateMachineArn,
      EventBus: bus.eventBusName,
      ApiUrl: api.apiEndpoint,
      ConsoleUrl: origins[0]!,
      Stage: stage.name,
      SigningKey: storage.signingKey.keyId,
      LogName: logName(stage),
      ...(settings.erasure.domains.length > 0 && { ErasureDomains: settings.erasure.domains.join(' ') }),
      ...(settings.models.signedBy.length > 0 && { ModelKeys: formatModelKeys(settings.models.signedBy) }),
      ...(identity !== undefined && {
        UserPoolId: identity.pool.userPoolId,
        UserPoolClientId: identity.client.userPoolClientId,
      }),
    });
    suppressFindings(this, stage.name, { ownUsers: identity !== undefined, tasks: tasks !== null });
  }

  /** What the command line and people look up. */
  #output(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/** The issuer as browsers reach it, and every origin that the console's page connects to. */
function signInOf(
  { console }: Settings,
  { url, audience }: TokenIssuer,
  identity: Identity | undefined,
  { drops, data, audit }: Storage,
): SignIn {
  const slash = url.indexOf('/', 'https://'.length);
  const [origin, path] = slash < 0 ? [url, ''] : [url.slice(0, slash), url.slice(slash)];
  const issuerOrigin = console.issuerOrigin ?? origin;
  return {
    issuer: `${issuerOrigin}${path}`,
    client: console.client ?? audience[0]!,
    origins: [
      issuerOrigin,
      ...(identity === undefined ? [] : [identity.signInOrigin]),
      ...[drops, data, audit].map((bucket) => `https://${bucket.bucketRegionalDomainName}`),
      ...console.connect,
    ],
  };
}

function issuerOf({ access: { issuer: url, audience } }: Settings): TokenIssuer | undefined {
  return url === undefined || audience === undefined ? undefined : { url, audience };
}
