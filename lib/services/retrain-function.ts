/** The function `retrain` wired up: what its steps work with, by the function's environment. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { AuditChain } from '../aws/audit-chain.ts';
import { documentClient, s3Client } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import { HistoryTable } from '../aws/history-table.ts';
import { LabelsTable } from '../aws/labels-table.ts';
import { ModelTable } from '../aws/model-table.ts';
import { People } from '../aws/people.ts';
import { RegistryTable } from '../aws/registry-table.ts';
import { RetrainingTable } from '../aws/retraining-table.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import { parseModelKeys } from '../models/model-key.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Stop } from '../oversight/stop.ts';
import { noProgress } from '../progress.ts';
import { readDatasetVersion } from '../retraining/dataset-version.ts';
import type { FinalizeDeps } from '../retraining/finalize-model.ts';
import type { StepDeps } from '../retraining/run-step.ts';
import { claimsOfReviews } from '../reviews/claims-of-reviews.ts';
import type { EndDeps } from './end-retraining.ts';
import { gatherSources, readChallenger, saveChangeRecord, saveModels } from './retraining-deps.ts';
import { dropStatus, functionSize } from './stage-deps.ts';
import { outbox } from './stage-events.ts';
import { stopOfDomain } from './stop-source.ts';

/** Before any review. */
const BEGINNING = '1970';

export interface RetrainDeps extends EndDeps {
  readonly data: ObjectStore;
  readonly steps: StepDeps;
  /** What keeps the domain as a whole from scoring, and from being retrained; null: nothing. */
  readonly stopOf: (domain: string) => Promise<Stop | null>;
}

export function retrainDeps(executions: SFNClient): RetrainDeps {
  const environment = readEnvironment(
    [
      ...([
        'ASSAY_DROPS_BUCKET',
        'ASSAY_DATA_BUCKET',
        'ASSAY_ARTIFACTS_BUCKET',
        'ASSAY_FLAGS_TABLE',
        'ASSAY_MODEL_KEYS',
      ] as const),
      ...(['ASSAY_DROPS_TABLE', 'ASSAY_MODELS_TABLE', 'ASSAY_TREE_GROUPS'] as const),
    ],
    process.env,
  );
  const [documents, s3] = [documentClient(), s3Client()];
  const data = new S3ObjectStore(s3, environment.ASSAY_DATA_BUCKET);
  const artifacts = new S3ObjectStore(s3, environment.ASSAY_ARTIFACTS_BUCKET);
  const models = new ModelTable(documents, environment.ASSAY_MODELS_TABLE, {
    ...{ artifacts, now: Date.now },
    keys: parseModelKeys(environment.ASSAY_MODEL_KEYS, 'ASSAY_MODEL_KEYS'),
  });
  const people = new People(documents, environment.ASSAY_DROPS_TABLE);
  const audit = new AuditChain(documents, environment.ASSAY_DROPS_TABLE, people);
  const reviews = new ReviewTable(documents, environment.ASSAY_FLAGS_TABLE, audit);
  const sources = {
    ...{ s3, data, models, dataBucket: environment.ASSAY_DATA_BUCKET },
    drops: new S3ObjectStore(s3, environment.ASSAY_DROPS_BUCKET),
    status: dropStatus(),
    labels: new LabelsTable(documents, environment.ASSAY_DROPS_TABLE, audit, Date.now),
    history: new HistoryTable(documents, environment.ASSAY_DROPS_TABLE),
    reviewed: async (domain: string, asOf: string) =>
      claimsOfReviews(await reviews.reviewedSince(domain, BEGINNING), asOf),
  };
  const champion = (domain: string) => models.championOrNone(domain);
  const { announce, publish } = outbox();
  const finalizing: FinalizeDeps = {
    registry: new RegistryTable(documents, environment.ASSAY_MODELS_TABLE, audit),
    champion,
    loadModel: (domain, version) => models.load(domain, version),
    expectSigned: (domain, version) => models.expectSigned(domain, version),
    readChallenger: (domain, version) => readChallenger(artifacts, models, domain, version),
    saveChangeRecord: (record) => saveChangeRecord(artifacts, record),
    namesOf: (ids) => people.namesOf(ids),
    announce,
    now: () => new Date().toISOString(),
  };
  const steps: StepDeps = {
    machine: { ...functionSize(), progress: noProgress },
    treeGroups: environment.ASSAY_TREE_GROUPS,
    gather: (domain, folder, asOf) => gatherSources(sources, domain, folder, asOf),
    champion,
    saveDataset: async (domain, folder) => {
      const dataset = await readDatasetVersion(folder);
      await data.writeText(
        `datasets/${domain}/${dataset.version}/manifest.json`,
        `${JSON.stringify(dataset)}\n`,
      );
    },
    saveModels: (domain, versions, folder) => saveModels(artifacts, domain, versions, folder),
  };
  const table = new RetrainingTable(documents, environment.ASSAY_MODELS_TABLE, Date.now);
  const stopOf = (domain: string) =>
    stopOfDomain({ documents, dropsTable: environment.ASSAY_DROPS_TABLE }, domain);
  return { data, steps, finalizing, table, audit, executions, publish, stopOf };
}
