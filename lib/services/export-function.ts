/**
 * What the function `export` makes an export with, by what its environment names. Each export has its own: what was found in the bucket
 * of logs for one stands in none after it.
 */
import manifest from '../../package.json' with { type: 'json' };
import { AttachmentTable } from '../aws/attachment-table.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import { BlindQueue } from '../aws/blind-queue.ts';
import { CaseTable } from '../aws/case-table.ts';
import { documentClient, s3Client } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import { ExportTable } from '../aws/export-table.ts';
import { FlagTable } from '../aws/flag-table.ts';
import { LabelsTable } from '../aws/labels-table.ts';
import { ModelTable } from '../aws/model-table.ts';
import { People } from '../aws/people.ts';
import { type RetainedFinding, RetainedReader } from '../aws/retained-reader.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import { parseModelKeys } from '../models/model-key.ts';
import type { ExportDeps } from './make-export.ts';
import { personalDataServices } from './personal-data-source.ts';
import { readActs } from './read-acts.ts';
import { dropStatus } from './stage-deps.ts';
import { subjectTable } from './subject-keys.ts';

const NAMES = [
  ...(['ASSAY_DROPS_BUCKET', 'ASSAY_DATA_BUCKET', 'ASSAY_AUDIT_BUCKET', 'ASSAY_ARTIFACTS_BUCKET'] as const),
  ...(['ASSAY_FLAGS_TABLE', 'ASSAY_DROPS_TABLE', 'ASSAY_MODELS_TABLE', 'ASSAY_MODEL_KEYS'] as const),
  'ASSAY_STAGE',
] as const;

export function exportDeps(): ExportDeps {
  const environment = readEnvironment(NAMES, process.env);
  const [documents, s3, now] = [documentClient(), s3Client(), Date.now];
  const { ASSAY_DROPS_TABLE: dropsTable, ASSAY_FLAGS_TABLE: flagsTable } = environment;
  const data = new S3ObjectStore(s3, environment.ASSAY_DATA_BUCKET);
  const models = new ModelTable(documents, environment.ASSAY_MODELS_TABLE, {
    ...{ artifacts: new S3ObjectStore(s3, environment.ASSAY_ARTIFACTS_BUCKET), now },
    keys: parseModelKeys(environment.ASSAY_MODEL_KEYS, 'ASSAY_MODEL_KEYS'),
  });
  const people = new People(documents, dropsTable);
  const audit = new AuditChain(documents, dropsTable, people);
  const findings: RetainedFinding[] = [];
  const logs = new RetainedReader(s3, environment.ASSAY_AUDIT_BUCKET, (finding) => findings.push(finding));
  const flags = new FlagTable(documents, flagsTable);
  const learning = {
    ...{ flags, models, people },
    reviews: new ReviewTable(documents, flagsTable, audit),
    cases: new CaseTable(documents, flagsTable),
    attachments: new AttachmentTable(documents, flagsTable, audit),
    personal: personalDataServices(models, audit, now),
    blind: new BlindQueue(documents, flagsTable),
    labels: new LabelsTable(documents, dropsTable, audit, now),
  };
  const acts = (domain: string) => readActs({ documents, table: dropsTable, audit: logs, findings }, domain);
  return {
    exports: new ExportTable(documents, dropsTable, audit, now),
    dossiers: { deployed: { name: environment.ASSAY_STAGE, audit: logs, acts }, learning },
    subjects: {
      stack: {
        ...{ models, flags, data, acts, audit: logs, drops: dropStatus() },
        dropped: new S3ObjectStore(s3, environment.ASSAY_DROPS_BUCKET),
      },
      learning,
      subjects: subjectTable(),
    },
    ...{ data, audit, version: manifest.version, now: () => new Date() },
  };
}
