import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DomainKeyTable } from '../../lib/aws/domain-key-table.ts';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { dropTable, localDocuments, localKms, makeTable } from '../helpers/local-aws.ts';

let table: string;
let keyId: string;
const opened: string[] = [];
const kms = localKms();

/** As another process would open it. */
const open = (domain = 'finance'): Promise<DomainKeyTable> =>
  new SubjectTable(localDocuments(), { table, kms, keyId }).of(domain);

const span = (from: string, to = from) => ({ from, to });

beforeAll(async () => {
  table = await makeTable('Subjects');
  keyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  kms.middlewareStack.add(
    (next, context) => (args) => {
      opened.push(String(context.commandName));
      return next(args);
    },
    { step: 'initialize' },
  );
});
afterAll(() => dropTable(table));

it('gives a subject one key, whichever of two processes asks first', async () => {
  const ids = Array.from({ length: 130 }, (_, at) => `A-${at}`);
  const [one, other] = [await open(), await open()];
  const spans = new Map(ids.map((id) => [id, span('2026-03-01')]));
  const taken = await Promise.all([one.take(spans), other.take(spans)]);
  const keys = taken.map((keys) =>
    ids.map((id) => [keys.get(id)!.pseudonym, Buffer.from(keys.get(id)!.key).toString('hex')]),
  );
  expect(keys[0]).toEqual(keys[1]);
  expect(new Set(keys[0]!.map(([pseudonym]) => pseudonym)).size).toBe(130);
  expect((await one.find(ids)).size).toBe(130);
  expect(one.register).toEqual(other.register);
});

it('finds a subject by its id and by its pseudonym, in its domain alone', async () => {
  const keys = await open();
  const { pseudonym, key } = (await keys.take(new Map([['Müller 7', null]]))).get('Müller 7')!;
  expect(pseudonym).toMatch(/^s_[0-9a-f]{32}$/);
  expect((await keys.findByPseudonym([pseudonym, 's_none'])).get(pseudonym)).toEqual({
    ...{ pseudonym, id: 'Müller 7', span: null },
    key,
  });
  expect((await keys.find(['Müller 7', 'no one'])).size).toBe(1);
  const other = await open('pharma');
  expect((await other.findByPseudonym([pseudonym])).size).toBe(0);
  expect(await other.destroy(pseudonym)).toBe(false);
  expect((await other.find(['Müller 7'])).size).toBe(0);
  expect(other.hashRecordId('T-1')).not.toBe(keys.hashRecordId('T-1'));
});

it('extends the days of a subject by each drop, also by two at once', async () => {
  const keys = await open();
  await keys.take(new Map([['days', span('2026-03-05')]]));
  await Promise.all([
    keys.take(new Map([['days', span('2026-03-01', '2026-03-02')]])),
    keys.take(new Map([['days', span('2026-03-09')]])),
  ]);
  const stored = (await keys.find(['days'])).get('days')!;
  expect(stored.span).toEqual(span('2026-03-01', '2026-03-09'));
});

it('destroys a key: nothing finds it again, and a record that comes later begins a new subject', async () => {
  const keys = await open();
  const { pseudonym } = (await keys.take(new Map([['gone', null]]))).get('gone')!;
  const rejects = await keys.takeRejectsKey();
  expect((await keys.takeRejectsKey()).pseudonym).toBe(rejects.pseudonym);
  expect(await keys.destroy(pseudonym)).toBe(true);
  expect(await keys.destroy(pseudonym)).toBe(false);
  expect((await keys.find(['gone'])).size).toBe(0);
  expect((await keys.findByPseudonym([pseudonym, rejects.pseudonym])).size).toBe(0);
  const later = (await keys.take(new Map([['gone', null]]))).get('gone')!;
  expect(later.pseudonym).not.toBe(pseudonym);
  expect((await keys.takeRejectsKey()).pseudonym).not.toBe(rejects.pseudonym);
  // Again, as after an interruption: the new row is another's.
  expect(await keys.destroy(pseudonym)).toBe(false);
  expect((await keys.find(['gone'])).size).toBe(1);
});

it('keeps a key for a drop until it is destroyed', async () => {
  const keys = await open();
  const sealed = (await keys.takeDropKey('d-1')).seal('drops/finance/mueller.csv', 'key');
  const other = await open();
  expect((await other.takeDropKey('d-1')).open(sealed, 'key')).toBe('drops/finance/mueller.csv');
  expect((await other.findDropKey('d-1'))?.open(sealed, 'key')).toBe('drops/finance/mueller.csv');
  await other.destroyDropKey('d-1');
  expect(await keys.findDropKey('d-1')).toBeNull();
});

it('asks KMS once in a process, and says nothing to who has the table alone', async () => {
  const keys = new SubjectTable(localDocuments(), { table, kms, keyId });
  const before = opened.length;
  const [one, same] = await Promise.all([keys.of('finance'), keys.of('finance')]);
  expect(same).toBe(one);
  await one.take(new Map([['AC-hidden', span('2026-03-01')]]));
  expect(opened.slice(before)).toEqual(['DecryptCommand']);
  const { key } = (await one.find(['AC-hidden'])).get('AC-hidden')!;
  const { Items = [] } = await localDocuments().send(new ScanCommand({ TableName: table }));
  const dump = Items.map((item) =>
    Object.values(item)
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n'),
  ).join('\n');
  expect(dump).toContain('2026-03-01');
  expect(dump).not.toContain('AC-hidden');
  expect(dump).not.toContain(Buffer.from(key).toString('latin1'));
});

it('does not open a key that was moved to another row', async () => {
  const keys = await open();
  await keys.take(
    new Map([
      ['moved', null],
      ['other', null],
    ]),
  );
  const documents = localDocuments();
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: table }));
  const { pseudonym } = (await keys.find(['moved'])).get('moved')!;
  const other = (await keys.find(['other'])).get('other')!;
  const [from, to] = [pseudonym, other.pseudonym].map((one) =>
    Items.find((item) => item.pseudonym === one && 'sealed' in item),
  );
  await documents.send(new PutCommand({ TableName: table, Item: { ...to, sealed: from!.sealed } }));
  await expect(keys.find(['other'])).rejects.toThrow(
    /the key in id#finance#[0-9a-f]{32} s_[0-9a-f]{32} does not open/,
  );
});
