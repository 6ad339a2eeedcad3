/** Erasures by the API, and carried out as the function does that takes up what was left: on tables, buckets and keys of their own. */
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { ErasureTable } from '../../lib/aws/erasure-table.ts';
import { ExportTable } from '../../lib/aws/export-table.ts';
import { deleteVersion } from '../../lib/aws/object-versions.ts';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import { openDrop, sealName, sealWords } from '../../lib/drops/erasable-drop.ts';
import { ErasureRunner, erasureSteps } from '../../lib/services/erasure-steps.ts';
import { dumpStores } from '../helpers/dump-stores.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments, localEndpoint, localKms, localS3 } from '../helpers/local-aws.ts';
import { findReadings } from '../helpers/readable-texts.ts';
import { api, call, useLocalApi } from './local-api.ts';

useLocalApi({ erasable: ['finance'] });

const span = { from: '2025-05-01', to: '2025-06-30' };
const subject = 'AC000381';
const officer = { groups: ['officer:finance', 'read_pii:finance'], sub: 'ann' };
const approver = { groups: ['approver:finance'], sub: 'bea' };
const admin = { groups: ['admin:finance'], sub: 'cem' };
let subjects: SubjectTable;
let exports: ExportTable;
let drops: DropTable;
let runner: ErasureRunner;
/** The bucket stands for that of drops and of data. */
const versions = async (prefix: string) =>
  (await localS3().send(new ListObjectVersionsCommand({ Bucket: api.bucket, Prefix: prefix }))).Versions ??
  [];
const put = (Key: string) =>
  localS3().send(new PutObjectCommand({ Bucket: api.bucket, Key, Body: `of ${subject}` }));

beforeAll(async () => {
  const keyId = process.env.ASSAY_SUBJECTS_KEY!;
  subjects = new SubjectTable(localDocuments(), { table: api.tables.subjects, keyId, kms: localKms() });
  exports = new ExportTable(localDocuments(), api.tables.drops, api.audit, Date.now);
  drops = new DropTable(localDocuments(), api.tables.drops, Date.now);
  const stores = {
    ...{ subjects, exports, drops, client: localS3() },
    ...{ dropsBucket: api.bucket, dataBucket: api.bucket },
  };
  runner = new ErasureRunner(
    new ErasureTable(localDocuments(), api.tables.drops, api.audit),
    erasureSteps(stores),
  );
  const keys = await subjects.of('finance');
  await keys.take(
    new Map([
      [subject, span],
      ['AC000235', span],
    ]),
  );
});

const ask = (id: string, more: object = {}) =>
  call('POST /v1/erasures', {
    ...officer,
    body: { domain: 'finance', subject: id, basis: 'request 2026-114', ...more },
  });

/** A drop that failed on a line of the subject, and whose file has its name. */
async function failedDrop(n: number, receivedAt: string): Promise<string> {
  const id = `d-${String(n).repeat(20)}`;
  const place = { bucket: api.bucket, key: `drops/finance/${subject}.csv`, version: 'v', bytes: 9 };
  const deps = { keysOf: (domain: string) => subjects.of(domain) };
  const drop = await sealName({ id, domain: 'finance', ...place, receivedAt }, deps);
  await drops.receive(drop, 1);
  const sealedWords = (await sealWords(deps, drop, `line 3: "${subject}" is no number`))!;
  await drops.failed(id, { reason: 'it cannot be read', sealedWords }, 1);
  return id;
}

/** What may be read of it. */
async function wordsOf(id: string): Promise<string | null> {
  const { sealed } = (await drops.get(id))!;
  const { key, words } = await openDrop(await subjects.of('finance'), {
    ...{ id, sealedKey: sealed!.key, sealedWords: sealed!.words },
  });
  return key === null ? words : `${key}: ${words}`;
}

const carryOut = () => runner.carryOutAll(new Date().toISOString());

describe('an erasure by the API', () => {
  it('is refused, with the reason on record, until someone has said how long records must be kept', async () => {
    expect(await ask(subject)).toMatchObject({
      status: 201,
      json: { state: 'refused', because: [expect.stringContaining('does not say how long')], by: 'ann' },
    });
    const none = await call('POST /v1/erasure-rules/finance/retention', {
      ...admin,
      body: { months: null, basis: 'no law' },
    });
    expect(none).toMatchObject({ status: 200, json: { retention: { months: null }, holds: [] } });
  });

  it('is asked for by who may see whom it is about, of a subject that has a key, by words that name no one', async () => {
    const blind = await call('POST /v1/erasures', {
      ...{ groups: ['officer:finance'], sub: 'ann' },
      body: { domain: 'finance', subject, basis: 'request 7' },
    });
    expect(blind.status).toBe(403);
    expect((await ask('AC-NONE-1')).status).toBe(404);
    expect(await ask(subject, { basis: `request of ${subject}` })).toMatchObject({ status: 422 });
    const other = await call('POST /v1/erasures', {
      ...{ groups: ['officer', 'read_pii'], sub: 'ann' },
      body: { domain: 'pharma', subject, basis: 'request 7' },
    });
    expect(other).toMatchObject({ status: 409, json: { detail: expect.stringContaining('not erasable') } });
  });

  it('takes another person, destroys the key, and is done once nothing of before is left', async () => {
    const keys = await subjects.of('finance');
    const { pseudonym } = (await keys.find([subject])).get(subject)!;
    await put('drops/finance/may.csv');
    const failed = await failedDrop(1, '2026-01-01T00:00:00Z');
    const later = await failedDrop(2, new Date(Date.now() + 3_600_000).toISOString());
    const named = `drops/finance/${subject}.csv: line 3: "${subject}" is no number`;
    await put('work/text/finance/d-1');
    const own = await exports.ask(
      'finance',
      { kind: 'subject', subject: pseudonym, basis: 'request 1' },
      'ann',
    );
    const masked = await exports.ask(
      'finance',
      { kind: 'dossier', selection: { kind: 'period', domain: 'finance' }, pii: false },
      'ann',
    );
    for (const job of [own!.job, masked!.job]) await put(`exports/${job.id}/a.zip`);

    const asked = await ask(subject);
    expect(asked).toMatchObject({ status: 201, json: { state: 'asked', pseudonym, because: [] } });
    expect(JSON.stringify(asked.json)).not.toContain(subject);
    const { id } = asked.json;
    const approve = (spec: object) =>
      call(`POST /v1/erasures/${id}/decisions`, {
        ...spec,
        body: { decision: 'approve', reason: 'identity checked' },
      });
    expect((await approve({ ...approver, sub: 'ann' })).status).toBe(403);
    expect((await approve({ groups: ['approver:pharma'], sub: 'bea' })).status).toBe(404);
    expect(await approve(approver)).toMatchObject({
      status: 200,
      json: { state: 'approved', decided_by: 'bea' },
    });
    expect((await approve(approver)).status).toBe(409);
    expect((await keys.find([subject])).size).toBe(1);

    expect(await carryOut()).toEqual({ done: 0, failures: [] });
    expect((await keys.find([subject, 'AC000235'])).size).toBe(1);
    expect((await keys.findByPseudonym([pseudonym])).size).toBe(0);
    const state = async () =>
      (await call(`GET /v1/erasures/${id}`, { groups: ['viewer:finance'] })).json.state;
    expect(await state()).toBe('key_gone');
    expect(await versions(`exports/${own!.job.id}/`)).toEqual([]);
    expect(await versions(`exports/${masked!.job.id}/`)).toHaveLength(1);

    // What was delivered goes with its drop, or by the bucket's rule; what comes later is no one's that was erased.
    for (const prefix of ['drops/finance/', 'work/text/finance/']) {
      expect(await carryOut()).toEqual({ done: 0, failures: [] });
      expect(await wordsOf(failed)).toBe(named);
      for (const { Key, VersionId } of await versions(prefix))
        await deleteVersion(localS3(), api.bucket, { key: Key!, version: VersionId! });
    }
    await put('labels/finance/later.csv');
    // One that is being made may have read the key: what it stores is waited for, and deleted.
    await exports.begin(own!.job.id);
    expect(await carryOut()).toEqual({ done: 0, failures: [] });
    await put(`exports/${own!.job.id}/b.zip`);
    await exports.failed(own!.job.id, 'it is of no matter here');
    expect(await carryOut()).toEqual({ done: 1, failures: [] });
    expect(await versions(`exports/${own!.job.id}/`)).toEqual([]);
    expect(await state()).toBe('done');
    // Nothing but this takes the key of a drop that failed.
    expect([await wordsOf(failed), await wordsOf(later)]).toEqual([null, named]);
    const events = (await api.audit.about(pseudonym)).map(({ entry: { event, actor } }) => [event, actor]);
    expect(events).toEqual([
      ['erasure_refused', 'ann'],
      ['erasure_asked', 'ann'],
      ['erased', 'bea'],
      ['erasure_done', 'assay'],
    ]);
    const lines = (await api.audit.lines('finance')).map(({ line }) => line).join('\n');
    expect(lines).not.toContain(subject);
    const list = await call('GET /v1/erasures?domain=finance&limit=1', { groups: ['viewer:finance'] });
    expect(list.json).toMatchObject({ items: [{ id, state: 'done' }], next: expect.any(String) });
  });
});

describe('holds by the API', () => {
  it('are on a subject, a case or a period, and refuse an erasure until they are released', async () => {
    const keys = await subjects.of('finance');
    const { pseudonym } = (await keys.find(['AC000235'])).get('AC000235')!;
    const flag = flagOf(1, { domain: 'finance', entity: pseudonym, severity: 'high' });
    await api.flags.putFlags([flag]);
    const caseId = caseIdOf('finance', pseudonym, '');
    const add = (body: object) => call('POST /v1/erasure-rules/finance/holds', { ...approver, body });
    const basis = 'court order 12 O 7/26';
    expect((await add({ basis })).status).toBe(422);
    expect((await add({ subject: 'AC000235', basis })).status).toBe(403);
    expect((await add({ case: '0'.repeat(32), basis })).status).toBe(404);
    expect((await add({ from: '2025-06-30', to: '2025-05-01', basis })).status).toBe(422);
    expect((await add({ from: '2025-06-30', basis: 'on AC000235 and others' })).status).toBe(422);
    for (const body of [
      { case: caseId, basis },
      { from: '2025-06-30', basis },
    ]) {
      const added = await add(body);
      expect(added).toMatchObject({ status: 201, json: { id: expect.stringMatching(/^h\d$/), known: true } });
      expect((await ask('AC000235')).json).toMatchObject({
        state: 'refused',
        because: [expect.stringContaining(added.json.id)],
      });
      const release = `POST /v1/erasure-rules/finance/holds/${added.json.id}/release`;
      const freed = await call(release, { ...approver, body: { reason: 'proceeding closed' } });
      expect(freed.json).toMatchObject({ holds: [] });
      expect((await call(release, { ...approver, body: { reason: 'again' } })).status).toBe(422);
    }
    expect((await ask('AC000235')).json.state).toBe('asked');
  });
});

describe('a text that people write', () => {
  it('is refused where it names a subject of the domain, wherever it would be stored', async () => {
    const keys = await subjects.of('finance');
    const { pseudonym } = (await keys.find(['AC000235'])).get('AC000235')!;
    const flag = flagOf(2, { domain: 'finance', entity: pseudonym, severity: 'high' });
    await api.flags.putFlags([flag]);
    const one = caseIdOf('finance', pseudonym, '');
    const named = 'Talked to ac000235, who paid';
    const review = { verdict: 'true_positive', reason: 'Paid to a company that was dissolved', version: 1 };
    const spec = { groups: ['admin:finance', 'read_pii:finance'], sub: 'ann' };
    const texts: [string, object, string][] = [
      [`/v1/flags/${flag.flag}/reviews`, { ...review, reason: named }, '/reason'],
      [`/v1/flags/${flag.flag}/reviews`, { ...review, note: `(${named})` }, '/note'],
      [`/v1/cases/${one}/escalate`, { reason: named }, '/reason'],
      [`/v1/cases/${one}/attachments`, { name: 'AC000235.pdf', bytes: 9 }, '/name'],
      ['/v1/views/finance', { name: 'All of AC000235', filter: {} }, '/name'],
      ['/v1/exports/subject', { domain: 'finance', subject: 'other', basis: named }, '/basis'],
      ['/v1/stops', { domain: 'finance', reason: named }, '/reason'],
    ];
    for (const [path, body, at] of texts)
      expect([path, await call(`POST ${path}`, { ...spec, body })]).toMatchObject([
        path,
        { status: 422, json: { detail: 'A text names a subject.', errors: [{ at }] } },
      ]);
    expect((await call(`POST /v1/flags/${flag.flag}/reviews`, { ...spec, body: review })).status).toBe(201);
  });

  it('is taken in a domain whose records are not erasable', async () => {
    const flag = flagOf(3, { domain: 'trade', entity: 'AC000235', severity: 'high' });
    await api.flags.putFlags([flag]);
    const one = caseIdOf('trade', 'AC000235', '');
    const body = { reason: 'AC000235 waits for papers' };
    expect(
      (await call(`POST /v1/cases/${one}/escalate`, { groups: ['admin'], sub: 'ann', body })).status,
    ).toBe(200);
  });
});

describe('an export of a subject', () => {
  it('is asked for by the true id, and stored by the pseudonym: no row and no act names anyone', async () => {
    const asked = await call('POST /v1/exports/subject', {
      ...{ groups: ['officer:finance', 'read_pii:finance'], sub: 'dan' },
      body: { domain: 'finance', subject: 'AC000235', basis: 'request 2026-115' },
    });
    expect(asked.status).toBe(201);
    const { pseudonym } = (await (await subjects.of('finance')).find(['AC000235'])).get('AC000235')!;
    expect((await exports.get(asked.json.id))?.request).toMatchObject({
      kind: 'subject',
      subject: pseudonym,
    });
    const unknown = await call('POST /v1/exports/subject', {
      ...{ groups: ['officer:finance', 'read_pii:finance'], sub: 'dan' },
      body: { domain: 'finance', subject: 'AC-NONE-2', basis: 'request 2026-116' },
    });
    expect(unknown.status).toBe(404);
    const named = [api.tables.drops, api.tables.subjects];
    const engine = { endpoint: localEndpoint(), region: 'eu-central-1', named };
    // Other tests of this engine write into queues and logs.
    const found = await findReadings(dumpStores(engine), [subject, 'AC000235']);
    expect(found.filter(({ where }) => where.startsWith('table '))).toEqual([]);
  });
});
