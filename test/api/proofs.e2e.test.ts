/** Proofs by the API: of a flag, a review and a model, checked by the public key alone. */
import { beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { verifyEntryProof } from '../../lib/audit/entry-proof.ts';
import { extendLog, type LogDeps } from '../../lib/audit/extend-log.ts';
import { DueDrops } from '../../lib/aws/due-drops.ts';
import { RetainedReader } from '../../lib/aws/retained-reader.ts';
import { RetainedStore } from '../../lib/aws/retained-store.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import { sealOf } from '../../lib/drops/sealed-drop.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments, localS3 } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';

const { key, sign } = secretKey('assay-test/finance', 'ed25519', new Uint8Array(32).fill(7));
const flag = flagOf(1, { drop: `d-${'1'.repeat(20)}` });
const record = flag.record_id;
const at = '2026-03-01T00:00:00.000Z';
const model = 'a'.repeat(12);
/** Given one verdict. */
const together = Array.from({ length: 100 }, (_, n) => flagOf(10 + n, { entity: 'E1' }));

useLocalApi();
beforeAll(async () => {
  await api.flags.putFlags([flag]);
  const lines: string[] = [];
  const log = new AuditLog((text) => void lines.push(text));
  const data = { decision_id: flag.flag, record_id: record, score: 0.9, sha256: 'a'.repeat(64) };
  log.append({ event: 'flagged', actor: 'assay', subject: record, data });
  log.seal('assay', 'run', {});
  await store().putRetained(`finance/${flag.drop}/audit.jsonl`, Buffer.from(lines.join('')));
  await new DueDrops(localDocuments(), api.tables.drops).note(
    sealOf({ id: flag.drop, domain: 'finance' }, log, new Date(at)),
  );
  for (const event of ['proposed', 'promoted'] as const)
    await api.audit.append('finance', {
      event,
      actor: 'ana',
      subject: model,
      at,
      data: { model, dataset: 'd', from: null },
    });
  const reviews = { [flag.flag]: 'false_positive', ['e'.repeat(32)]: 'true_positive' };
  for (const [decision_id, verdict] of Object.entries(reviews)) {
    const data = { decision_id, verdict };
    await api.audit.append('finance', { event: 'reviewed', actor: 'ana', subject: record, at, data });
  }
  await api.flags.putFlags(together);
  const reviewed = await api.reviews.reviewFlags({
    flags: together.map((one) => ({ id: one.flag, version: 1 })),
    draft: { verdict: 'true_positive', reason: 'Not explained', note: null },
    reviewer: { by: 'ana', at },
    ...{ terms: { fourEyes: null }, caseId: caseIdOf('finance', 'E1', '') },
  });
  expect(reviewed.reviews).toHaveLength(100);
  const blind = { decision_id: together[0]!.flag, verdict: 'false_positive', kind: 'blind' };
  const second = { actor: 'ben', subject: together[0]!.record_id, at, data: blind };
  await api.audit.append('finance', { event: 'reviewed', ...second });
});

const store = () =>
  new RetainedStore(
    localS3(),
    api.bucket,
    { mode: 'GOVERNANCE', days: 1 },
    { now: Date.now, onFinding: () => {} },
  );

function deps(): LogDeps {
  const due = new DueDrops(localDocuments(), api.tables.drops);
  return {
    lines: (domain, from, max) => api.audit.lines(domain, from, max),
    takeDue: (domain) => due.take(domain, api.audit),
    stored: new RetainedReader(localS3(), api.bucket, () => {}),
    put: (key, bytes) => store().putRetained(key, bytes),
    signer: async () => ({ key, sign }),
  };
}

const get = (path: string, groups = '[viewer:finance]') => call(`GET ${path}`, { groups, sub: 'ann' });
const proven = async (path: string, maxBytes = 4_096) => {
  const { status, json } = await get(path);
  expect([status, json]).toEqual([200, { proof: expect.any(String) }]);
  const proof = String(json.proof);
  expect(Buffer.byteLength(proof)).toBeLessThanOrEqual(maxBytes);
  return verifyEntryProof(proof, [key], 'proof');
};

describe('a proof by the API', () => {
  it('is not there before a checkpoint was signed, and the answer says so', async () => {
    const { status, json } = await get(`/v1/flags/${flag.flag}/proof`);
    expect([status, json.detail]).toEqual([
      404,
      'The log of finance has no checkpoint yet: one is signed every five minutes.',
    ]);
  });

  it('shows the flag in the log of its drop, its own last review, a model and its promotion, by the key alone', async () => {
    await extendLog(deps(), 'finance');
    expect(await proven(`/v1/flags/${flag.flag}/proof`)).toMatchObject({
      ...{ problems: [], drop: flag.drop, entry: { event: 'flagged', subject: record } },
    });
    expect(await proven(`/v1/flags/${flag.flag}/proof?of=review`)).toMatchObject({
      ...{ problems: [], entry: { event: 'reviewed', data: { verdict: 'false_positive' } } },
    });
    for (const one of [together[0]!, together[99]!])
      expect(await proven(`/v1/flags/${one.flag}/proof?of=review`, 32_768)).toMatchObject({
        ...{ problems: [], entry: { event: 'case_reviewed', data: { verdict: 'true_positive' } } },
      });
    const of = `/v1/models/finance/${model}/proof`;
    expect(await proven(of)).toMatchObject({ problems: [], entry: { event: 'promoted', subject: model } });
    expect(await proven(`${of}?event=proposed`)).toMatchObject({
      problems: [],
      entry: { event: 'proposed' },
    });
    const none = await get(`${of}?event=rolled_back`);
    expect([none.status, none.json.detail]).toEqual([
      404,
      `The log of finance has no rolled_back of ${model}; it has proposed, promoted.`,
    ]);
  });

  it('is for the domain of the flag, and is not forged by another one’s path', async () => {
    expect((await get(`/v1/flags/${flag.flag}/proof`, '[viewer:pharma]')).status).toBe(404);
    expect((await get(`/v1/models/pharma/${model}/proof`, '[viewer:finance]')).status).toBe(403);
    const other = await get(`/v1/models/pharma/${model}/proof`, '[viewer]');
    expect([other.status, other.json.detail]).toEqual([404, expect.stringContaining('no checkpoint yet')]);
  });
});
