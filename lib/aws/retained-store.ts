/**
 * The bucket for audit logs and seals, under Object Lock: each object says itself how long it must be kept, so that it stays even
 * where the bucket's default is changed. An object that is there already is never replaced; the same bytes again are fine.
 * Every write is conditional (`If-None-Match`): the bucket's policy denies any other.
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type RetainedFinding, RetainedReader } from './retained-reader.ts';
import { doing, statusOf } from './store-error.ts';

const dayMs = 86_400_000;
/** Two writers at the same instant: one of them is asked to come again. */
const conflictAttempts = 4;

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

export class RetainedStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #written: RetainedReader;

  /** `now` gives milliseconds since 1970; `onFinding` receives an object that was written more than once. */
  constructor(
    client: S3Client,
    bucket: string,
    retention: Retention,
    {
      now,
      onFinding,
    }: { readonly now: () => number; readonly onFinding: (finding: RetainedFinding) => void },
  ) {
    this.#client = client;
    this.#bucket = bucket;
    this.#retention = retention;
    this.#now = now;
    this.#written = new RetainedReader(client, bucket, onFinding);
  }

  /** Throws where other bytes are stored under the key already: a seal is never written twice with different content. */
  async putRetained(key: string, content: Uint8Array | string): Promise<'stored' | 'already there'> {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    return await doing(`keeping s3://${this.#bucket}/${key}`, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#client.send(
            new PutObjectCommand({
              Bucket: this.#bucket,
              Key: key,
              Body: bytes,
              IfNoneMatch: '*',
              ChecksumAlgorithm: 'SHA256',
              ObjectLockMode: this.#retention.mode,
              ObjectLockRetainUntilDate: new Date(this.#now() + this.#retention.days * dayMs),
            }),
          );
          return 'stored';
        } catch (error) {
          if (statusOf(error) === 409 && attempt < conflictAttempts) continue;
          if (statusOf(error) !== 412) throw error;
          await this.#expectSame(key, bytes);
          return 'already there';
        }
      }
    });
  }

  async #expectSame(key: string, bytes: Uint8Array): Promise<void> {
    const first = await this.#written.readBytes(key);
    if (first?.equals(bytes) === true) return;
    throw new Error(
      `other bytes are stored there already (${first?.length} of them, these are ${bytes.length})`,
    );
  }
}
