/** A deployed stack as the command line sees it: the tables, buckets and queues of a stack by its name. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { PersonalDataServices } from '../api/personal-data.ts';
import type { ActsLog } from '../audit/verify-acts.ts';
import { AttachmentTable } from '../aws/attachment-table.ts';
import { AuditChain, type SubjectEntry } from '../aws/audit-chain.ts';
import { callerName } from '../aws/aws-caller.ts';
import { CaseTable } from '../aws/case-table.ts';
import { documentClient, kmsClient, s3Client } from '../aws/clients.ts';
import { DeadLetters } from '../aws/dead-letters.ts';
import { DeferredWrites, type UnfinishedFlag } from '../aws/deferred-writes.ts';
import { DropTable } from '../aws/drop-table.ts';
import { findVersion } from '../aws/find-version.ts';
import { FlagTable } from '../aws/flag-table.ts';
import { HistoryTable } from '../aws/history-table.ts';
import { type JoinedFlags, joinCases } from '../aws/join-cases.ts';
import { KmsSigner } from '../aws/kms-signer.ts';
import { ModelTable } from '../aws/model-table.ts';
import { People } from '../aws/people.ts';
import { putFile } from '../aws/put-file.ts';
import { type RetainedFinding, RetainedReader } from '../aws/retained-reader.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import { readStackOutputs, type StackOutputs } from '../aws/stack-outputs.ts';
import { doing } from '../aws/store-error.ts';
import type { SubjectTable } from '../aws/subject-table.ts';
import { InputError } from '../errors.ts';
import type { VerifierKey } from '../tlog/note-key.ts';
import type { SignatureDeps } from './check-signatures.ts';
import { personalDataServices } from './personal-data-source.ts';
import { readActs } from './read-acts.ts';
import { subjectsOf } from './subject-keys.ts';

/** A person watches the upload: from here on it goes in parts, each a step of the bar. */
const singlePutBytes = 16 * 2 ** 20;
const partBytes = 8 * 2 ** 20;

export interface DeployedStack {
  readonly name: string;
  readonly dropsBucket: string;
  readonly dataBucket: string;
  readonly drops: DropTable;
  readonly flags: FlagTable;
  readonly models: ModelTable;
  readonly personal: PersonalDataServices;
  /** The keys of subjects of erasable domains; undefined: it was deployed before there were such. */
  readonly subjects: SubjectTable | undefined;
  readonly people: Pick<People, 'namesOf'>;
  readonly history: HistoryTable;
  readonly deadLetters: DeadLetters;
  /** What was dropped, what was made of it, and what proves it. */
  readonly dropped: S3ObjectStore;
  readonly data: S3ObjectStore;
  readonly audit: RetainedReader;
  /** What was found in the bucket of audit logs by reading it so far. */
  readonly findings: readonly RetainedFinding[];
  /** The log of what was done in a domain. */
  acts(domain: string): Promise<ActsLog>;
  readonly cases: Pick<CaseTable, 'get' | 'listed' | 'openFlags' | 'history'>;
  readonly attachments: Pick<AttachmentTable, 'of'>;
  readonly reviews: Pick<ReviewTable, 'reviewsOf' | 'reviewedSince'>;
  /** What signatures are held against. */
  readonly signatures: SignatureDeps;
  /** Flags that a verdict is on record of, and still on its way to. */
  unfinishedFlags(): Promise<readonly UnfinishedFlag[]>;
  /** Everything that the logs say of a subject, with the domain of each. */
  about(subject: string): Promise<SubjectEntry[]>;
  /** That signs the log of a domain. Throws an InputError where the stack signs none. */
  logKey(domain: string): Promise<VerifierKey>;
  /** Who acts at this stack. */
  caller(): Promise<string>;
  /** Open flags that are older than cases get one. */
  joinCases(domain: string): Promise<JoinedFlags>;
  /** Puts a file into the bucket of drops; its version comes back. */
  upload(path: string, key: string, onShare: (share: number) => void): Promise<string>;
}

export async function openStack(name: string, now: () => number): Promise<DeployedStack> {
  const outputs = await doing(`reading the stack ${name}`, () => readStackOutputs(name));
  const documents = documentClient();
  const bucket = (of: string) => new S3ObjectStore(s3Client(), of);
  const findings: RetainedFinding[] = [];
  const audit = new RetainedReader(s3Client(), outputs.AuditBucket, (finding) => findings.push(finding));
  const queues = { deadLettersUrl: outputs.DeadLettersUrl, arrivalsUrl: outputs.ArrivalsUrl };
  const models = new ModelTable(documents, outputs.ModelsTable, {
    artifacts: bucket(outputs.ArtifactsBucket),
    now,
  });
  const flags = new FlagTable(documents, outputs.FlagsTable);
  const chain = new AuditChain(documents, outputs.DropsTable);
  const reviews = new ReviewTable(documents, outputs.FlagsTable, chain);
  const subjects = subjectsOf(outputs);
  return {
    name,
    dropsBucket: outputs.DropsBucket,
    dataBucket: outputs.DataBucket,
    drops: new DropTable(documents, outputs.DropsTable, now),
    flags,
    models,
    ...{ subjects, personal: personalDataServices(models, chain, now, subjects) },
    people: new People(documents, outputs.DropsTable),
    ...{ reviews, cases: new CaseTable(documents, outputs.FlagsTable) },
    attachments: new AttachmentTable(documents, outputs.FlagsTable, chain),
    signatures: {
      flags: (ids) => flags.getAll(ids),
      reviewsOf: (flag) => reviews.reviewsOf(flag),
      reviewedSince: (domain, from) => reviews.reviewedSince(domain, from),
    },
    unfinishedFlags: () => new DeferredWrites(documents, outputs.DropsTable).flags(),
    joinCases: (domain) => joinCases(documents, outputs.FlagsTable, flags, domain),
    caller: () => callerName(outputs.DropMachineArn, undefined),
    history: new HistoryTable(documents, outputs.DropsTable),
    // A queue's address names a host of its own; the endpoint is found as that of every other service is.
    deadLetters: new DeadLetters(new SQSClient({ useQueueUrlAsEndpoint: false }), queues, (object) =>
      findVersion(s3Client(), object),
    ),
    dropped: bucket(outputs.DropsBucket),
    data: bucket(outputs.DataBucket),
    ...{ audit, findings },
    acts: (domain) => readActs({ documents, table: outputs.DropsTable, audit, findings }, domain),
    about: (subject) => new AuditChain(documents, outputs.DropsTable).about(subject),
    logKey: (domain) => logKeyOf(outputs, domain),
    upload: (path, key, onShare) => uploadDrop(outputs.DropsBucket, path, key, onShare),
  };
}

async function logKeyOf({ SigningKey, LogName }: StackOutputs, domain: string): Promise<VerifierKey> {
  if (SigningKey === undefined || LogName === undefined)
    throw new InputError('the stack was deployed before logs were signed: deploy it anew');
  return await new KmsSigner(kmsClient(), SigningKey).publicKey(`${LogName}/${domain}`);
}

/** Puts a file into the bucket of drops; its version comes back. */
export async function uploadDrop(
  bucket: string,
  path: string,
  key: string,
  onShare: (share: number) => void,
): Promise<string> {
  const settings = { singlePutBytes, partBytes, onShare };
  return await doing(`uploading ${path}`, async () => {
    const version = await putFile(s3Client(), { Bucket: bucket, Key: key }, path, settings);
    if (version === undefined)
      throw new Error(`the bucket ${bucket} keeps no versions: it was changed by hand`);
    return version;
  });
}
