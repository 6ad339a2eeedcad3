import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectVersionsCommand, type ObjectVersion } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { LabelsTable } from '../../lib/aws/labels-table.ts';
import { MetricsTable } from '../../lib/aws/metrics-table.ts';
import { RegistryTable } from '../../lib/aws/registry-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { UploadLog } from '../../lib/aws/upload-log.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import { loadModel } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import type { Measured } from '../../lib/monitoring/measured.ts';
import { proposeModel } from '../../lib/registry/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/registry/registry-promotion.ts';
import type { ModelRegistry, Transition } from '../../lib/registry/registry-state.ts';
import { labelsId } from '../../lib/reviews/labels-status.ts';
import { takeLabels } from '../../lib/services/take-labels.ts';
import { runAssay, runAssayHere } from '../helpers/command-line.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { type LocalBus, makeBus, makeWaitingMachine } from '../helpers/local-events.ts';
import { makeStack } from '../helpers/local-stack.ts';
import { pointOf } from '../helpers/monitoring.ts';

/** The command line against what its stack's outputs name: in this process, but once. */
let stack: string;
let tables: { Flags: string; Drops: string; Models: string };
let bus: LocalBus;
let registry: RegistryTable;
let reviews: ReviewTable;
let labels: LabelsTable;
let bucket: string;

beforeAll(async () => {
  tables = {
    Flags: await makeTable('Flags'),
    Drops: await makeTable('Drops'),
    Models: await makeTable('Models'),
  };
  bus = await makeBus();
  const machine = await makeWaitingMachine();
  bucket = await makeBucket();
  stack = await makeStack({
    ...{ DropsBucket: bucket, DataBucket: bucket, AuditBucket: bucket, ArtifactsBucket: bucket },
    ...{ FlagsTable: tables.Flags, DropsTable: tables.Drops, ModelsTable: tables.Models },
    ...{ DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none', DropMachineArn: machine.arn },
    ...{ RetrainMachineArn: machine.arn, EventBus: bus.name },
  });
  const audit = new AuditChain(localDocuments(), tables.Drops);
  registry = new RegistryTable(localDocuments(), tables.Models, audit);
  reviews = new ReviewTable(localDocuments(), tables.Flags, audit);
  labels = new LabelsTable(localDocuments(), tables.Drops, audit, Date.now);
  const environment = {
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(Object.values(tables).map(dropTable));
});

const assay = (...argv: string[]) => runAssayHere(...argv, '--stack', stack);

async function carryOut(step: (registry: ModelRegistry) => Transition): Promise<void> {
  const before = await registry.read('finance');
  const transition = step(before);
  if (!transition.done) throw new Error(transition.refusal.message);
  expect(await registry.write('finance', before, transition)).toBe(true);
}

describe('assay review', () => {
  it('reviews a flag as it stands, and not one that has changed since', async () => {
    const flag = flagOf(1);
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    const asked = ['review', flag.flag, '--verdict', 'false_positive', '--reason', 'A salary'];
    const review = (...more: string[]) => assay(...asked, ...more);
    expect(await runAssay(...asked, '--as', 'ann', '--stack', stack)).toEqual({
      ...{ code: 0, stderr: '', stdout: `${flag.flag}  false positive (version 2)\n` },
    });
    expect((await bus.heard(2)).map(({ type }) => type)).toEqual(['ReviewMade', 'CaseChanged']);
    const stale = await review('--seen', '1');
    expect([stale.code, stale.stderr]).toEqual([
      1,
      expect.stringMatching(/looked at version 1, it is at version 2/),
    ]);
    const { stdout } = await review('--json');
    expect(JSON.parse(stdout)).toEqual({ flag: flag.flag, status: 'false_positive', version: 3 });
    const none = await assay('review', '0'.repeat(32), '--verdict', 'true_positive', '--reason', 'None');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('has no flag')]);
    const bare = await assay('review', flag.flag, '--verdict', 'true_positive');
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('--reason')]);
  });

  it('takes a listed reason by its code, and counts verdicts by rule and reason', async () => {
    const flag = flagOf(77, { entity: 'A-coded', severity: 'high' });
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    const review = (code: string) =>
      assay('review', flag.flag, '--verdict', 'false_positive', '--reason-code', code);
    expect(await review('structuring')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not listed for false_positive; expected usual_for_customer/),
    });
    expect((await review('known_counterparty')).code).toBe(0);
    const { stdout } = await assay('reviews', '--domain', 'finance', '--json');
    expect(JSON.parse(stdout).rules).toContainEqual({
      rule: 'rule-high',
      counts: { true_positive: 0, false_positive: 1, inconclusive: 0 },
      reasons: [{ reasonCode: 'known_counterparty', count: 1 }],
    });
    expect((await assay('reviews', '--domain', 'finance')).stdout).toMatch(
      /rule-high +0 +1 +0 +known_counterparty \(1\)/,
    );
  });

  it('says where to sign where verdicts are signed, and finds a signature that was moved to another record', async () => {
    const [one, other] = [4901, 4902].map((n) =>
      flagOf(n, { domain: 'pharma', entity: `B${n}`, severity: 'high' }),
    );
    const table = new FlagTable(localDocuments(), tables.Flags);
    await table.putFlags([one!, other!]);
    const context = ['case', 'context', caseIdOf('pharma', one!.entity, one!.flag)];
    expect(JSON.parse((await assay(...context, '--json')).stdout)).toMatchObject({
      flag: one!.flag,
      timeline: { items: [{ status: 'open' }] },
    });
    expect((await assay(...context)).stdout).toMatch(/smallest change: not known\ntimeline \(1\)/);
    const refused = await assay('review', one!.flag, '--verdict', 'inconclusive', '--reason', 'A test');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/signed by a fresh sign-in.*signature/),
    ]);
    const audit = new AuditChain(localDocuments(), tables.Drops);
    const at = new Date().toISOString();
    await new ReviewTable(localDocuments(), tables.Flags, audit).review(
      one!.flag,
      {
        ...{ kind: 'open', version: 1, verdict: 'true_positive', reason: 'A test', note: null },
        signature: { name: 'Ann Lee', meaning: 'review', signedInAt: at },
      },
      { by: 'ann', at },
    );
    const check = () => assay('audit', 'signatures', '--domain', 'pharma');
    expect(await check()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 signature, each of its verdict'),
    });
    expect((await assay('flag', one!.flag)).stdout).toMatch(/signed by Ann Lee, .* as review; [0-9a-f]{64}/);
    const exported = await assay('flags', '--domain', 'pharma', '--json', '--reviews');
    expect(JSON.parse(exported.stdout).items).toContainEqual(
      expect.objectContaining({
        flag: one!.flag,
        reviews: [
          expect.objectContaining({
            ...{ place: 1, verdict: 'true_positive', by: 'ann', at, withdrawn_at: null },
            signature: {
              ...{ name: 'Ann Lee', meaning: 'review', signed_in_at: at },
              hash: expect.stringMatching(/^[0-9a-f]{64}$/),
            },
          }),
        ],
      }),
    );
    const Key = { flag: one!.flag, item: 'flag' };
    await localDocuments().send(
      new UpdateCommand({
        ...{ TableName: tables.Flags, Key, UpdateExpression: 'SET #record = :other' },
        ...{
          ExpressionAttributeNames: { '#record': 'record' },
          ExpressionAttributeValues: { ':other': '{}' },
        },
      }),
    );
    expect(await check()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`flag ${one!.flag}, review 1: not this record: .*Ann Lee`)),
    });
  });
});

describe('personal data on the command line', () => {
  const NAME = 'Jane Doe';
  const record = { transaction_id: 'T501', customer_name: NAME };
  const flag = { ...flagOf(501, { domain: 'finance' }), record: JSON.stringify(record) };
  const reads = async () => {
    const lines = await new AuditChain(localDocuments(), tables.Drops).lines('finance');
    return lines
      .map(({ line }) => JSON.parse(line) as { event: string; actor: string; data: { route: string } })
      .filter(({ event }) => event === 'pii_read')
      .map(({ actor, data }) => [actor.split(':')[0], data.route]);
  };

  it('is masked unless it is asked for, and each such read is in the log of acts', async () => {
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    await reviews.putBlind([
      {
        ...{ item: 'e'.repeat(32), domain: 'finance', decision: 'f'.repeat(32), recordId: 'T501' },
        ...{ chance: 0.02, record, drop: 'd-1', why: 'below_the_line', model: 'a'.repeat(12) },
        queuedAt: '2026-03-02T00:00:00.000Z',
      },
    ]);
    const commands = [
      ['flag', flag.flag],
      ['flag', flag.flag, '--json'],
      ['flags', '--domain', 'finance', '--json'],
      ['blind', '--domain', 'finance'],
      ['blind', '--domain', 'finance', '--json'],
    ];
    for (const argv of commands) {
      const { code, stdout } = await assay(...argv);
      expect([argv, code, stdout.includes(NAME)]).toEqual([argv, 0, false]);
    }
    expect(await reads()).toEqual([]);
    const shown = await assay('flag', flag.flag, '--show-personal');
    const blind = await assay('blind', '--domain', 'finance', '--show-personal', '--as', 'ann');
    for (const { stdout } of [shown, blind]) expect(stdout).toContain(NAME);
    expect(await reads()).toEqual([
      ['arn', 'assay flag'],
      ['ann', 'assay blind list'],
    ]);
    expect(
      (await assay('blind', 'review', 'e'.repeat(32), '--verdict', 'inconclusive', '--reason', 'A test'))
        .code,
    ).toBe(0);
    await bus.heard(1);
  });
});

describe('assay blind', () => {
  const [item, decision] = ['b'.repeat(32), 'd'.repeat(32)];
  const verdict = ['--verdict', 'false_positive', '--reason', 'A salary'];

  it('shows a record alone, takes a verdict, and shows it to no one again', async () => {
    const record = { transaction_id: 'T77', amount: 12.5, note: null, text: 'a\u0007b' };
    const queuedAt = '2026-03-01T00:00:00.000Z';
    await reviews.putBlind([
      {
        ...{ item, domain: 'finance', decision, recordId: 'T77', chance: 0.02, record, drop: 'd-1' },
        ...{ why: 'below_the_line', model: 'a'.repeat(12), queuedAt },
      },
    ]);
    const listed = await assay('blind', '--domain', 'finance', '--as', 'ann');
    expect(listed.stdout.split('\n')).toEqual([
      `${item}  waits since 2026-03-01 00:00:00 UTC`,
      '  transaction_id T77',
      '  amount         12.5',
      '  note           –',
      '  text           a\ufffdb',
      '',
    ]);
    const { stdout } = await assay('blind', 'list', '--domain', 'finance', '--json');
    expect(JSON.parse(stdout)).toEqual({
      items: [{ id: item, domain: 'finance', record, queued_at: queuedAt }],
      more: false,
    });
    const made = await assay('blind', 'review', item, ...verdict, '--as', 'ann');
    expect([made.code, made.stdout]).toEqual([0, `${item}  false positive\n`]);
    // Beside it may come what the reviews above published, which no one has listened to.
    const heard: unknown[] = [];
    const listen = async () => {
      heard.push(...(await bus.heard(1)).map(({ detail }) => [detail.flag, detail.kind]));
      return heard;
    };
    await expect.poll(listen, { timeout: 20_000 }).toContainEqual([item, 'blind']);
    const gone = await assay('blind', '--domain', 'finance', '--as', 'ben');
    expect(gone.stdout).toBe('no record waits for a blind review by you\n');
    const none = await assay('blind', 'review', '0'.repeat(32), ...verdict);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('up for blind review')]);
  });

  it('gives no second opinion to anyone who gave the first', async () => {
    const flag = flagOf(2, { domain: 'finance' });
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    await assay('review', flag.flag, ...verdict, '--as', 'ann');
    const second = 'c'.repeat(32);
    await reviews.putBlind([
      {
        ...{ item: second, domain: 'finance', decision: flag.flag, recordId: 'T2', chance: 1, record: {} },
        ...{
          why: 'second_opinion',
          drop: 'd-1',
          model: 'a'.repeat(12),
          queuedAt: '2026-03-02T00:00:00.000Z',
        },
      },
    ]);
    expect((await assay('blind', '--domain', 'finance', '--as', 'ann')).stdout).not.toContain(second);
    expect((await assay('blind', '--domain', 'finance', '--as', 'ben')).stdout).toContain(second);
    const own = await assay('blind', 'review', second, ...verdict, '--as', 'ann');
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining('has reviewed this record before')]);
    expect((await assay('blind', 'review', second, ...verdict, '--as', 'ben')).code).toBe(0);
  });
});

describe('assay labels', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-labels-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What the function `receive` does with a file that the bucket announces. */
  async function receive(id: string, name: string) {
    const { Versions = [] } = await localS3().send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'labels/finance/' }),
    );
    const sent = Versions.find(({ Key }) => Key?.endsWith(`/${name}`));
    const { Key: key = '', VersionId: version = '', Size: bytes = 0 } = sent as ObjectVersion;
    const drop = dropId({ bucket, key, version });
    expect(labelsId(drop)).toBe(id);
    const object = { id: drop, domain: 'finance', bucket, key, version, bytes };
    const store = new S3ObjectStore(localS3(), bucket);
    const domains = async () => ['finance'];
    const uploads = new UploadLog(localDocuments(), tables.Drops, Date.now);
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
  }

  async function send(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    const sent = await assay('labels', path, '--domain', 'finance', '--as', 'ann', '--json');
    expect(sent.code).toBe(0);
    return JSON.parse(sent.stdout).id;
  }

  it('sends a file, says how many labels were taken, and lists it with who sent it', async () => {
    const id = await send('may.csv', 'record_id,label\nT1,1\nT2,0\n');
    const early = await assay('labels', id);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining(`no labels file ${id}`)]);
    await receive(id, 'may.csv');
    for (const more of [[], ['--follow']]) {
      expect((await assay('labels', id, ...more)).stdout).toBe(
        `${id}  may.csv: 2 labels taken, 1 positive and 1 negative\n`,
      );
    }
    const listed = await assay('labels', '--domain', 'finance');
    expect(listed.stdout).toMatch(
      new RegExp(`${id} +finance +done +2026-03-01 00:00:00 +2 +1 +ann +may.csv`),
    );
  });

  it('says everything that is wrong with a file, by line and column, and exits with 1', async () => {
    const id = await send('wrong.csv', 'record_id,label\nT1,perhaps\n,1\n');
    await receive(id, 'wrong.csv');
    const { code, stdout, stderr } = await assay('labels', id);
    expect(stdout.split('\n')).toEqual([
      `${id}  wrong.csv: refused as a whole, for 2 faults:`,
      '  line 2: label: expected 1, 0, or nothing where it is not known, found "perhaps"',
      '  line 3: record_id: expected the id of a record, found none',
      '',
    ]);
    expect([code, stderr]).toEqual([1, `assay: refused: ${id}\n`]);
  });

  it('asks for a domain, and for one that has a model', async () => {
    const path = join(folder, 'may.csv');
    await writeFile(path, 'record_id,label\n');
    const bare = await assay('labels', path);
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('--domain')]);
    const wrong = await assay('labels', path, '--domain', 'financ');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('did you mean "finance"')]);
  });
});

describe('assay metrics', () => {
  it('shows the last figures with their intervals and how they went, and draws them as a page', async () => {
    const none = await assay('metrics', '--domain', 'pharma');
    expect([none.code, none.stdout]).toEqual([0, expect.stringContaining('no figures of pharma')]);
    const { card } = await loadModel(await championFolder('pharma'));
    const table = new MetricsTable(localDocuments(), tables.Models);
    const fallen: Measured = { value: 0.1, low: 0.05, high: 0.15, n: 900 };
    for (const [day, recall] of [
      ['2026-03-01', { not_enough_data: true, n: 3, needed: 20 }],
      ['2026-03-02', { value: 0.9, low: 0.8, high: 0.95, n: 900 }],
      ['2026-03-03', fallen],
    ] as const) {
      const point = pointOf('pharma', card.version, day);
      await table.put({ ...point, figures: { ...point.figures, recall } });
    }
    const days = ['--domain', 'pharma', '--from', '2026-02-01', '--to', '2026-03-31'];
    const out = join(await mkdtemp(join(tmpdir(), 'assay-metrics-')), 'page.html');
    const { code, stdout } = await assay('metrics', ...days, '--out', out);
    expect(code).toBe(0);
    expect(stdout).toContain(`${card.version}  decides; 2026-03-03, over 30 days; 3 flags wait`);
    expect(stdout).toMatch(/^Recall +10\.0% \[5\.0%, 15\.0%\] +900 +·█▁$/m);
    expect(stdout).toMatch(/^Time to review, median +not enough data \(3 of 20\) +3 +···$/m);
    expect(stdout).toMatch(/^alarm +The recall, .* is 0\.100 \[0\.050, 0\.150\] .* below /m);
    const page = await readFile(out, 'utf8');
    expect(page).toContain('Rang on 1 day.');
    expect(page).toContain('The recall, estimated from records below the line is 0.100');
    const json = await assay('metrics', ...days, '--json');
    expect(JSON.parse(json.stdout).items).toHaveLength(3);
    const wrong = await assay('metrics', '--domain', 'pharma', '--from', '2026-02-30');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--from takes a day')]);
  });
});

describe('assay retrain', () => {
  it('starts a retraining, and knows no domain that has no model', async () => {
    const { code, stdout } = await assay('retrain', '--domain', 'pharma', '--as', 'ann', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ domain: 'pharma', state: 'running', started_by: 'ann' }),
    ]);
    const wrong = await assay('retrain', '--domain', 'pharme');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('pharma')]);
  });
});

describe('assay stop', () => {
  it('stops, lists and resumes a domain, and refuses to do either twice', async () => {
    const stop = (...more: string[]) =>
      assay('stop', '--domain', 'pharma', '--reason', 'Odd scores', '--as', 'ann', ...more);
    expect(JSON.parse((await stop('--json')).stdout)).toMatchObject({
      domain: 'pharma',
      model: null,
      by: 'ann',
      stopped: true,
    });
    expect(await stop()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('pharma is stopped already'),
    });
    expect(await stop('--model', '0'.repeat(12))).toMatchObject({ code: 1 });
    expect(JSON.parse((await assay('stops', '--json')).stdout)).toMatchObject({
      items: [{ domain: 'pharma', by: 'ann', reason: 'Odd scores', waiting_drops: 0 }],
    });
    expect((await assay('stops')).stdout).toMatch(
      /^pharma {2}stopped 20\S+Z by ann: Odd scores; 0 drops waiting\n$/,
    );
    expect(await assay('retrain', '--domain', 'pharma')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No retraining starts: pharma is stopped'),
    });
    const resumed = await assay('resume', '--domain', 'pharma', '--reason', 'Rolled back', '--as', 'ann');
    expect(resumed.stdout).toBe('pharma is resumed; 0 drops waiting\n');
    expect((await assay('stops', '--domain', 'pharma')).stdout).toBe('nothing is stopped\n');
  });
});

describe('assay models', () => {
  it('lists, shows, approves by two people, and goes back', async () => {
    const { card } = await loadModel(await championFolder('finance'));
    const first = await assay('models', '--domain', 'finance');
    expect(first.stdout).toBe(
      `${card.version}  champion, as installed; no retraining has put another forward\n`,
    );

    const act = { by: 'assay', at: '2026-03-01T00:00:00.000Z' };
    await carryOut((known) =>
      installModel(known, { version: card.version, dataset: 'd', metrics: null }, act),
    );
    const version = 'c'.repeat(12);
    const metrics = { rocAuc: 0.9, prAuc: 0.512, precision: 0.6, recall: 0.7, threshold: 0.4 };
    const proposal = { version, dataset: 'd', metrics, retraining: 'r-1', startedBy: 'ann' };
    await carryOut((known) =>
      proposeModel(known, { ...proposal, expiresAt: '2999-01-01T00:00:00.000Z' }, act),
    );
    const decide = (what: string, as: string) =>
      assay('models', what, version, '--domain', 'finance', '--reason', 'Looked at it', '--as', as);
    expect((await decide('approve', 'ann')).stderr).toContain('started the retraining');
    expect((await decide('approve', 'ben')).stdout).toContain('another person must approve it too');
    expect((await decide('approve', 'ben')).stderr).toContain('two different people');
    expect((await decide('approve', 'arn:aws:iam::000000000000:user/fay')).stderr).toContain(
      'Approve model cccccccccccc in the same way: by the API, signed in',
    );
    expect((await decide('approve', 'eve')).stdout).toBe(`${version}  approved, approved by ben and eve\n`);
    const listed = await assay('models', '--domain', 'finance');
    expect(listed.stdout).toMatch(new RegExp(`${version} +approved .* 0\\.512 +0\\.700 +ann, r-1 +ben, eve`));

    await carryOut((known) => promoteModel(known, version, act));
    const back = await assay(
      'models',
      'rollback',
      '--domain',
      'finance',
      '--reason',
      'Too many',
      '--as',
      'eve',
    );
    expect(back.stdout).toContain(`${card.version}  decides again in finance, in place of ${version}`);
    const shown = await assay('models', 'show', card.version, '--domain', 'finance');
    expect(shown.stdout).toMatch(/state +champion/);
    expect(shown.stdout).toMatch(/history .*champion by eve: Too many/);
    const threshold = (score: string, as: string) => {
      const why = ['--domain', 'finance', '--reason', 'Too many to review', '--as', as];
      return assay('models', 'threshold', card.version, score, ...why);
    };
    expect((await threshold('0', 'ben')).stderr).toContain('takes a number above 0');
    expect((await threshold('0.35', 'ben')).stdout).toBe(
      `${card.version}  threshold 0.35 proposed; another person must approve it within 7 days, by the same command\n`,
    );
    expect((await threshold('0.35', 'ben')).stderr).toContain('another person must approve it');
    expect((await threshold('0.35', 'eve')).stdout).toBe(
      `${card.version}  flags from a score of 0.35 on; scoring uses it within a minute\n`,
    );
    const lowered = await assay('models', 'show', card.version, '--domain', 'finance');
    expect(lowered.stdout).toMatch(/threshold +0\.3500/);
    expect(lowered.stdout).toMatch(/history .*0\.35, proposed by ben, approved by eve: Too many to review/);
    const again = await assay('models', 'rollback', '--domain', 'finance', '--reason', 'Too many');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('no earlier champion')]);
  });
});

describe('assay cases and assay case', () => {
  it('list, take, pass on and put off cases, and say why not', async () => {
    const flags = new FlagTable(localDocuments(), tables.Flags);
    await flags.putFlags(
      ['high', 'critical'].map((severity, n) =>
        flagOf(900 + n, { domain: 'finance', entity: `K${n}`, severity: severity as 'high' }),
      ),
    );
    const json = async (...argv: string[]) => JSON.parse((await assay(...argv, '--json')).stdout);
    const listed = await json('cases', '--domain', 'finance', '--as', 'ann');
    expect(listed.items.slice(0, 2)).toMatchObject([
      { entity: 'K1', severity: 'critical' },
      { entity: 'K0' },
    ]);
    const taken = await json('case', 'next', '--domain', 'finance', '--as', 'ann');
    expect(taken.case).toMatchObject({ entity: 'K1', status: 'in_review' });
    const { id } = taken.case;
    const late = await assay('case', 'claim', id, '--as', 'ben');
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('held by another person until')]);
    expect(
      (await assay('case', 'snooze', id, '--until', 'soon', '--reason', 'Papers', '--as', 'ann')).code,
    ).toBe(2);
    const asleep = await json(
      'case',
      'snooze',
      id,
      '--until',
      '2027-01-01',
      '--reason',
      'Papers come',
      '--as',
      'ann',
    );
    expect(asleep.case).toMatchObject({ status: 'snoozed', snoozed_until: '2027-01-01T00:00:00.000Z' });
    expect((await json('case', 'show', id, '--as', 'ann')).history).toMatchObject([
      { act: 'snooze', reason: 'Papers come' },
      { act: 'claim' },
    ]);
  });

  it('leave verdicts that are signed to the console', async () => {
    const flag = flagOf(950, { domain: 'pharma', entity: 'B1' });
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    const found = await assay(
      'review',
      flag.flag,
      '--verdict',
      'false_positive',
      '--reason',
      'Planned',
      '--as',
      'ann',
    );
    expect([found.code, found.stderr]).toEqual([1, expect.stringContaining('are signed')]);
  });
});
