/** Files attached to a case: uploaded into quarantine, checked, listed, downloaded; and what is refused. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { AttachmentTable } from '../../lib/aws/attachment-table.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';
import { list, putFlags } from './local-cases.ts';

useLocalApi();

const ann = { groups: '[officer:attached read_pii:attached]', sub: 'ann', name: 'Ann Lee' };
const PDF = Buffer.from('%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n');

async function caseWith(entity: string): Promise<string> {
  await putFlags('attached', [[entity, 0.9, 'high']]);
  return (await list(`domain=attached&q=${entity}`)).items[0].id;
}

async function send(id: string, name: string, content: Buffer, person = ann) {
  const asked = await call(`POST /v1/cases/${id}/attachments`, {
    ...person,
    body: { name, bytes: content.length },
  });
  expect(asked.status).toBe(201);
  const { attachment, url } = asked.json;
  expect((await fetch(url, { method: 'PUT', body: new Uint8Array(content) })).status).toBe(200);
  return attachment as string;
}

it('are checked, listed with their hash, written down, and downloaded as what they are', async () => {
  const id = await caseWith('A1');
  const attachment = await send(id, 'Brief – Kündigung.pdf', PDF);
  const path = `/v1/cases/${id}/attachments`;
  // What is in quarantine is not attached.
  expect((await call(`GET ${path}`, ann)).json.items).toEqual([]);
  expect((await call(`GET ${path}/${attachment}`, ann)).status).toBe(404);
  const add = () => call(`POST ${path}/${attachment}`, { ...ann, body: { name: 'Brief – Kündigung.pdf' } });
  const sha256 = createHash('sha256').update(PDF).digest('hex');
  const expected = { id: attachment, type: 'pdf', bytes: PDF.length, sha256, by: 'ann', by_name: 'Ann Lee' };
  expect(await add()).toMatchObject({ status: 201, json: expected });
  // Sent again, it is attached once.
  expect((await add()).json).toMatchObject(expected);
  const named = { ...expected, name: 'Brief – Kündigung.pdf' };
  expect((await call(`GET ${path}`, ann)).json.items).toMatchObject([named]);
  const { json: masked } = await call(`GET ${path}`, { ...ann, groups: '[viewer read_pii:pharma]' });
  expect(masked.items).toMatchObject([{ ...expected, name: null }]);

  const reader = { ...ann, groups: '[viewer:attached read_pii:attached]' };
  const { json: file } = await call(`GET ${path}/${attachment}`, reader);
  const answer = await fetch(file.url);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(PDF);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="Brief _ Ku_ndigung.pdf"; filename*=UTF-8''Brief%20%E2%80%93%20K%C3%BCndigung.pdf`,
  );
  for (const groups of ['[viewer]', '[officer read_pii:pharma]', '[inspector officer read_pii]']) {
    const { status, json } = await call(`GET ${path}/${attachment}`, { sub: 'ines', groups });
    expect([status, json.detail]).toEqual([
      403,
      'An attachment may hold personal data of attached. Reading it is for: read_pii.',
    ]);
  }
  const acts = (await api.audit.about(id)).map(({ entry }) => entry);
  expect(acts.map(({ event, actor, data }) => [event, actor, data])).toEqual([
    [
      'attached',
      'ann',
      {
        case: id,
        attachment,
        type: 'pdf',
        bytes: PDF.length,
        sha256,
        row: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ],
    ['attachment_fetched', 'ann', { case: id, attachment }],
  ]);
});

it('are refused with what was found where they are not what they say, and are not there then', async () => {
  const id = await caseWith('A2');
  const path = `/v1/cases/${id}/attachments`;
  const ask = (body: object) => call(`POST ${path}`, { ...ann, body });
  for (const [body, detail] of [
    [{ name: 'run.exe', bytes: 9 }, 'is not of a type that is attached here'],
    [{ name: 'big.pdf', bytes: 10 * 1024 ** 2 + 1 }, 'at most 10,485,760 are attached'],
  ] as const) {
    const { status, json } = await ask(body);
    expect([status, json.detail]).toEqual([422, expect.stringContaining(detail)]);
  }
  expect((await ask({ name: '../a.pdf', bytes: 9 })).status).toBe(422);
  const attachment = await send(id, 'a.pdf', Buffer.from('MZ, a program'));
  const { status, json } = await call(`POST ${path}/${attachment}`, { ...ann, body: { name: 'a.pdf' } });
  expect([status, json.detail]).toEqual([
    422,
    '"a.pdf" is no PDF: it begins with 4d 5a 2c 20 61, expected 25 50 44 46 2d',
  ]);
  // Nothing has arrived; another's upload; another case's; one that no one asked for.
  const { json: empty } = await ask({ name: 'a.txt', bytes: 1 });
  const early = await call(`POST ${path}/${empty.attachment}`, { ...ann, body: { name: 'a.txt' } });
  expect([early.status, early.json.detail]).toEqual([
    409,
    'The file has not arrived: PUT it to the address of the upload first.',
  ]);
  const sent = await send(id, 'a.txt', Buffer.from('mine'));
  const other = await caseWith('A3');
  for (const [target, person] of [
    [`${path}/${sent}`, { ...ann, sub: 'ben' }],
    [`/v1/cases/${other}/attachments/${sent}`, ann],
    [`${path}/${'0'.repeat(24)}`, ann],
  ] as const) {
    const refused = await call(`POST ${target}`, { ...person, body: { name: 'a.txt' } });
    expect(refused.status).toBe(404);
  }
  expect((await call(`GET ${path}`, ann)).json.items).toEqual([]);
});

it('are 20 to a case, however many come at once', async () => {
  const id = await caseWith('A4');
  const attachments = new AttachmentTable(localDocuments(), api.tables.flags, api.audit);
  const one = { caseId: id, domain: 'attached', name: 'a.txt', type: 'txt', bytes: 1, sha256: 'ab' } as const;
  const at = '2026-03-01T00:00:00.000Z';
  for (let count = 0; count < 19; count++)
    await attachments.add({ ...one, id: `${count}`.padStart(24, '0'), by: 'ann', at });
  const sent = [await send(id, 'a.txt', Buffer.from('1')), await send(id, 'a.txt', Buffer.from('2'))];
  const path = `/v1/cases/${id}/attachments`;
  const answers = await Promise.all(
    sent.map((attachment) => call(`POST ${path}/${attachment}`, { ...ann, body: { name: 'a.txt' } })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  expect((await call(`GET ${path}`, ann)).json.items).toHaveLength(20);
});
