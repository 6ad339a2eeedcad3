import { describe, expect, it } from 'vitest';
import { LabelsTable } from '../../lib/aws/labels-table.ts';
import { UploadLog } from '../../lib/aws/upload-log.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import { labelsId } from '../../lib/reviews/labels-status.ts';
import { takeLabels } from '../../lib/services/take-labels.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';

useLocalApi();

describe('labels files', () => {
  const body = { domain: 'finance', name: 'may.csv' };

  it('are uploaded to an address that officers ask for, and their state is found by id and listed', async () => {
    expect((await call('POST /v1/labels', { body, groups: '[viewer]' })).status).toBe(403);
    const unknown = await call('POST /v1/labels', { body: { ...body, domain: 'none' } });
    expect([unknown.status, unknown.json.errors[0].at]).toEqual([422, '/domain']);
    const { status, json } = await call('POST /v1/labels', { body, sub: 'ann' });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      key: expect.stringMatching(/^labels\/finance\/[0-9a-f]{24}\/may.csv$/),
      method: 'PUT',
    });
    const other = await call('POST /v1/labels', { body, sub: 'bob' });
    expect(other.json.key).not.toBe(json.key);
    const sent = await fetch(json.url, { method: 'PUT', body: 'record_id,label\nT1,1\nT2,0\n,\n' });
    expect(sent.status).toBe(200);

    const place = { bucket: api.bucket, key: json.key, version: sent.headers.get('x-amz-version-id')! };
    const object = { ...place, id: dropId(place), domain: 'finance', bytes: 30 };
    const labels = new LabelsTable(localDocuments(), api.tables.drops, api.audit, Date.now);
    const store = api.artifacts;
    const domains = async () => ['finance'];
    const uploads = new UploadLog(localDocuments(), api.tables.drops, Date.now);
    await takeLabels(
      {
        labels,
        uploads,
        store,
        domains,
        data: store,
        keysOf: async () => null,
        deleteVersion: async () => {},
      },
      { ...object, receivedAt: '2026-03-01T00:00:00.000Z' },
    );

    const id = labelsId(object.id);
    const found = await call(`GET /v1/labels/${id}`, { groups: '[viewer]' });
    expect(found).toMatchObject({
      status: 200,
      json: {
        ...{ id, domain: 'finance', state: 'failed', by: 'ann', counts: null, fault_count: 1 },
        faults: [{ line: 4, column: 'record_id', detail: expect.any(String) }],
      },
    });
    expect((await call('GET /v1/labels?domain=finance')).json).toEqual({ items: [found.json], next: null });
    expect((await call('GET /v1/labels?domain=pharma')).json.items).toEqual([]);
    expect((await call('GET /v1/drops')).json.items).toEqual([]);
    expect((await call(`GET /v1/labels/l-${'0'.repeat(20)}`)).status).toBe(404);
  });
});
