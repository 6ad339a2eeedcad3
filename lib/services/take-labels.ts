/** A labels file that arrived: read at once, so that its sender sees what is wrong with it; a retraining reads it again. */

import type { LabelsTable } from '../aws/labels-table.ts';
import type { UploadLog } from '../aws/upload-log.ts';
import { NO_DOMAIN } from '../drops/arrival.ts';
import { isSendersFault } from '../drops/fault.ts';
import type { DropRef } from '../drops/flow.ts';
import type { ObjectStore } from '../object-store.ts';
import type { LabelCounts, LabelsState } from '../reviews/labels-status.ts';
import { LabelsRefused, MAX_LABELS_BYTES, readLabels } from '../reviews/read-labels.ts';

export interface LabelDeps {
  readonly labels: LabelsTable;
  readonly uploads: Pick<UploadLog, 'uploaderOf'>;
  readonly store: ObjectStore;
  /** Domains with a model. */
  readonly domains: () => Promise<readonly string[]>;
}

export function isLabelsFile({ key }: Pick<DropRef, 'key'>): boolean {
  return key.startsWith('labels/');
}

/** What became of it. Announced again, a file that has come to its end is left as it is. */
export async function takeLabels(deps: LabelDeps, object: DropRef): Promise<LabelsState> {
  const { labels, uploads } = deps;
  const status = await labels.receive(object, await uploads.uploaderOf(object.key));
  if (status.state !== 'received') return status.state;
  try {
    await labels.done(status, await countLabels(deps, object));
    return 'done';
  } catch (error) {
    if (!(error instanceof Error && isSendersFault({ Error: error.name }))) throw error;
    const { faults, count } = error instanceof LabelsRefused ? error : { faults: [], count: 0 };
    await labels.failed(status.id, error.message, faults, count);
    return 'failed';
  }
}

async function countLabels({ store, domains }: LabelDeps, object: DropRef): Promise<LabelCounts> {
  const { domain, key, version, receivedAt } = object;
  if (domain === NO_DOMAIN) throw refused(`${key} names no domain: labels/<domain>/<file> is expected`);
  const known = await domains();
  if (!known.includes(domain))
    throw refused(`there is no model for "${domain}"; there is one for ${known.join(', ') || 'none'}`);
  const bytes = await readBounded(await store.read(key, undefined, version), key);
  const claims = readLabels({ bytes, name: key, receivedAt });
  const positive = claims.filter(({ label }) => label === 1).length;
  return { labels: claims.length, positive, negative: claims.length - positive };
}

/** The event may say less than there is: what comes is counted. */
async function readBounded(pieces: AsyncIterable<Uint8Array>, key: string): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > MAX_LABELS_BYTES) {
      throw refused(
        `${key} is larger than ${MAX_LABELS_BYTES / 2 ** 20} MiB, the most that a labels file may be`,
      );
    }
    read.push(piece);
  }
  return Buffer.concat(read);
}

function refused(sentence: string): LabelsRefused {
  return new LabelsRefused(sentence, []);
}
