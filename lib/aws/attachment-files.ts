/**
 * The bytes of attachments. A browser puts a file into quarantine, in the bucket that takes uploads, where nothing reads it but the
 * check; rules of the bucket remove it within some days. What was checked lies with the records of the domain, under its hash: who
 * writes there once more can write the same bytes alone.
 *
 *     drops bucket   attachments/<domain>/<case>/<id>/file        quarantine
 *     data bucket    attachments/<domain>/<case>/<id>/<sha256>    checked
 */
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Attachment } from '../cases/attachment.ts';
import { presignDownload } from './presign-download.ts';
import { presignUpload } from './presign-upload.ts';
import { doing, statusOf } from './store-error.ts';

interface Place {
  readonly domain: string;
  readonly caseId: string;
}

type Stored = Pick<Attachment, 'domain' | 'caseId' | 'id' | 'sha256'>;

export class AttachmentFiles {
  readonly #clients: { readonly client: S3Client; readonly signing: S3Client };
  readonly #buckets: { readonly quarantine: string; readonly data: string };

  /** `signing` is the client for addresses. */
  constructor(
    clients: { readonly client: S3Client; readonly signing: S3Client },
    buckets: { readonly quarantine: string; readonly data: string },
  ) {
    this.#clients = clients;
    this.#buckets = buckets;
  }

  /** The address takes exactly so many bytes. */
  async signUpload(key: string, bytes: number, seconds: number): Promise<string> {
    return await presignUpload(this.#clients.signing, {
      ...{ bucket: this.#buckets.quarantine, key, bytes, seconds },
    });
  }

  /** One byte more than `maxBytes` at the most. Null: nothing has arrived. */
  async readQuarantined(key: string, maxBytes: number): Promise<Uint8Array | null> {
    return await doing('reading an upload', async () => {
      try {
        const { Body } = await this.#clients.client.send(
          new GetObjectCommand({
            ...{ Bucket: this.#buckets.quarantine, Key: key },
            Range: `bytes=0-${maxBytes}`,
          }),
        );
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        if (statusOf(error) === 404) return null;
        // The range of an empty object.
        if (statusOf(error) === 416) return new Uint8Array();
        throw error;
      }
    });
  }

  async store(attachment: Stored, content: Uint8Array): Promise<void> {
    await doing('storing an attachment', () =>
      this.#clients.client.send(
        new PutObjectCommand({
          ...{ Bucket: this.#buckets.data, Key: storedKey(attachment), Body: content },
          ContentType: 'application/octet-stream',
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    );
  }

  /** Whatever it is, a browser saves it under its name and shows nothing of it. */
  async signDownload(attachment: Attachment, seconds: number): Promise<string> {
    return await presignDownload(this.#clients.signing, {
      ...{ bucket: this.#buckets.data, key: storedKey(attachment), name: attachment.name },
      ...{ seconds, contentType: 'application/octet-stream' },
    });
  }
}

/** Where uploads for a case wait for their check, in the bucket of drops. */
export function quarantineFolder({ domain, caseId }: Place): string {
  return `attachments/${domain}/${caseId}`;
}

function storedKey({ domain, caseId, id, sha256 }: Stored): string {
  return `attachments/${domain}/${caseId}/${id}/${sha256}`;
}
