/** An immutable version of a domain's labelled records: which objects it was made of, who said what, and a hash over all of it. */
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../audit/canonical-json.ts';
import type { Pack } from '../packs/pack.ts';
import { parsePack } from '../packs/parse-pack.ts';
import type { LabelConflict, LabelSource } from '../reviews/resolve-labels.ts';
import { FILES, readWorkJson } from './work-files.ts';

/** An object in the store, as it was. */
export interface DatasetObject {
  readonly key: string;
  readonly versionId: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface DatasetVersion {
  readonly format: 'assay-dataset/1';
  /** First 16 hex digits of a sha256 over objects, labels and pack: the same content has the same version whenever it is asked for. */
  readonly version: string;
  readonly domain: string;
  readonly pack: { readonly version: number; readonly hash: string; readonly source: string };
  /** ISO 8601: labels that became known later are not in it. */
  readonly asOf: string;
  /** The records of earlier drops, in the order of their delivery. */
  readonly objects: readonly DatasetObject[];
  readonly counts: DatasetCounts;
  readonly labelSources: Readonly<Record<LabelSource, number>>;
  /** sha256 over record hash, label and weight of every record, in order. */
  readonly content: string;
  /** Sources that contradict each other: up to a hundred. */
  readonly conflicts: readonly LabelConflict[];
}

export interface DatasetCounts {
  readonly records: number;
  /** Records that are only there as the past of others. */
  readonly history: number;
  /** Earlier deliveries of a record that was delivered again. */
  readonly superseded: number;
  /** By the drops themselves, when they were read. */
  readonly rejected: number;
  readonly labelled: number;
  readonly positives: number;
  /** Labels of records that are not in it. */
  readonly unmatched: number;
  readonly inconclusive: number;
  readonly conflicts: number;
  /** Labelled records that stand for more than themselves. */
  readonly weighted: number;
}

export function datasetVersionOf(
  parts: Pick<DatasetVersion, 'domain' | 'objects' | 'content'> & { readonly packHash: string },
): string {
  const { domain, objects, content, packHash } = parts;
  const named = objects.map(({ key, versionId, sha256 }): JsonObject => ({ key, versionId, sha256 }));
  const text = canonicalJson({ domain, objects: named, content, pack: packHash });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What `snapshot` wrote of a dataset into the folder of a retraining. */
export function readDatasetVersion(folder: string): Promise<DatasetVersion> {
  return readWorkJson<DatasetVersion>(folder, FILES.dataset);
}

export function packOfDataset({ pack, domain }: DatasetVersion): Pack {
  return parsePack(pack.source, `the pack of the dataset of ${domain}`);
}
