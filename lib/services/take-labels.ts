/**
 * A labels file that arrived: read at once, so that its sender sees what is wrong with it; a retraining reads it again. That of an
 * erasable domain names records of its subjects: it is written anew with keyed ids, and what was delivered is deleted.
 */

import type { LabelsTable } from '../aws/labels-table.ts';
import type { UploadLog } from '../aws/upload-log.ts';
import { NO_DOMAIN } from '../drops/arrival.ts';
import { isSendersFault, withoutWords } from '../drops/fault.ts';
import type { DropRef } from '../drops/flow.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import { type DomainKeys, type KeysOf, keyedRecordId } from '../privacy/domain-keys.ts';

import {
  keyedLabels,
  type LabelCounts,
  type LabelsState,
  type LabelsStatus,
} from '../reviews/labels-status.ts';
import { type LabelFault, LabelsRefused, MAX_LABELS_BYTES, readLabels } from '../reviews/read-labels.ts';
import type { LabelClaim } from '../reviews/resolve-labels.ts';

export interface LabelDeps {
  readonly labels: LabelsTable;
  readonly uploads: Pick<UploadLog, 'uploaderOf'>;
  readonly store: ObjectStore;
  /** Where claims with keyed ids are written. */
  readonly data: Pick<ObjectStore, 'writeText'>;
  /** Null: records of the domain are not erasable. */
  readonly keysOf: KeysOf;
  /** Deletes the version that was delivered. */
  readonly deleteVersion: (object: Pick<DropRef, 'bucket' | 'key' | 'version'>) => Promise<void>;
  /** Domains with a model. */
  readonly domains: () => Promise<readonly string[]>;
}

export function isLabelsFile({ key }: Pick<DropRef, 'key'>): boolean {
  return key.startsWith('labels/');
}

/** What became of it. Announced again, a file that has come to its end is left as it is. */
export async function takeLabels(deps: LabelDeps, object: DropRef): Promise<LabelsState> {
  const { labels, uploads } = deps;
  const { domain, key } = object;
  const keys = domain === NO_DOMAIN ? null : await deps.keysOf(domain);
  const name = keys === null ? key : `labels/${domain}/${keys.hashName(key)}`;
  const status = await labels.receive({ ...object, key: name }, await uploads.uploaderOf(key), keys !== null);
  const { state } = status.state === 'received' ? await read(deps, object, { ...status, keys }) : status;
  // Again, where the file was announced again: this may have ended here before.
  if (keys !== null) await deps.deleteVersion(object);
  return state;
}

interface Received extends LabelsStatus {
  readonly keys: DomainKeys | null;
}

async function read(
  deps: LabelDeps,
  object: DropRef,
  { keys, ...status }: Received,
): Promise<{ readonly state: LabelsState }> {
  const { labels, data } = deps;
  try {
    const claims = await readClaims(deps, object, status.key);
    if (keys !== null) await data.writeText(keyedLabels(status), keyedText(keys, claims));
    await labels.done(status, countsOf(claims));
    return { state: 'done' };
  } catch (error) {
    if (!(error instanceof Error && isSendersFault({ Error: error.name })))
      throw keys === null ? error : withoutWords(error);
    const { faults, count } = error instanceof LabelsRefused ? error : { faults: [], count: 0 };
    const reason = keys === null ? error.message : wordsOf(error, faults);
    await labels.failed(status.id, reason, keys === null ? faults : faults.map(unquoted), count);
    return { state: 'failed' };
  }
}

/** What was found may be a record's id, or anyone's name. */
const UNQUOTED = 'the file is not what is expected; what was found is not quoted, as it may be of a subject';

/** A refusal without faults says nothing of what is in the file; that it is not there says its name. */
function wordsOf({ name, message }: Error, faults: readonly LabelFault[]): string {
  if (name === MissingObject.name) return 'the file is not there any more: deliver it again';
  return faults.length > 0 ? UNQUOTED : message;
}

function unquoted({ line, column }: LabelFault): LabelFault {
  return { line, column, detail: UNQUOTED };
}

/** Who said it is left out: a text that may name anyone. */
function keyedText(keys: DomainKeys, claims: readonly LabelClaim[]): string {
  const lines = claims.map(({ recordId, label, at }) => `${keyedRecordId(keys, recordId)},${label},${at}`);
  return `${['record_id,label,labelled_at', ...lines].join('\n')}\n`;
}

async function readClaims(
  { store, domains }: LabelDeps,
  object: DropRef,
  name: string,
): Promise<LabelClaim[]> {
  const { domain, key, version, receivedAt } = object;
  if (domain === NO_DOMAIN) throw refused(`${key} names no domain: labels/<domain>/<file> is expected`);
  const known = await domains();
  if (!known.includes(domain))
    throw refused(`there is no model for "${domain}"; there is one for ${known.join(', ') || 'none'}`);
  const bytes = await readBounded(await store.read(key, undefined, version), name);
  return readLabels({ bytes, name, receivedAt });
}

function countsOf(claims: readonly LabelClaim[]): LabelCounts {
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
