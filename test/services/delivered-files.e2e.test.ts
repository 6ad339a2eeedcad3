import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { sealName } from '../../lib/drops/erasable-drop.ts';
import { deleteDelivered } from '../../lib/services/delivered-files.ts';
import { dropTable, localDocuments, localKms, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';

let [dropsBucket, dataBucket, table] = ['', '', ''];
let subjects: SubjectTable;
beforeAll(async () => {
  [dropsBucket, dataBucket, table] = [await makeBucket(), await makeBucket(), await makeTable('Subjects')];
  const keyId = (await localKms().send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  subjects = new SubjectTable(localDocuments(), { table, keyId, kms: localKms() });
});
afterAll(() => dropTable(table));

async function put(Bucket: string, Key: string): Promise<string> {
  return (await localS3().send(new PutObjectCommand({ Bucket, Key, Body: 'of AC000381' }))).VersionId!;
}

/** With markers of what was deleted: they hold names. */
async function left(Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await localS3().send(
    new ListObjectVersionsCommand({ Bucket }),
  );
  return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key}@${VersionId}`).toSorted();
}

const stores = () => ({ client: localS3(), dropsBucket, dataBucket, subjects, domains: ['finance'] });

describe('what was delivered', () => {
  test('is deleted with its copies and the key of its name; a later delivery under the same name stays', async () => {
    const key = 'drops/finance/AC000381.csv';
    const drop = { id: `d-${'1'.repeat(20)}`, domain: 'finance', key, version: await put(dropsBucket, key) };
    const later = await put(dropsBucket, key);
    const { text } = dropKeys(drop);
    await put(dataBucket, text);
    await put(dataBucket, text);
    const beside = `${text}0`;
    const other = await put(dataBucket, beside);
    const keys = await subjects.of('finance');
    await keys.takeDropKey(drop.id);
    expect(await deleteDelivered(stores(), drop)).toBe(true);
    expect(await left(dropsBucket)).toEqual([`${key}@${later}`]);
    expect(await left(dataBucket)).toEqual([`${beside}@${other}`]);
    expect(await keys.findDropKey(drop.id)).toBeNull();
    // Asked again, as a state machine does.
    expect(await deleteDelivered(stores(), drop)).toBe(true);
    expect(await left(dropsBucket)).toEqual([`${key}@${later}`]);
  });

  test('is found by the sealed name of its drop, and deleted once', async () => {
    const keysOf = (domain: string) => subjects.of(domain);
    const key = 'drops/finance/Kunde-7.csv';
    const facts = { bucket: dropsBucket, bytes: 1, receivedAt: '2026-01-01T00:00:00Z' };
    const delivered = {
      id: `d-${'2'.repeat(20)}`,
      domain: 'finance',
      key,
      version: await put(dropsBucket, key),
    };
    const drop = await sealName({ ...facts, ...delivered }, { keysOf });
    expect(JSON.stringify(drop)).not.toContain('Kunde');
    expect(await deleteDelivered(stores(), drop)).toBe(true);
    expect((await left(dropsBucket)).filter((one) => one.startsWith(key))).toEqual([]);
    expect(await deleteDelivered(stores(), drop)).toBe(true);
  });

  test('stays where records of the domain are not erasable', async () => {
    const key = 'drops/pharma/lots.csv';
    const version = await put(dropsBucket, key);
    expect(await deleteDelivered(stores(), { id: 'd-1', domain: 'pharma', key, version })).toBe(false);
    expect(await left(dropsBucket)).toContain(`${key}@${version}`);
  });
});
