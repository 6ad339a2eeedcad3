/**
 * Reads the bucket of audit logs and seals. Object Lock protects versions, not keys: who may write can put another version over a
 * locked one, or hide it behind a delete marker. What was written first is therefore what counts, and anything written
 * after it under the same key is a finding.
 */
import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import { doing } from './store-error.ts';

export interface RetainedFinding {
  readonly key: string;
  readonly message: string;
}

/** What is under a key of the bucket. */
interface Versions {
  /** The oldest; undefined: only delete markers are left. */
  first: string | undefined;
  firstAt: string;
  count: number;
  markers: number;
  /** When the newest version or marker was written, ISO 8601. */
  lastAt: string;
}

export class RetainedReader implements Pick<ObjectStore, 'download' | 'readText' | 'list'> {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #objects: S3ObjectStore;
  readonly #onFinding: (finding: RetainedFinding) => void;

  /** `onFinding` is called for each key that was written more than once, whenever that key is read. */
  constructor(client: S3Client, bucket: string, onFinding: (finding: RetainedFinding) => void) {
    this.#client = client;
    this.#bucket = bucket;
    this.#objects = new S3ObjectStore(client, bucket);
    this.#onFinding = onFinding;
  }

  /** Writes the first version to a new file. Throws a MissingObject where there is none. */
  async download(key: string, path: string): Promise<void> {
    await this.#objects.download(key, path, undefined, await this.firstVersion(key));
  }

  /** The first version; null where there is none. */
  async readText(key: string): Promise<string | null> {
    const bytes = await this.readBytes(key);
    return bytes === null ? null : bytes.toString('utf8');
  }

  async readBytes(key: string): Promise<Buffer | null> {
    try {
      const version = await this.firstVersion(key);
      return Buffer.concat(await Array.fromAsync(await this.#objects.read(key, undefined, version)));
    } catch (error) {
      if (error instanceof MissingObject) return null;
      throw error;
    }
  }

  /** Its id. Throws a MissingObject where there is none. */
  async firstVersion(key: string): Promise<string> {
    const found = (await this.#versions(key)).get(key);
    if (found?.first === undefined)
      throw new MissingObject(`there is no object s3://${this.#bucket}/${key} (every version is looked at)`);
    if (found.count + found.markers > 1) this.#onFinding({ key, message: findingOf(found) });
    return found.first;
  }

  /** Every key that begins so, in order: also one that a delete marker hides. */
  async list(prefix: string): Promise<string[]> {
    const found = await this.#versions(prefix);
    return [...found].flatMap(([key, { first }]) => (first === undefined ? [] : [key])).sort();
  }

  /** By key. S3 lists the versions of a key from the newest to the oldest. */
  async #versions(prefix: string): Promise<Map<string, Versions>> {
    return await doing(`listing the versions of s3://${this.#bucket}/${prefix}`, async () => {
      const found = new Map<string, Versions>();
      let place: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
      for (;;) {
        const page = await this.#client.send(
          new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix: prefix, ...place }),
        );
        for (const { Key, VersionId, LastModified } of page.Versions ?? [])
          addVersion(found, Key ?? '', VersionId, LastModified);
        for (const { Key, LastModified } of page.DeleteMarkers ?? [])
          addVersion(found, Key ?? '', undefined, LastModified);
        if (page.IsTruncated !== true) return found;
        place = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      }
    });
  }
}

/** `version` undefined: a delete marker. */
function addVersion(
  found: Map<string, Versions>,
  key: string,
  version: string | undefined,
  modified: Date | undefined,
): void {
  const at = modified?.toISOString() ?? '';
  const known = found.get(key) ?? { first: undefined, firstAt: '', count: 0, markers: 0, lastAt: '' };
  found.set(key, known);
  if (at > known.lastAt) known.lastAt = at;
  if (version === undefined) {
    known.markers += 1;
    return;
  }
  known.count += 1;
  known.first = version;
  known.firstAt = at;
}

function findingOf({ count, markers, firstAt, lastAt }: Versions): string {
  const what = markers === 0 ? `${count} versions` : `${count} versions and ${markers} delete markers`;
  return `it was written after it was sealed: the bucket holds ${what} of it, the last of ${lastAt}; the first, of ${firstAt}, is the one that counts`;
}
