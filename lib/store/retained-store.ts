/**
 * The bucket for audit seals, under Object Lock: each object says itself how long it must be kept, so that it stays even
 * where the bucket's default is changed. An object that is there already is never replaced; the same bytes again are fine.
 */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
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

  /** `now` gives milliseconds since 1970. */
  constructor(client: S3Client, bucket: string, retention: Retention, now: () => number) {
    this.#client = client;
    this.#bucket = bucket;
    this.#retention = retention;
    this.#now = now;
  }

  /** Throws where other bytes are kept under the key already: a seal is never written twice with different content. */
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
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    const kept = await Body?.transformToByteArray();
    if (kept === undefined || !Buffer.from(kept).equals(bytes)) {
      throw new Error(
        `other bytes are kept there already (${kept?.length} of them, these are ${bytes.length})`,
      );
    }
  }
}
