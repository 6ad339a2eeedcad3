/** What a deployed stack learns by, as the command line sees it: reviews, models and retrainings of a stack by its name. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { PersonalDataServices } from '../api/personal-data.ts';
import type { ReviewRulesOf } from '../api/show-case.ts';
import type { AuditAct } from '../audit/audit-entry.ts';
import { AttachmentTable } from '../aws/attachment-table.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import { callerName } from '../aws/aws-caller.ts';
import { BlindQueue } from '../aws/blind-queue.ts';
import { CaseDesk } from '../aws/case-desk.ts';
import { CaseQueue } from '../aws/case-queue.ts';
import { CaseTable } from '../aws/case-table.ts';
import { documentClient, s3Client } from '../aws/clients.ts';
import { EventBus } from '../aws/event-bus.ts';
import { FlagTable } from '../aws/flag-table.ts';
import { LabelsTable } from '../aws/labels-table.ts';
import { MetricsTable } from '../aws/metrics-table.ts';
import { ModelTable } from '../aws/model-table.ts';
import { Outbox } from '../aws/outbox.ts';
import { People } from '../aws/people.ts';
import { RegistryTable } from '../aws/registry-table.ts';
import { RetrainingTable } from '../aws/retraining-table.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import { readStackOutputs } from '../aws/stack-outputs.ts';
import { StopTable, WaitingDrops } from '../aws/stop-table.ts';
import { doing } from '../aws/store-error.ts';
import { UploadLog } from '../aws/upload-log.ts';
import { InputError } from '../errors.ts';
import type { Events } from '../events/event-schemas.ts';
import { parseModelKeys } from '../models/model-key.ts';
import type { StopDeps } from '../oversight/stop.ts';
import { expectNamesNone } from '../privacy/named-subjects.ts';
import type { DecisionDeps, ThresholdDeps } from '../registry/decide-model.ts';
import { type Cancellation, cancelRetraining } from './cancel-retraining.ts';
import { uploadDrop } from './deployed-stack.ts';
import { insightSource } from './insight-source.ts';
import { personalDataServices } from './personal-data-source.ts';
import { reviewRulesOf } from './review-rules-source.ts';
import { startRetraining } from './start-retraining.ts';
import { stopOfDomain } from './stop-source.ts';
import { erasableKeysOf, subjectsOf } from './subject-keys.ts';
import { thresholdTools } from './threshold-deps.ts';
import { wakeRetraining } from './wake-retraining.ts';

export interface LearningStack {
  readonly name: string;
  readonly flags: FlagTable;
  readonly reviews: ReviewTable;
  readonly cases: CaseTable;
  readonly attachments: AttachmentTable;
  readonly caseQueue: CaseQueue;
  readonly desk: CaseDesk;
  readonly blind: BlindQueue;
  readonly labels: LabelsTable;
  readonly uploads: UploadLog;
  readonly metrics: MetricsTable;
  readonly oversight: StopDeps;
  readonly waiting: WaitingDrops;
  readonly models: ModelTable;
  readonly retrainings: RetrainingTable;
  readonly decisions: DecisionDeps & ThresholdDeps;
  readonly artifacts: S3ObjectStore;
  readonly dropsBucket: string;
  /** Null: deployed before there was a console. */
  readonly consoleUrl: string | null;
  readonly personal: PersonalDataServices;
  readonly insightOf: ReturnType<typeof insightSource>;
  readonly reviewRules: (domain: string) => Promise<ReviewRulesOf>;
  readonly people: Pick<People, 'namesOf'>;
  /** Puts a file into the bucket of drops; its version comes back. */
  upload(path: string, key: string, onShare: (share: number) => void): Promise<string>;
  /** Publishes what was stored with an act. */
  publish(events: Events): Promise<unknown>;
  /** Written to the log of what was done in a domain. */
  recordAct(domain: string, act: AuditAct): Promise<void>;
  /** Throws an InputError where a text names a subject of a domain whose records are erasable. By option. */
  expectNoneNamed(texts: Readonly<Record<string, string>>): Promise<void>;
  /** Who acts at this stack; `as` is another name, which an emulator takes. */
  caller(as: string | undefined): Promise<string>;
  /** Its id comes back. */
  startRetraining(domain: string, startedBy: string): Promise<string>;
  cancelRetraining(cancellation: Cancellation): Promise<void>;
}

/** `complain` hears, in a sentence, of an event that could not be published yet. */
export async function openLearningStack(
  name: string,
  now: () => number,
  complain: (sentence: string) => void,
): Promise<LearningStack> {
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
  const people = new People(documents, outputs.DropsTable);
  const audit = new AuditChain(documents, outputs.DropsTable, people);
  const table = new RetrainingTable(documents, outputs.ModelsTable, now);
  const artifacts = new S3ObjectStore(s3Client(), outputs.ArtifactsBucket);
  const registry = new RegistryTable(documents, outputs.ModelsTable, audit);
  const { publish, publishStored } = new Outbox(documents, outputs.DropsTable, events, ({ type }) =>
    complain(`others have not heard of it yet: the event ${type} is published within minutes`),
  );
  const keys = parseModelKeys(outputs.ModelKeys ?? '', `the output ModelKeys of ${name}`);
  const models = new ModelTable(documents, outputs.ModelsTable, { artifacts, now, keys });
  const source = { documents, dropsTable: outputs.DropsTable };
  const erasable = erasableKeysOf(outputs);
  return {
    ...{ name, artifacts, models, publish: publishStored, people, retrainings: table },
    personal: personalDataServices(models, audit, now, subjectsOf(outputs)),
    flags: new FlagTable(documents, outputs.FlagsTable),
    reviews: new ReviewTable(documents, outputs.FlagsTable, audit),
    cases: new CaseTable(documents, outputs.FlagsTable),
    attachments: new AttachmentTable(documents, outputs.FlagsTable, audit),
    caseQueue: new CaseQueue(documents, outputs.FlagsTable),
    desk: new CaseDesk(documents, outputs.FlagsTable, audit),
    insightOf: insightSource(models),
    reviewRules: reviewRulesOf(models),
    blind: new BlindQueue(documents, outputs.FlagsTable),
    labels: new LabelsTable(documents, outputs.DropsTable, audit, now),
    uploads: new UploadLog(documents, outputs.DropsTable, now),
    metrics: new MetricsTable(documents, outputs.ModelsTable),
    oversight: {
      stops: new StopTable(documents, outputs.DropsTable, audit),
      publish,
    },
    waiting: new WaitingDrops(documents, outputs.DropsTable),
    dropsBucket: outputs.DropsBucket,
    consoleUrl: outputs.ConsoleUrl ?? null,
    upload: (path, key, onShare) => uploadDrop(outputs.DropsBucket, path, key, onShare),
    decisions: {
      registry,
      wake: (retraining) => wakeRetraining({ table, executions }, retraining),
      publish,
      ...thresholdTools(models, artifacts),
    },
    recordAct: (domain, act) => audit.append(domain, act),
    expectNoneNamed: async (texts) => {
      for (const domain of erasable.domains) {
        const keys = await erasable.keysOf(domain);
        if (keys !== null) await expectNamesNone(keys, texts);
      }
    },
    caller: (as) => callerName(machineArn, as),
    cancelRetraining: (cancellation) =>
      cancelRetraining({ ...{ table, executions, machineArn, audit, now }, registry, publish }, cancellation),
    startRetraining: (domain, startedBy) =>
      startRetraining(
        {
          ...{ table, executions, machineArn, now, chance: Math.random },
          stopOf: (of) => stopOfDomain(source, of),
        },
        { domain, startedBy },
      ),
  };
}
