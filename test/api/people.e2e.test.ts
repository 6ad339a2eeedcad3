/** Display names beside ids: what a token says when its holder acts, in the log as it was then, in lists as it is now. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { People } from '../../lib/aws/people.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, putFlag, useLocalApi, verdict } from './local-api.ts';

useLocalApi();

describe('display names', () => {
  it('stand beside the id: in the log as at the act, in answers as at present', async () => {
    const id = await putFlag(701, 'finance');
    const ann = { sub: 'sub-ann', name: 'Ann Lee' };
    const made = await call(`POST /v1/flags/${id}/reviews`, { ...ann, body: verdict });
    expect(made.json.review).toMatchObject({ by: 'sub-ann', by_name: 'Ann Lee' });
    await call('GET /v1/flags?limit=1', { sub: 'sub-ann', name: 'Ann Kim' });
    const { json: flag } = await call(`GET /v1/flags/${id}`);
    expect(flag.reviews).toMatchObject([{ by: 'sub-ann', by_name: 'Ann Kim' }]);
    const { json: audit } = await call('GET /v1/audit?record=T701');
    expect(audit.entries).toMatchObject([{ actor: 'sub-ann', actor_name: 'Ann Lee' }]);
    const [{ line } = { line: '' }] = await api.audit.lines('finance');
    expect(line).toContain('"actor":"sub-ann","actor_name":"Ann Lee","at"');
  });

  it('are null where none is known, and the end of the ARN of an AWS identity', async () => {
    const id = await putFlag(702, 'finance');
    await api.reviews.review(
      id,
      { kind: 'open', version: 1, verdict: 'inconclusive', reason: 'A test', note: null },
      { by: 'arn:aws:iam::123456789012:user/ben', at: '2026-03-01T00:00:00.000Z' },
    );
    await call(`POST /v1/flags/${id}/reviews`, { sub: 'no-name', body: { ...verdict, version: 2 } });
    const { json } = await call(`GET /v1/flags/${id}`);
    expect(json.reviews.map((one: { by_name: unknown }) => one.by_name)).toEqual(['ben', null]);
  });

  it('are written only where they are new or have changed, and read once for many', async () => {
    const documents = localDocuments();
    const sent = vi.spyOn(documents, 'send');
    let now = Date.now();
    const people = new People(documents, api.tables.drops, () => now);
    for (const name of ['Eve', 'Eve', 'Eve Roe', 'Eve Roe']) await people.meet('sub-eve', name);
    await people.meet('arn:aws:iam::1:user/x', 'Someone else');
    await people.meet('assay', 'Someone else');
    expect(sent.mock.calls.map(([command]) => command instanceof UpdateCommand)).toEqual([true, true]);
    const ids = ['sub-eve', 'assay', ...Array.from({ length: 120 }, (_, at) => `unknown-${at}`)];
    const nameOf = await people.namesOf(ids);
    await people.namesOf(ids);
    expect(sent.mock.calls).toHaveLength(4);
    expect([nameOf('sub-eve'), nameOf('assay'), nameOf('unknown-1')]).toEqual(['Eve Roe', null, null]);
    const other = new People(documents, api.tables.drops);
    await other.meet('sub-eve', 'Eve Lane');
    expect((await people.namesOf(['sub-eve']))('sub-eve')).toBe('Eve Roe');
    now += 600_000;
    expect((await people.namesOf(['sub-eve']))('sub-eve')).toBe('Eve Lane');
  });
});
