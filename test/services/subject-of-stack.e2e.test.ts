/** What the command line exports of a subject from the buckets and tables of a stack, as a real drop leaves them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AttachmentTable } from '../../lib/aws/attachment-table.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { storeRun } from '../../lib/drops/store-run.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { openRunFolder } from '../../lib/scoring/run-folder.ts';
import type { SubjectExport } from '../../lib/subjects/subject-export.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { makeBus, makeWaitingMachine } from '../helpers/local-events.ts';
import { makeStack } from '../helpers/local-stack.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
/** One of several records. */
const subject = 'AC000381';
let folder: string;
let tables: { Flags: string; Drops: string; Models: string };
let stack: string;
let lines: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-subject-'));
  tables = {
    Flags: await makeTable('Flags'),
    Drops: await makeTable('Drops'),
    Models: await makeTable('Models'),
  };
  const [bucket, bus, machine] = [await makeBucket(), await makeBus(), await makeWaitingMachine()];
  const outputs = {
    ...{ DropsBucket: bucket, DataBucket: bucket, AuditBucket: bucket, ArtifactsBucket: bucket },
    ...{ FlagsTable: tables.Flags, DropsTable: tables.Drops, ModelsTable: tables.Models },
    ...{ DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none', DropMachineArn: machine.arn },
    ...{ RetrainMachineArn: machine.arn, EventBus: bus.name },
  };
  stack = await makeStack(outputs);
  const environment = {
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  await putDrop(bucket);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(Object.values(tables).map(dropTable));
  await rm(folder, { recursive: true, force: true });
});

/** A drop that is done, as the stages leave it. */
async function putDrop(bucket: string): Promise<void> {
  const [header, ...all] = (await readFile(join(samples, 'finance', 'new.csv'), 'utf8')).split('\n');
  lines = all.slice(0, 900);
  const file = join(folder, 'new.csv');
  await writeFile(file, `${[header, ...lines].join('\n')}\n`);
  const out = join(folder, 'run');
  const argv = ['score', '--domain', 'finance', '--data', file, '--out', out, '--quiet'];
  expect((await runAssayHere(...argv)).code).toBe(0);
  const data = new S3ObjectStore(localS3(), bucket);
  const drop: DropRef = {
    ...{ id: `d-${'1'.repeat(20)}`, domain: 'finance', bucket, key: 'drops/finance/new.csv', version: 'v' },
    ...{ bytes: 1, receivedAt: '2026-03-01T10:00:00Z' },
  };
  const model = (await championFolder('finance')).split('/').at(-1)!;
  const retain = (key: string, path: string) => data.upload(path, key);
  await storeRun({ data, retain }, await openRunFolder(out), { drop, model, past: [] });
  const status = new DropTable(localDocuments(), tables.Drops, Date.now);
  await status.receive(drop, 1, 'ann');
  const summary = { received: 900, scored: 900, rejected: 0, flagged: 1, unexplained: 0 };
  await status.done(drop.id, summary, dropKeys(drop).results);
}

test('records, decisions, flags, reviews and acts of the subject are exported, and the export is an act that does not name it', async () => {
  const flags = new FlagTable(localDocuments(), tables.Flags);
  const audit = new AuditChain(localDocuments(), tables.Drops);
  const own = flagOf(1, { entity: subject });
  await flags.putFlags([own, flagOf(2, { entity: 'AC000412' })]);
  const verdict = { verdict: 'false_positive', reason: 'Known customer', note: null } as const;
  const reviewer = { by: 'ann', at: '2026-03-02T00:00:00.000Z' };
  await new ReviewTable(localDocuments(), tables.Flags, audit).review(
    own.flag,
    { kind: 'open', version: 1, ...verdict },
    reviewer,
  );

  const attached = { id: 'a'.repeat(24), caseId: caseIdOf('finance', subject, ''), domain: 'finance' };
  const file = { name: 'id.pdf', type: 'pdf', bytes: 9, sha256: '0'.repeat(64) } as const;
  await new AttachmentTable(localDocuments(), tables.Flags, audit).add({ ...attached, ...file, ...reviewer });

  const run = (basis: string, out: string) => {
    const argv = ['subject', subject, '--domain', 'finance', '--basis', basis, '--as', 'ann', '--quiet'];
    return runAssayHere(...argv, '--out', out, '--stack', stack);
  };
  const read = async (name: string): Promise<SubjectExport> => {
    const out = join(folder, name);
    expect(await run('request 7', out)).toMatchObject({ code: 0 });
    return JSON.parse(await readFile(join(out, 'subject.json'), 'utf8')) as SubjectExport;
  };
  expect(await run(`asked by ${subject.toLowerCase()}`, join(folder, 'refused'))).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining('--basis names the subject') },
  });
  const { found, sources } = await read('first');
  const records = lines.filter((line) => line.split(',')[2] === subject).map((line) => line.split(',')[0]);
  expect(records.length).toBeGreaterThan(1);
  expect(found.records!.map(({ record_id }) => record_id)).toEqual(records);
  expect(found.decisions!.map(({ record_id }) => record_id)).toEqual(records);
  expect(found.log!.length).toBe(found.explanations!.length);
  expect(sources).toMatchObject([{ drop: `d-${'1'.repeat(20)}`, file: 'drops/finance/new.csv', by: 'ann' }]);
  expect(found.flags).toMatchObject([{ flag: own.flag, entity: subject, status: 'false_positive' }]);
  expect(found.cases).toMatchObject([{ entity: subject }]);
  expect(found.reviews).toMatchObject([
    { flag: own.flag, verdict: 'false_positive', reason: 'Known customer' },
  ]);
  expect(found.attachments).toMatchObject([file]);
  expect(found.case_acts).toHaveLength(1);
  expect(JSON.stringify(found)).not.toContain('"salt"');
  expect(found.acts).toMatchObject([{ event: 'reviewed' }, { event: 'attached' }]);

  const again = await read('second');
  expect(again.found.acts).toMatchObject([
    { event: 'reviewed' },
    { event: 'attached' },
    { event: 'subject_exported', actor: 'ann', subject: found.cases![0]!.id, data: { basis: 'request 7' } },
  ]);
  const text = (await audit.lines('finance')).map(({ line }) => line).join('\n');
  expect(text).toContain('"records":');
  expect(text).not.toContain(subject);
});
