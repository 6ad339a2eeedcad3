/** The log of a domain with what the function `extend-log` is given by its environment. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { extendLog } from '../../lib/audit/extend-log.ts';
import { lastCheckpoint } from '../../lib/audit/stored-log.ts';
import { dueDrops, logDeps } from '../../lib/services/stage-deps.ts';
import { verifyNote } from '../../lib/tlog/note-key.ts';
import { parseNote } from '../../lib/tlog/signed-note.ts';
import { clientSettings, dropTable, makeBucket, makeTable } from '../helpers/local-aws.ts';

let table: string;
beforeAll(async () => {
  table = await makeTable('Drops');
  const made = await new KMSClient(clientSettings()).send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }),
  );
  const environment = {
    ...{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ASSAY_DROPS_TABLE: table,
    ASSAY_AUDIT_BUCKET: await makeBucket({ lock: true }),
    ASSAY_AUDIT_RETENTION_DAYS: '1',
    ASSAY_AUDIT_RETENTION_MODE: 'GOVERNANCE',
    ASSAY_SIGNING_KEY: made.KeyMetadata!.KeyId!,
    ASSAY_LOG_NAME: 'assay-test.eu-central-1.000000000000',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}, 60_000);
afterAll(async () => {
  await dropTable(table);
  vi.unstubAllEnvs();
});

it('is named by the stack and the domain, and signed by the stack’s key', async () => {
  const sealedAt = '2026-03-01T00:00:00.000Z';
  await dueDrops().note({
    drop: 'd-1',
    domain: 'finance',
    entries: 3,
    head: 'f'.repeat(64),
    root: 'r',
    sealedAt,
  });
  const deps = logDeps();
  expect(await extendLog(deps, 'finance')).toEqual({ entries: 1, added: 1 });
  const { origin, note } = (await lastCheckpoint(deps.stored, 'finance'))!;
  expect(origin).toBe('assay-test.eu-central-1.000000000000/finance');
  const { key } = await deps.signer('finance');
  expect(verifyNote(parseNote(note, 'checkpoint'), [key]).valid).toHaveLength(1);
});
