import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelTable } from '../../lib/aws/model-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { hashCard } from '../../lib/models/card-schema.ts';
import { thresholdOf } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { dropTable, localDocuments, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let table: string;
let artifacts: S3ObjectStore;
let clock = 0;
let shipped: string;

beforeAll(async () => {
  table = await makeTable('Models');
  artifacts = new S3ObjectStore(localS3(), await makeBucket());
  shipped = await championFolder('finance');
});
afterAll(() => dropTable(table));

const newTable = () => new ModelTable(documents, table, { artifacts, now: () => clock });
const point = (item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: table, Item: { version: 'champion', ...item } }));

describe('ModelTable', () => {
  it('serves the shipped champion where nothing points elsewhere', async () => {
    const model = await newTable().champion('finance');
    expect(model.card.version).toBe(basename(shipped));
  });

  it('takes a pointer and its threshold up after half a minute, and not before', async () => {
    const models = newTable();
    const before = await models.champion('finance');
    await point({ domain: 'finance', model: basename(shipped), threshold: 0.123 });
    clock += 29_000;
    expect(thresholdOf(await models.champion('finance'))).toBe(before.card.threshold.value);
    clock += 2_000;
    const after = await models.champion('finance');
    // The card stays the one that registry and log know by its hash.
    expect([thresholdOf(after), after.card]).toEqual([0.123, before.card]);
  });

  it('refuses a champion whose card is not the one that was promoted, by its name', async () => {
    clock += 60_000;
    const { card } = await newTable().load('finance', basename(shipped));
    await point({ domain: 'finance', model: basename(shipped), card: hashCard(card) });
    expect((await newTable().champion('finance')).card.version).toBe(basename(shipped));
    await point({ domain: 'finance', model: basename(shipped), card: 'f'.repeat(64) });
    await expect(newTable().champion('finance')).rejects.toThrow(
      new RegExp(`models/finance/${basename(shipped)}/card.json: not the card that was promoted`),
    );
  });

  it('loads a version from the artifacts bucket, whole or not at all', async () => {
    const prefix = 'models/finance/000000000000';
    await artifacts.upload(join(shipped, 'card.json'), `${prefix}/card.json`);
    await expect(newTable().load('finance', '000000000000')).rejects.toThrow(/has no model 000000000000/);
    await artifacts.writeText(`${prefix}/model.onnx`, 'not a model');
    await expect(newTable().load('finance', '000000000000')).rejects.toThrow(
      /not the model that card.json describes/,
    );
    await artifacts.upload(join(shipped, 'model.onnx'), `${prefix}/model.onnx`);
    const model = await newTable().load('finance', '000000000000');
    expect(Buffer.from(model.onnx).equals(await readFile(join(shipped, 'model.onnx')))).toBe(true);
  });

  it('names the domains with a model, shipped or their own', async () => {
    await documents.send(new PutCommand({ TableName: table, Item: { domain: 'domains', version: 'trade' } }));
    expect(await newTable().domains()).toEqual(['finance', 'pharma', 'trade']);
  });

  it('says so where a domain has none, and asks again the next time', async () => {
    const models = newTable();
    await expect(models.champion('trade')).rejects.toThrow(/no model is shipped for the domain "trade"/);
    await expect(models.champion('trade')).rejects.toThrow(/no model is shipped/);
  });
});
