/** A stage that takes signed models only, over the API and on the command line. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { formatModelKeys, MODEL_KEY_CURVE } from '../../lib/models/model-key.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { proposeModel } from '../../lib/registry/registry-approval.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { makeStack } from '../helpers/local-stack.ts';
import { api, call, useLocalApi } from './local-api.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: MODEL_KEY_CURVE });
const keys = formatModelKeys([publicKey.export({ type: 'spki', format: 'pem' }).toString()]);
const versions = { byApi: 'a'.repeat(12), byCommand: 'b'.repeat(12) };
let folder: string;
let stack: string;

vi.stubEnv('ASSAY_MODEL_KEYS', keys);
useLocalApi();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-signed-'));
  await writeFile(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  stack = await makeStack({
    ...{ DropsBucket: api.bucket, DataBucket: api.bucket, AuditBucket: api.bucket },
    ...{ ArtifactsBucket: api.bucket, FlagsTable: api.tables.flags, DropsTable: api.tables.drops },
    ...{ ModelsTable: api.tables.models, DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none' },
    ...{ DropMachineArn: api.machine.arn, RetrainMachineArn: api.machine.arn, EventBus: api.bus.name },
    ModelKeys: keys,
  });
  const shipped = await championFolder('finance');
  for (const version of Object.values(versions)) {
    for (const file of ['model.onnx', 'card.json'])
      await api.artifacts.upload(join(shipped, file), `models/finance/${version}/${file}`);
    const before = await api.registry.read('finance');
    const metrics = { rocAuc: 0.9, prAuc: 0.5, precision: 0.6, recall: 0.7, threshold: 0.4 };
    const proposal = { version, dataset: 'd', metrics, retraining: `r-${version}`, startedBy: 'ann' };
    const act = { by: 'assay', at: '2026-03-01T00:00:00.000Z' };
    const proposed = proposeModel(before, { ...proposal, expiresAt: '2999-01-01T00:00:00.000Z' }, act);
    if (!proposed.done) throw new Error(proposed.refusal.message);
    expect(await api.registry.write('finance', before, proposed)).toBe(true);
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const assay = (...argv: string[]) => runAssayHere(...argv, '--domain', 'finance', '--stack', stack);
const why = ['--reason', 'Looked at it', '--as', 'eve'];

it('over the API an unsigned model is shown and can be stopped, and is not approved', async () => {
  const path = `/v1/models/finance/${versions.byApi}`;
  const spec = { groups: '[approver]', body: { decision: 'approve', reason: 'Looked at it' } };
  const approve = (sub: string) => call(`POST ${path}/approvals`, { ...spec, sub });
  expect((await call(`GET ${path}`)).json).toMatchObject({ version: versions.byApi, domain: 'finance' });
  const refused = await approve('ben');
  expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining('model.sig: missing')]);
  const stop = { domain: 'finance', model: versions.byApi, reason: 'Not signed' };
  expect((await call('POST /v1/stops', { groups: '[admin]', body: stop })).status).toBe(201);
  await assay('models', 'sign', versions.byApi, '--sign-key', join(folder, 'key.pem'));
  expect((await approve('ben')).status).toBe(201);
});

it('on the command line an unsigned model is shown and can be stopped, and is not approved', async () => {
  const approve = () => assay('models', 'approve', versions.byCommand, ...why);
  expect((await assay('models', 'show', versions.byCommand)).code).toBe(0);
  const refused = await approve();
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('model.sig: missing')]);
  expect((await assay('stop', '--model', versions.byCommand, ...why)).code).toBe(0);
  await assay('models', 'sign', versions.byCommand, '--sign-key', join(folder, 'key.pem'));
  expect(await approve()).toMatchObject({ code: 0, stderr: '' });
});
