/** A dossier of a stack: reviews, signatures and logs from tables and the bucket, checked as a folder. */
import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { verifyEntryProof } from '../../lib/audit/entry-proof.ts';
import { extendLog } from '../../lib/audit/extend-log.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { AttachmentTable } from '../../lib/aws/attachment-table.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { CaseTable } from '../../lib/aws/case-table.ts';
import { DueDrops } from '../../lib/aws/due-drops.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ModelTable } from '../../lib/aws/model-table.ts';
import { People } from '../../lib/aws/people.ts';
import { RetainedReader } from '../../lib/aws/retained-reader.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { verifyDossier } from '../../lib/dossier/verify-dossier.ts';
import { writeDossier } from '../../lib/dossier/write-dossier.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { sealOf } from '../../lib/drops/sealed-drop.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';
import type { ReviewDraft } from '../../lib/reviews/review.ts';
import { personalDataServices } from '../../lib/services/personal-data-source.ts';
import { readActs } from '../../lib/services/read-acts.ts';
import { type DossierStack, stackDossier } from '../../lib/services/stack-dossier.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';

const DROP = 'd-00000000000000000001';
const NOW = '2026-03-02T00:00:00.000Z';
const reading = (actor: string | null) => ({ actor, route: 'assay dossier', now: NOW });
const documents = localDocuments();
const made = { made_at: NOW, made_by: 'ann', version: '0.1.0' };
let folder: string;
let tables: { flags: string; drops: string; models: string };
let stack: DossierStack;
let reviews: ReviewTable;
let flags: FlagItem[];
let bucket: string;
const signer = secretKey('assay.example/finance', 'ed25519', Buffer.alloc(32, 9));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-stack-dossier-'));
  tables = {
    flags: await makeTable('Flags'),
    drops: await makeTable('Drops'),
    models: await makeTable('Models'),
  };
  bucket = await makeBucket();
  const store = new S3ObjectStore(localS3(), bucket);
  const chain = new AuditChain(documents, tables.drops);
  const models = new ModelTable(documents, tables.models, { artifacts: store, now: Date.now });
  const audit = new RetainedReader(localS3(), bucket, () => {});
  const table = new FlagTable(documents, tables.flags);
  reviews = new ReviewTable(documents, tables.flags, chain);
  stack = {
    deployed: {
      ...{ name: 'Assay-test', audit },
      acts: (domain) => readActs({ documents, table: tables.drops, audit, findings: [] }, domain),
    },
    learning: {
      ...{ flags: table, reviews, models, people: new People(documents, tables.drops) },
      cases: new CaseTable(documents, tables.flags),
      attachments: new AttachmentTable(documents, tables.flags, chain),
      personal: personalDataServices(models, chain, () => Date.parse(NOW)),
    },
  };
  const record = { transaction_id: 'T', customer_name: 'Jo Doe', amount: 9_850 };
  flags = [1, 2, 3].map((number) => flagOf(number, { entity: 'A1', record }));
  await table.putFlags(flags);
  await putLog(store, flags);
}, 120_000);
afterAll(async () => {
  await Promise.all(Object.values(tables).map(dropTable));
  await rm(folder, { recursive: true, force: true });
});

/** The log that the drop of these flags would have left. */
async function putLog(store: S3ObjectStore, own: readonly FlagItem[]): Promise<void> {
  let text = '';
  const log = new AuditLog((line) => {
    text += line;
  });
  const act = { actor: 'assay', subject: DROP };
  const files = [{ name: 'june.csv', sha256: hash('sha256', 'june') }];
  const started = {
    run: 'score',
    domain: 'finance',
    pack: hash('sha256', 'pack'),
    model: '5bbfb6241689',
    files,
  };
  log.append({ ...act, event: 'run_started', data: started });
  log.append({ ...act, event: 'rejected', data: { count: 0, sha256: hash('sha256', '') } });
  log.append({ ...act, event: 'scored', data: { count: own.length, sha256: hash('sha256', 'scored') } });
  for (const { flag, record_id, score, explanation } of own) {
    const data = { decision_id: flag, record_id, score, sha256: hash('sha256', explanation!) };
    log.append({ event: 'flagged', actor: 'assay', subject: record_id, data });
  }
  log.seal('assay', DROP, {});
  const seal = makeSeal({ head: log.head, entries: log.entries, sealed_at: NOW, by: 'assay', versions: {} });
  const key = dropKeys({ id: DROP, domain: 'finance' }).audit;
  await new DueDrops(documents, tables.drops).note(
    sealOf({ id: DROP, domain: 'finance' }, log, new Date(NOW)),
  );
  await store.writeText(`${key}/audit.jsonl`, text);
  await store.writeText(`${key}/seal.json`, seal);
}

const signed = (version: number): ReviewDraft => ({
  ...{ kind: 'open', version, verdict: 'true_positive', reason: 'Seen at the desk', note: null },
  signature: { name: 'Ann Lee', meaning: 'review', signedInAt: '2026-03-01T00:00:00.000Z' },
});

it('of a case holds its flags with reviews and signatures, masked, and proves itself by the logs', async () => {
  await reviews.review(flags[0]!.flag, signed(1), { by: 'ann', at: '2026-03-01T00:01:00.000Z' });
  const id = caseIdOf('finance', 'A1', flags[0]!.flag);
  const attachment = {
    ...{ id: 'a'.repeat(24), caseId: id, domain: 'finance', name: 'letter.pdf', bytes: 9 },
    type: 'pdf',
    ...{ sha256: hash('sha256', 'a letter'), by: 'ann', at: '2026-03-01T00:02:00.000Z' },
  } as const;
  expect(await stack.learning.attachments.add(attachment)).toBe(true);
  const content = await stackDossier(stack, { kind: 'case', id }, reading(null));
  const { caseId: _, domain: __, ...listed } = attachment;
  expect(content.dossier.case?.attachments).toEqual([{ ...listed, name: MASKED }]);
  expect(content.dossier).toMatchObject({ personal: 'masked', proof: 'logs', case: { id, status: 'open' } });
  expect(content.dossier.flags).toHaveLength(3);
  expect(content.dossier.flags.every(({ record }) => record.customer_name === MASKED)).toBe(true);
  const reviewed = content.dossier.flags.find(({ flag }) => flag === flags[0]!.flag)!;
  expect(reviewed.reviews).toMatchObject([
    { by: 'ann', verdict: 'true_positive', signature: { name: 'Ann Lee' }, signature_holds: true },
  ]);
  expect(reviewed.entries.map(({ event }) => event)).toEqual(['flagged', 'reviewed']);
  const out = join(folder, 'case');
  await writeDossier(out, content, made);
  expect(await readFile(join(out, 'dossier.json'), 'utf8')).not.toContain('Jo Doe');
  expect(await verifyDossier(out)).toMatchObject({ problems: [], proven: 3 });
});

/** As the function `extend-log` does it. */
async function signLog(): Promise<void> {
  const chain = new AuditChain(documents, tables.drops);
  await extendLog(
    {
      lines: (domain, from, max) => chain.lines(domain, from, max),
      takeDue: (domain) => new DueDrops(documents, tables.drops).take(domain, chain),
      stored: stack.deployed.audit,
      put: (Key, Body) => localS3().send(new PutObjectCommand({ Bucket: bucket, Key, Body })),
      signer: async () => signer,
    },
    'finance',
  );
}

it('has, once the log is signed, a proof of each flag and of the verdict on it, by the key of the log', async () => {
  const id = caseIdOf('finance', 'A1', flags[0]!.flag);
  const select = () => stackDossier(stack, { kind: 'case', id }, reading(null));
  const before = join(folder, 'unsigned');
  await writeDossier(before, await select(), made);
  expect(await verifyDossier(before, { logKeys: [signer.key] })).toMatchObject({ problems: [], proofs: 0 });
  await signLog();
  const out = join(folder, 'proofs');
  const { files } = await writeDossier(out, await select(), made);
  expect(await verifyDossier(out, { logKeys: [signer.key] })).toMatchObject({
    ...{ problems: [], proven: 3, proofs: 4, signedProofs: 4 },
  });
  expect(files).toBe(4 + (await readdir(join(out, 'acts'))).length + 1 + 4);
  const review = await readFile(join(out, `proofs/${flags[0]!.flag}-review.tlog-proof`), 'utf8');
  expect(verifyEntryProof(review, [signer.key], 'review').entry).toMatchObject({
    ...{ event: 'reviewed', actor: 'ann', data: { verdict: 'true_positive' } },
  });
  const flag = verifyEntryProof(
    await readFile(join(out, `proofs/${flags[1]!.flag}.tlog-proof`), 'utf8'),
    [signer.key],
    'flag',
  );
  expect([flag.drop, flag.entry.event, flag.problems]).toEqual([DROP, 'flagged', []]);
  const other = secretKey('assay.example/finance', 'ed25519', Buffer.alloc(32, 8));
  const { problems, signedProofs } = await verifyDossier(out, { logKeys: [other.key] });
  expect([problems.length, signedProofs]).toEqual([4, 0]);
});

it('shows personal data to who asks, and writes that to the log first', async () => {
  const content = await stackDossier(stack, { kind: 'flag', id: flags[0]!.flag }, reading('ann'));
  expect(content.dossier.flags[0]!.record.customer_name).toBe('Jo Doe');
  const { live } = await stack.deployed.acts('finance');
  const last = Buffer.from(live!.lines).toString('utf8').trimEnd().split('\n').at(-1)!;
  expect(JSON.parse(last)).toMatchObject({
    ...{ event: 'pii_read', actor: 'ann' },
    data: { route: 'assay dossier', decisions: [flags[0]!.flag] },
  });
});

it('of a time ends before its end, and says where there is nothing', async () => {
  const time = flags[1]!.time!;
  const period = { kind: 'period', domain: 'finance', until: time } as const;
  const { dossier } = await stackDossier(stack, period, reading(null));
  expect(dossier.flags.map(({ flag }) => flag)).toEqual([flags[0]!.flag]);
  await expect(
    stackDossier(stack, { ...period, until: '2020-01-01T00:00:00.000Z' }, reading(null)),
  ).rejects.toThrow('has no flag of that time');
  await expect(stackDossier(stack, { kind: 'flag', id: 'f' }, reading(null))).rejects.toThrow(
    'has no flag f',
  );
});

it('finds a signature of a record that was changed since', async () => {
  const [first] = flags;
  await documents.send(
    new UpdateCommand({
      TableName: tables.flags,
      Key: { flag: first!.flag, item: 'flag' },
      UpdateExpression: 'SET #record = :record',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':record': first!.record!.replace('9850', '1') },
    }),
  );
  const content = await stackDossier(stack, { kind: 'flag', id: first!.flag }, reading('ann'));
  expect(content.dossier.flags[0]!.reviews[0]!.signature_holds).toBe(false);
  const out = join(folder, 'changed');
  await writeDossier(out, content, made);
  const { problems } = await verifyDossier(out);
  expect(problems.map(({ kind }) => kind)).toEqual(['forged']);
});
