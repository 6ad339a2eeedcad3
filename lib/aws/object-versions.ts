/** The versions of objects, listed and deleted for good. A version that is deleted by its id leaves no marker, and so no name, behind. */
import { DeleteObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { doing } from './store-error.ts';

export interface ObjectVersion {
  readonly key: string;
  readonly version: string;
  /** When it was written. */
  readonly at: Date;
}

/** Of all keys that begin with the prefix. Markers of deleted objects are none of them. */
export async function* versionsUnder(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ObjectVersion> {
  let [KeyMarker, VersionIdMarker]: (string | undefined)[] = [];
  do {
    const page = await doing(`listing versions of s3://${bucket}/${prefix}`, () =>
      client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, KeyMarker, VersionIdMarker }),
      ),
    );
    for (const { Key, VersionId, LastModified } of page.Versions ?? [])
      yield { key: Key!, version: VersionId!, at: LastModified! };
    [KeyMarker, VersionIdMarker] = [page.NextKeyMarker, page.NextVersionIdMarker];
  } while (KeyMarker !== undefined);
}

/** No error where it is gone already. */
export async function deleteVersion(
  client: S3Client,
  bucket: string,
  { key, version }: Pick<ObjectVersion, 'key' | 'version'>,
): Promise<void> {
  await doing('deleting a version of an object', () =>
    client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version })),
  );
}
