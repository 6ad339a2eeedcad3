/** The version of an object that an event speaks of, where the event names none. */
import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { MissingObject } from '../object-store.ts';
import { doing } from './store-error.ts';

export interface SpokenOf {
  readonly bucket: string;
  readonly key: string;
  /** With or without its quotation marks; null: the newest. */
  readonly etag: string | null;
}

/** The newest version with that content. Throws a MissingObject where there is none. */
export async function findVersion(client: S3Client, { bucket, key, etag }: SpokenOf): Promise<string> {
  const bare = (tag: string | undefined) => tag?.replaceAll('"', '');
  return doing(`finding the version of s3://${bucket}/${key}`, async () => {
    let keyMarker: string | undefined;
    let versionMarker: string | undefined;
    do {
      const page = await client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          Prefix: key,
          KeyMarker: keyMarker,
          VersionIdMarker: versionMarker,
        }),
      );
      const found = page.Versions?.find(
        (version) => version.Key === key && (etag === null || bare(version.ETag) === bare(etag)),
      );
      if (found?.VersionId !== undefined) return found.VersionId;
      keyMarker = page.NextKeyMarker;
      versionMarker = page.NextVersionIdMarker;
    } while (keyMarker !== undefined);
    throw new MissingObject(`there is no version of s3://${bucket}/${key} with the content of the event`);
  });
}
