/** Dossiers and subjects' exports by the API: who may ask, who is given the file, what is logged, and what is in it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEntry } from '../../lib/audit/audit-entry.ts';
import { ExportTable } from '../../lib/aws/export-table.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import { verifyDossier } from '../../lib/dossier/verify-dossier.ts';
import type { SubjectExport } from '../../lib/subjects/subject-export.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { unzip } from '../helpers/unzip.ts';
import { api, call, heardOf, logged, useLocalApi } from './local-api.ts';

const flag = flagOf(7, { domain: 'finance', entity: 'AC-7', severity: 'high' });
const [officer, privacy] = ['[officer:finance]', '[officer:finance read_pii:finance]'];
let make: (id: string) => Promise<unknown>;

useLocalApi();
beforeAll(async () => {
  await api.flags.putFlags([flag]);
  const { exportDeps } = await import('../../lib/services/export-function.ts');
  const { makeExport } = await import('../../lib/services/make-export.ts');
  make = (id) => makeExport(exportDeps(), id);
});

const dossier = { domain: 'finance', flag: flag.flag };
const subject = { domain: 'finance', subject: 'AC-7', basis: 'request 2026-114' };

const ask = (kind: 'dossier' | 'subject', body: object, groups: string, sub = 'ann') =>
  call(`POST /v1/exports/${kind}`, { body, groups, sub });
const read = (path: string, groups: string, sub = 'ann') => call(`GET /v1/exports/${path}`, { groups, sub });

async function acts(event: string) {
  const lines = await api.audit.lines('finance');
  return lines.map(({ line }) => parseEntry(line).entry!).filter((entry) => entry.event === event);
}

/** The files of what was asked for, once it is made. */
async function fetched(id: string, groups: string): Promise<ReadonlyMap<string, Buffer>> {
  expect(await make(id)).toBe('done');
  const { status, json } = await read(`${id}/file`, groups);
  expect([status, json]).toMatchObject([200, { method: 'GET' }]);
  return unzip(Buffer.from(await (await fetch(json.url)).arrayBuffer()));
}

async function verified(files: ReadonlyMap<string, Buffer>) {
  const folder = await mkdtemp(join(tmpdir(), 'assay-dossier-'));
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const { problems } = await verifyDossier(folder);
  await rm(folder, { recursive: true });
  return problems;
}

describe('a dossier', () => {
  it('is asked for by whoever reads the domain, made once, and verified offline', async () => {
    const { status, json } = await ask('dossier', dossier, '[inspector:finance]');
    expect([status, json]).toMatchObject([
      201,
      { state: 'asked', kind: 'dossier', personal: false, bytes: null },
    ]);
    expect(await heardOf('ExportAsked')).toMatchObject({
      domain: 'finance',
      export: json.id,
      kind: 'dossier',
    });
    expect(await read(`${json.id}/file`, '[viewer]')).toMatchObject({ status: 404 });
    const files = await fetched(json.id, '[inspector:finance]');
    expect([...files.keys()]).toEqual(
      expect.arrayContaining(['acts/acts.json', 'dossier.json', 'dossier.pdf', 'manifest.json']),
    );
    // Its drop left no log here; test/e2e/by-api.e2e.test.ts has one that did.
    expect((await verified(files)).map(({ kind }) => kind)).toEqual(['unproven']);
    expect(await make(json.id)).toBeNull();
    const [made, ...others] = await acts('dossier_made');
    expect([made, others]).toMatchObject([
      { actor: 'ann', subject: flag.flag, data: { kind: 'flag', flags: 1, personal: 'masked' } },
      [],
    ]);
    expect(await acts('export_asked')).toMatchObject([
      {
        ...{ actor: 'ann', subject: flag.flag, at: json.asked_at },
        data: { export: json.id, kind: 'flag', personal: false },
      },
    ]);
    expect(await acts('file_fetched')).toMatchObject([
      { actor: 'ann', subject: json.id, data: { file: `dossier-${json.id}.zip`, personal: false } },
    ]);
  });

  it('shows personal data to who may read them, and to no one who may not', async () => {
    const asked = { ...dossier, flag: undefined, case: caseIdOf('finance', 'AC-7', ''), pii: true };
    expect((await ask('dossier', asked, officer)).status).toBe(403);
    const { json } = await ask('dossier', asked, privacy);
    const files = await fetched(json.id, privacy);
    expect(JSON.parse(String(files.get('dossier.json')))).toMatchObject({ personal: 'shown' });
    expect(await acts('pii_read')).toMatchObject([
      { actor: 'ann', data: { route: 'POST /v1/exports/dossier', decisions: [flag.flag] } },
    ]);
    // The right was taken away since.
    expect((await read(`${json.id}/file`, officer)).status).toBe(403);
  });

  it('is given to who asked for it alone, and not found in another domain', async () => {
    const { json } = await ask('dossier', dossier, officer);
    await make(json.id);
    expect(await read(`${json.id}/file`, privacy, 'ben')).toMatchObject({ status: 403 });
    expect((await read(json.id, '[admin:pharma]')).status).toBe(404);
    expect((await read(json.id, '[viewer:finance]', 'ben')).json).toMatchObject({ state: 'done', by: 'ann' });
    expect((await ask('dossier', { domain: 'pharma', flag: flag.flag }, '[admin]')).status).toBe(404);
    const two = { ...dossier, from: '2026-01-01T00:00:00Z' };
    expect((await ask('dossier', two, officer)).status).toBe(422);
  });

  it('of a time without flags fails, and says why', async () => {
    const { json } = await ask('dossier', { domain: 'finance', until: '1999-01-01T00:00:00Z' }, officer);
    expect(await make(json.id)).toBe('failed');
    expect((await read(json.id, officer)).json).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('no flag of that time'),
    });
  });
});

describe('all that is stored on a subject', () => {
  it('is for an officer who may read personal data; the log names the basis, and the subject by its case', async () => {
    for (const groups of [officer, '[viewer read_pii]', '[inspector:finance read_pii]'])
      expect([groups, (await ask('subject', subject, groups)).status]).toEqual([groups, 403]);
    const named = { ...subject, basis: 'asked by ac-7.' };
    expect((await ask('subject', named, privacy)).status).toBe(422);
    const { status, json } = await ask('subject', subject, privacy);
    expect([status, json.personal, JSON.stringify(json).includes('AC-7')]).toEqual([201, true, false]);
    const files = await fetched(json.id, privacy);
    const exported = JSON.parse(String(files.get('subject.json'))) as SubjectExport;
    expect(exported.found.flags!.map((one) => one.flag)).toEqual([flag.flag]);
    expect(exported.found.cases).toHaveLength(1);
    expect((await acts('export_asked')).at(-1)).toMatchObject({
      ...{ actor: 'ann', subject: caseIdOf('finance', 'AC-7', '') },
      data: { export: json.id, kind: 'subject', personal: true, basis: subject.basis },
    });
    expect(await acts('subject_exported')).toMatchObject([
      {
        ...{ actor: 'ann', subject: caseIdOf('finance', 'AC-7', '') },
        data: { basis: subject.basis, found: { flags: 1, cases: 1 } },
      },
    ]);
    expect(await acts('file_fetched')).toContainEqual(
      expect.objectContaining({ data: { file: `subject-${json.id}.zip`, personal: true } }),
    );
  });
});

it('is made once, wherever it was ended before, and by one of two that make it at the same time', async () => {
  const { exportDeps } = await import('../../lib/services/export-function.ts');
  const { makeExport } = await import('../../lib/services/make-export.ts');
  const { json } = await ask('dossier', dossier, officer);
  const made = async () => (await acts('dossier_made')).length;
  const before = await made();
  const whole = exportDeps();
  const ended = () => Promise.reject(new Error('the function has ended'));
  const { dossiers } = whole;
  for (const deps of [
    { ...whole, dossiers: { ...dossiers, deployed: { ...dossiers.deployed, acts: ended } } },
    { ...whole, data: { upload: ended } },
    { ...whole, audit: { appendWith: ended } },
  ])
    await expect(makeExport(deps, json.id)).rejects.toThrow('the function has ended');
  expect((await read(json.id, officer)).json).toMatchObject({ state: 'running', bytes: null });
  expect(await made()).toBe(before);
  const outcomes = await Promise.all([make(json.id), make(json.id)]);
  expect(outcomes.filter((one) => one !== null)).toEqual(['done']);
  expect(await made()).toBe(before + 1);
});

it('one that was begun and not ended has failed after an hour, and one past its time is not there', async () => {
  const { json } = await ask('dossier', dossier, officer);
  const set = async (name: string, value: string) => {
    const Key = { pk: `export#${json.id}`, sk: 'status' };
    await localDocuments().send(
      new UpdateCommand({
        ...{ TableName: api.tables.drops, Key, UpdateExpression: 'SET #name = :value' },
        ...{ ExpressionAttributeNames: { '#name': name }, ExpressionAttributeValues: { ':value': value } },
      }),
    );
  };
  await set('askedAt', new Date(Date.now() - 62 * 60_000).toISOString());
  expect((await read(json.id, officer)).json).toMatchObject({ state: 'failed', reason: expect.any(String) });
  expect(await make(json.id)).toBeNull();
  const write = new ExportTable(localDocuments(), api.tables.drops, api.audit, Date.now);
  const done = write.doneWrite(json.id, { file: 'exports/late.zip', bytes: 1 });
  expect(await api.audit.appendWith('finance', [], [done])).toBe(false);
  await set('expiresAt', new Date(Date.now() - 1).toISOString());
  expect((await read(json.id, officer)).status).toBe(404);
});

it('is asked for three times at once by a person, and again when one has ended', async () => {
  const asked = () => ask('dossier', dossier, officer, 'zoe');
  const answers = await Promise.all(Array.from({ length: 5 }, asked));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 429, 429]);
  // No defect of ours, which an alarm would be about.
  expect(logged.join('\n')).not.toContain('not answered');
  expect((await acts('export_asked')).filter(({ actor }) => actor === 'zoe')).toHaveLength(3);
  expect((await ask('dossier', dossier, officer, 'ben')).status).toBe(201);
  await make(answers.find(({ status }) => status === 201)!.json.id);
  expect([(await asked()).status, (await asked()).status]).toEqual([201, 429]);
});
