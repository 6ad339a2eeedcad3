/** What a retraining's steps work with when they run as functions: the drops and labels of a domain, and where its model is kept. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ArrivedQuery } from '../aws/arrived-page.ts';
import type { DropTable } from '../aws/drop-table.ts';
import type { LabelsTable } from '../aws/labels-table.ts';
import type { ModelTable } from '../aws/model-table.ts';
import { doing } from '../aws/store-error.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { InputError } from '../errors.ts';
import type { HistoryEntry } from '../history/history-entry.ts';
import { inParallel } from '../in-parallel.ts';
import { shippedDomains } from '../models/shipped-models.ts';
import type { ObjectStore } from '../object-store.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import { loadPack } from '../packs/load-pack.ts';
import type { Pack } from '../packs/pack.ts';
import type { GateResult } from '../registry/gate.ts';
import type { ChangeRecord } from '../retraining/change-record.ts';
import { renderChangeRecord } from '../retraining/change-record-page.ts';
import type { Compared } from '../retraining/compare-models.ts';
import type { DatasetVersion } from '../retraining/dataset-version.ts';
import type { Challenger } from '../retraining/finalize-model.ts';
import { CHAMPION } from '../retraining/run-step.ts';
import type { DropRecords, SnapshotOptions } from '../retraining/snapshot.ts';
import { FILES } from '../retraining/work-files.ts';
import { keyedLabels, type LabelsStatus } from '../reviews/labels-status.ts';
import { readLabels } from '../reviews/read-labels.ts';
import type { LabelClaim } from '../reviews/resolve-labels.ts';

const CONCURRENCY = 8;
const A_PAGE = 200;

export interface Sources {
  readonly s3: S3Client;
  readonly dataBucket: string;
  readonly data: ObjectStore;
  readonly drops: ObjectStore;
  readonly status: DropTable;
  readonly labels: LabelsTable;
  readonly history: { entries(domain: string): Promise<readonly HistoryEntry[]> };
  readonly models: ModelTable;
  /** What reviewers said of the domain's records, as of a moment. */
  readonly reviewed: (domain: string, asOf: string) => Promise<readonly LabelClaim[]>;
}

/** Everything that a snapshot is made of, with the files of the drops brought to `folder`. */
export async function gatherSources(
  sources: Sources,
  domain: string,
  folder: string,
  asOf: string,
): Promise<Pick<SnapshotOptions, 'pack' | 'drops' | 'claims'>> {
  await mkdir(folder, { recursive: true });
  const arrived = await everyPage(domain, (query) => sources.status.list(query));
  const entries = await sources.history.entries(domain);
  const known = new Map(arrived.map((status) => [status.id, status]));
  const drops = await inParallel(
    entries.filter(({ drop }) => known.has(drop)),
    CONCURRENCY,
    ({ drop }) => bringRecords(sources, known.get(drop)!, folder),
  );
  const files = (await everyPage(domain, (query) => sources.labels.list(query))).filter(
    ({ state }) => state === 'done',
  );
  const ofFiles = await inParallel(files, CONCURRENCY, (file) => readLabelsFile(sources, file, folder));
  return {
    pack: await packToTrainBy(sources.models, domain),
    drops,
    claims: [...(await sources.reviewed(domain, asOf)), ...ofFiles.flat()],
  };
}

async function everyPage<Item>(
  domain: string,
  list: (
    query: ArrivedQuery & { scope: DomainScope },
  ) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let before: string | undefined;
  do {
    const page = await list({ scope: [domain], limit: A_PAGE, ...(before !== undefined && { before }) });
    all.push(...page.items);
    before = page.next ?? undefined;
  } while (before !== undefined);
  return all;
}

async function bringRecords(
  { s3, dataBucket, data }: Sources,
  { id, domain, receivedAt, summary }: DropStatus,
  folder: string,
): Promise<DropRecords> {
  const key = dropKeys({ id, domain }).records;
  const { VersionId } = await doing(`finding the version of ${key}`, () =>
    s3.send(new HeadObjectCommand({ Bucket: dataBucket, Key: key })),
  );
  const path = join(folder, `${id}.parquet`);
  await data.download(key, path, undefined, VersionId);
  return { path, key, versionId: VersionId ?? 'null', receivedAt, rejected: summary?.rejected ?? 0 };
}

async function readLabelsFile(
  { drops, data }: Pick<Sources, 'drops' | 'data'>,
  status: LabelsStatus,
  folder: string,
): Promise<LabelClaim[]> {
  const { id, key, version, received_at: receivedAt, keyed } = status;
  const path = join(folder, `${id}.csv`);
  if (keyed) await data.download(keyedLabels(status), path);
  else await drops.download(key, path, undefined, version);
  return readLabels({ bytes: await readFile(path), name: key, receivedAt });
}

/** The champion's, unless a newer one of the same domain was deployed since. */
async function packToTrainBy(models: ModelTable, domain: string): Promise<Pack> {
  const shipped = (await shippedDomains()).includes(domain) ? await loadPack(domain) : null;
  const present = await models.championOrNone(domain);
  if (present === null && shipped === null) throw new InputError(`no pack is known for the domain ${domain}`);
  if (present === null) return shipped!;
  return shipped !== null && shipped.version > present.pack.version ? shipped : present.pack;
}

const modelKey = (domain: string, version: string, file: string) => `models/${domain}/${version}/${file}`;
/** The challenger with all it was measured by; of the champion what a rollback loads, whatever is deployed meanwhile. */
export async function saveModels(
  artifacts: ObjectStore,
  domain: string,
  { champion, challenger }: Pick<GateResult, 'champion' | 'challenger'>,
  folder: string,
): Promise<void> {
  const report = ['report.html', 'report.json'].map((file) => [`${FILES.model}/${file}`, file] as const);
  await upload(challenger, FILES.model, [
    ...report,
    [FILES.gate, 'comparison.json'],
    [FILES.dataset, 'dataset.json'],
  ]);
  if (champion !== null) await upload(champion, CHAMPION, []);

  async function upload(version: string, model: string, beside: readonly (readonly [string, string])[]) {
    const own = ['model.onnx', 'card.json'].map((file) => [`${model}/${file}`, file] as const);
    await inParallel([...own, ...beside], CONCURRENCY, ([path, file]) =>
      artifacts.upload(join(folder, path), modelKey(domain, version, file)),
    );
  }
}

export async function readChallenger(
  artifacts: ObjectStore,
  models: ModelTable,
  domain: string,
  version: string,
): Promise<Challenger | null> {
  const [compared, dataset] = await Promise.all(
    ['comparison.json', 'dataset.json'].map((file) => artifacts.readText(modelKey(domain, version, file))),
  );
  if (compared == null || dataset == null) return null;
  return {
    // It may be unsigned yet; people are to look at it.
    model: await models.loadUnsigned(domain, version),
    compared: JSON.parse(compared) as Compared,
    dataset: JSON.parse(dataset) as DatasetVersion,
  };
}

export async function saveChangeRecord(artifacts: ObjectStore, record: ChangeRecord): Promise<void> {
  const { domain, model } = record;
  await artifacts.writeText(modelKey(domain, model, 'change-record.json'), `${JSON.stringify(record)}\n`);
  await artifacts.writeText(modelKey(domain, model, 'change-record.html'), renderChangeRecord(record));
}
