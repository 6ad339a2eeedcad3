/** What is sealed under the keys of its subjects, as the API shows it and finds it. */
import { beforeAll, expect, it } from 'vitest';
import type { DomainKeyTable } from '../../lib/aws/domain-key-table.ts';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { loadModel } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { keyedRecordId } from '../../lib/privacy/domain-keys.ts';
import { erasableColumns } from '../../lib/privacy/erasable-columns.ts';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';
import { storedIds } from '../../lib/services/subject-keys.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments, localKms } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';

const NAME = 'Bauer Kiosk';
const reader = { groups: ['viewer', 'officer:finance', 'read_pii:finance'], sub: 'reader-1' };
let keys: DomainKeyTable;
let flag: ReturnType<typeof flagOf>;
let pseudonym: string;

/** As another process would open them. */
const subjectsAgain = () =>
  new SubjectTable(localDocuments(), {
    ...{ table: api.tables.subjects, kms: localKms() },
    keyId: process.env.ASSAY_SUBJECTS_KEY!,
  });

useLocalApi({ erasable: ['finance'] });
beforeAll(async () => {
  const { pack } = await loadModel(await championFolder('finance'));
  const { sealed } = erasableColumns(pack, []);
  keys = await subjectsAgain().of('finance');
  const own = (await keys.take(new Map([['AC7', null]]))).get('AC7')!;
  ({ pseudonym } = own);
  const id = keyedRecordId(keys, 'T7');
  const values = sealed.map((name) =>
    name === 'customer_name' ? NAME : name === 'transaction_id' ? 'T7' : null,
  );
  const field = new SubjectCipher(own).seal(JSON.stringify(['T7', ...values]), id);
  const record = {
    transaction_id: null,
    customer_name: null,
    account_id: pseudonym,
    amount: 5,
    sealed: field,
  };
  const plain = flagOf(701, { domain: 'finance', entity: pseudonym });
  const explanation = JSON.stringify({ ...JSON.parse(plain.explanation!), record_id: id });
  flag = { ...plain, ...{ record_id: id, explanation, record: JSON.stringify(record) } };
  await api.flags.putFlags([flag]);
  await api.reviews.putBlind([
    {
      ...{ item: 'e'.repeat(32), domain: 'finance', decision: 'c'.repeat(32), recordId: id, chance: 0.01 },
      ...{ why: 'below_the_line', record, drop: 'd', model: 'm', queuedAt: '2026-03-01T00:00:00.000Z' },
    },
  ]);
});

it('shows true values to a person who may read them and asks, and pseudonyms to all others', async () => {
  const { json } = await call(`GET /v1/flags/${flag.flag}?pii=true`, reader);
  expect(json).toMatchObject({
    entity: 'AC7',
    record_id: 'T7',
    record: { customer_name: NAME, account_id: 'AC7' },
  });
  const blind = await call('GET /v1/blind-reviews?domain=finance&pii=true', reader);
  expect(blind.json.items).toMatchObject([{ record: { customer_name: NAME, transaction_id: 'T7' } }]);
  expect(blind.json.items[0]).not.toHaveProperty('record_id');
  for (const request of [`flags/${flag.flag}`, 'blind-reviews?domain=finance', 'flags', 'cases']) {
    const bare = JSON.stringify((await call(`GET /v1/${request}`, { groups: ['officer:finance'] })).json);
    for (const text of [NAME, 'AC7', 'T7', '"sealed"']) expect(bare).not.toContain(text);
  }
});

it('finds flags, cases and the log by true ids', async () => {
  const groups = ['officer:finance'];
  const ofEntity = await call('GET /v1/flags?domain=finance&entity=AC7', { groups });
  expect(ofEntity.json.items).toMatchObject([{ flag: flag.flag, entity: pseudonym }]);
  // Of all domains it would be looked for as it stands, and not be found.
  const everywhere = await call('GET /v1/flags?entity=AC7', { groups: ['officer'] });
  expect(everywhere).toMatchObject({ status: 422, json: { errors: [{ at: 'domain' }] } });
  const known = await call(`GET /v1/flags?entity=${pseudonym}`, { groups: ['officer'] });
  expect(known.json.items).toMatchObject([{ flag: flag.flag }]);
  for (const text of ['AC7', 'T7']) {
    const found = await call(`GET /v1/cases?q=${text}`, { groups });
    expect(found.json.items).toMatchObject([{ top_flag: { id: flag.flag } }]);
  }
  const about = await call('GET /v1/audit?record=T7', { groups });
  expect(about.json.decisions).toMatchObject([{ flag: flag.flag }]);
  expect(about.json.entries).toMatchObject([{ event: 'pii_read' }]);
});

it('names no file that is to be uploaded by more than its ending', async () => {
  for (const [path, name, ending] of [
    ['drops', 'AC7-Bauer.csv.gz', 'file.csv.gz'],
    ['labels', 'AC7-Bauer.csv', 'file.csv'],
  ] as const) {
    const { json } = await call(`POST /v1/${path}`, {
      ...{ groups: ['officer:finance'], body: { domain: 'finance', name } },
    });
    expect(json.key).toMatch(new RegExp(`^${path}/finance/[0-9a-f]{24}/${RegExp.escape(ending)}$`));
  }
});

it('says of an id what the tables of its domain hold in place of it, and makes no keys by asking', async () => {
  const subjects = subjectsAgain();
  const stored = storedIds(subjects);
  expect(await stored.entityOf('finance', 'AC7')).toBe(pseudonym);
  for (const id of ['AC-unknown', pseudonym]) expect(await stored.entityOf('finance', id)).toBe(id);
  const keyed = await stored.recordIdOf('finance', 'T-1');
  expect(keyed).toBe(keyedRecordId(keys, 'T-1'));
  expect(await stored.recordIdOf('finance', keyed)).toBe(keyed);
  expect(await stored.entityOf('pharma', 'AC7')).toBe('AC7');
  expect(await stored.recordIdOf('pharma', 'T-1')).toBe('T-1');
  expect(await subjects.find('pharma')).toBeNull();
});

it('leaves what is erased as it is stored, whoever asks', async () => {
  expect(await keys.destroy(pseudonym)).toBe(true);
  const { json } = await call(`GET /v1/flags/${flag.flag}?pii=true`, reader);
  expect(json).toMatchObject({ entity: pseudonym, record: { customer_name: null } });
});
