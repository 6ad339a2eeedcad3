/** What the function `export` keeps from one export to the next: nothing. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, expect, test, vi } from 'vitest';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { exportDeps } from '../../lib/services/export-function.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test('what was found in the bucket of logs stands in the dossier that it was found for, and in no other', async () => {
  for (const name of ['DROPS', 'DATA', 'AUDIT', 'ARTIFACTS']) vi.stubEnv(`ASSAY_${name}_BUCKET`, 'bucket');
  for (const name of ['FLAGS', 'DROPS', 'MODELS', 'SUBJECTS']) vi.stubEnv(`ASSAY_${name}_TABLE`, 'table');
  vi.stubEnv('ASSAY_STAGE', 'test');
  vi.stubEnv('ASSAY_SUBJECTS_KEY', 'key');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  const LastModified = new Date(0);
  const Versions = ['b', 'a'].map((VersionId) => ({ Key: 'finance/d/seal.json', VersionId, LastModified }));
  // The service would answer so; of the acts of a domain there are none.
  vi.spyOn(s3Client(), 'send').mockImplementation(async ({ input }: { input: object }) => ({
    Versions: 'Prefix' in input && input.Prefix === 'finance/d/seal.json' ? Versions : [],
  }));
  vi.spyOn(documentClient() as Pick<DynamoDBDocumentClient, 'send'>, 'send').mockImplementation(
    async () => ({}),
  );
  const [first, second] = [exportDeps(), exportDeps()];
  const { audit, acts } = first.dossiers.deployed;
  await audit.firstVersion('finance/d/seal.json');
  expect((await acts('finance')).findings).toMatchObject([{ key: 'finance/d/seal.json' }]);
  expect((await second.dossiers.deployed.acts('finance')).findings).toEqual([]);
});
