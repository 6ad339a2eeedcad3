/** What a deployed stack learns by, as the command line sees it: its name in, reviews, models and retrainings out. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { InputError } from '../errors.ts';
import type { AssayEvent } from '../events/event-schemas.ts';
import type { DecisionTools } from '../models/decide-model.ts';
import { AuditChain } from './audit-chain.ts';
import { documentClient, s3Client } from './clients.ts';
import { EventBus } from './event-bus.ts';
import { FlagTable } from './flag-table.ts';
import { ModelTable } from './model-table.ts';
import { RegistryTable } from './registry-table.ts';
import { RetrainingTable } from './retraining-table.ts';
import { ReviewTable } from './review-table.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import { readStackOutputs } from './stack-outputs.ts';
import { startRetraining } from './start-retraining.ts';
import { doing } from './store-error.ts';
import { wakeRetraining } from './wake-retraining.ts';

export interface LearningStack {
  readonly name: string;
  readonly flags: FlagTable;
  readonly reviews: ReviewTable;
  readonly models: ModelTable;
  readonly retrainings: RetrainingTable;
  readonly decisions: DecisionTools;
  readonly artifacts: S3ObjectStore;
  announce(event: AssayEvent): Promise<void>;
  /** Its id comes back. */
  startRetraining(domain: string, startedBy: string): Promise<string>;
}

export async function openLearningStack(name: string, now: () => number): Promise<LearningStack> {
  const outputs = await doing(`reading the stack ${name}`, () => readStackOutputs(name));
  const { RetrainMachineArn: machineArn, EventBus: bus } = outputs;
  if (machineArn === undefined || bus === undefined) {
    throw new InputError(
      `the stack ${name} was deployed before there were retrainings: deploy it again (docs/deploy.md)`,
    );
  }
  const documents = documentClient();
  const executions = new SFNClient({});
  const events = new EventBus(new EventBridgeClient({}), bus);
  const audit = new AuditChain(documents, outputs.DropsTable);
  const table = new RetrainingTable(documents, outputs.ModelsTable, now);
  const artifacts = new S3ObjectStore(s3Client(), outputs.ArtifactsBucket);
  const announce = (event: AssayEvent) => events.publish([event]);
  return {
    ...{ name, artifacts, announce, retrainings: table },
    flags: new FlagTable(documents, outputs.FlagsTable),
    reviews: new ReviewTable(documents, outputs.FlagsTable, audit),
    models: new ModelTable(documents, outputs.ModelsTable, { artifacts, now }),
    decisions: {
      registry: new RegistryTable(documents, outputs.ModelsTable, audit),
      wake: (retraining) => wakeRetraining({ table, executions }, retraining),
      announce,
    },
    startRetraining: (domain, startedBy) =>
      startRetraining({ table, executions, machineArn, now, chance: Math.random }, { domain, startedBy }),
  };
}

/** No account of AWS has this number: an emulator that knows everybody by one name has. */
const NOBODYS_ACCOUNT = '000000000000';

/**
 * Who acts: the AWS identity of the credentials at hand. Another name is taken only where the identity is nobody's, or it would
 * let one person approve as two.
 */
export async function callerName(as: string | undefined): Promise<string> {
  const { Account, Arn } = await doing('asking who you are', () =>
    new STSClient({}).send(new GetCallerIdentityCommand({})),
  );
  if (as === undefined) return Arn!;
  if (Account === NOBODYS_ACCOUNT) return as;
  throw new InputError(`you act as ${Arn}: --as is for an emulator, which knows everybody by one name`);
}
