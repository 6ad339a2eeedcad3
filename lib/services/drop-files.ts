/** The files of drops as two buckets hold them: how large each is, and an address to fetch one from. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DropFileServices } from '../api/drop-files.ts';
import { presignDownload } from '../aws/presign-download.ts';
import type { RetainedReader } from '../aws/retained-reader.ts';
import { doing, statusOf } from '../aws/store-error.ts';
import type { DropRef } from '../drops/flow.ts';
import { RESULT_FILES, type ResultFileName, resultFile } from '../drops/result-files.ts';
import { MissingObject } from '../object-store.ts';

type Drop = Pick<DropRef, 'id' | 'domain'>;

type Files = DropFileServices['files'];

export class DropFiles implements Files {
  readonly #clients: { readonly client: S3Client; readonly signing: S3Client };
  readonly #buckets: { readonly data: string; readonly audit: string };
  readonly #retained: RetainedReader;

  /** `signing` is the client for addresses; `retained` reads the audit bucket. */
  constructor(
    clients: { readonly client: S3Client; readonly signing: S3Client },
    buckets: { readonly data: string; readonly audit: string },
    retained: RetainedReader,
  ) {
    this.#clients = clients;
    this.#buckets = buckets;
    this.#retained = retained;
  }

  async sizes(drop: Drop): Promise<ReadonlyMap<ResultFileName, number>> {
    const found = await Promise.all(
      RESULT_FILES.map(async (name) => [name, await this.#sizeOf(drop, name)] as const),
    );
    return new Map(found.flatMap(([name, bytes]) => (bytes === null ? [] : [[name, bytes]])));
  }

  async sign(drop: Drop, name: ResultFileName, seconds: number): Promise<string> {
    const { Bucket: bucket, Key: key, VersionId } = await this.#place(drop, name);
    return await presignDownload(this.#clients.signing, {
      ...{ bucket, key, seconds, name: `${drop.id}-${name}` },
      ...(VersionId !== undefined && { version: VersionId }),
    });
  }

  async #sizeOf(drop: Drop, name: ResultFileName): Promise<number | null> {
    return await doing(`looking for ${name} of ${drop.id}`, async () => {
      try {
        const head = new HeadObjectCommand(await this.#place(drop, name));
        return (await this.#clients.client.send(head)).ContentLength ?? 0;
      } catch (error) {
        if (error instanceof MissingObject || statusOf(error) === 404) return null;
        throw error;
      }
    });
  }

  async #place(drop: Drop, name: ResultFileName) {
    const { key: Key, isProof } = resultFile(drop, name);
    if (!isProof) return { Bucket: this.#buckets.data, Key, VersionId: undefined };
    return { Bucket: this.#buckets.audit, Key, VersionId: await this.#retained.firstVersion(Key) };
  }
}
