import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelTable } from '../../lib/aws/model-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { hashCard } from '../../lib/models/card-schema.ts';
import { thresholdOf } from '../../lib/models/model-folder.ts';
import {
  formatModelKeys,
  MODEL_KEY_CURVE,
  type ModelKey,
  type ModelSigner,
  parseModelKeys,
  parseModelSigner,
} from '../../lib/models/model-key.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { signStoredModel } from '../../lib/services/sign-stored-model.ts';
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
const signedTable = (keys: readonly ModelKey[]) =>
  new ModelTable(documents, table, { artifacts, now: () => clock, keys });
const newKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: MODEL_KEY_CURVE });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    public: parseModelKeys(formatModelKeys([pem]), 'key')[0]!,
    secret: parseModelSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'key'),
  };
};
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

  it('with keys, takes what one of them signed, names what is not signed, and the shipped one as it is', async () => {
    const prefix = 'models/finance/111111111111';
    for (const file of ['model.onnx', 'card.json'])
      await artifacts.upload(join(shipped, file), `${prefix}/${file}`);
    const [key, other] = [newKey(), newKey()];
    const table = () => signedTable([key.public]);
    const load = () => table().load('finance', '111111111111');
    await expect(load()).rejects.toThrow(`${prefix}/model.sig: missing; the stage takes signed models only`);
    await expect(table().expectSigned('finance', '111111111111')).rejects.toThrow('missing');
    expect((await table().loadUnsigned('finance', '111111111111')).card.domain).toBe('finance');
    const sign = (signer: ModelSigner) =>
      signStoredModel(artifacts, { domain: 'finance', version: '111111111111', signer });
    await sign(other.secret);
    await expect(load()).rejects.toThrow(`${prefix}/model.sig: signed by another key than expected`);
    await sign(key.secret);
    expect((await load()).card.domain).toBe('finance');
    await artifacts.writeText(`${prefix}/model.onnx`, 'not a model');
    await expect(load()).rejects.toThrow(`${prefix}/model.onnx: changed since it was signed`);
    expect((await table().champion('pharma')).card.domain).toBe('pharma');
    await expect(
      signStoredModel(artifacts, { domain: 'finance', version: '222222222222', signer: key.secret }),
    ).rejects.toThrow('models/finance/222222222222: not in the artifacts bucket');
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
