import { randomBytes } from 'node:crypto';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { championFolder, loadModel } from '../../lib/models/model-folder.ts';
import { proposeModel } from '../../lib/models/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/models/registry-promotion.ts';
import type { ModelRegistry, Transition } from '../../lib/models/registry-state.ts';
import { AuditChain } from '../../lib/store/audit-chain.ts';
import { FlagTable } from '../../lib/store/flag-table.ts';
import { RegistryTable } from '../../lib/store/registry-table.ts';
import { runAssay } from '../helpers/command-line.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  clientSettings,
  dropTable,
  localDocuments,
  localEndpoint,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { type LocalBus, makeBus, makeWaitingMachine } from '../helpers/local-events.ts';

/** The command line as a process, against what its stack's outputs name. */
let stack: string;
let tables: { Flags: string; Drops: string; Models: string };
let bus: LocalBus;
let registry: RegistryTable;

beforeAll(async () => {
  tables = {
    Flags: await makeTable('Flags'),
    Drops: await makeTable('Drops'),
    Models: await makeTable('Models'),
  };
  bus = await makeBus();
  const machine = await makeWaitingMachine();
  const bucket = await makeBucket();
  stack = await makeStack({
    ...{ DropsBucket: bucket, DataBucket: bucket, AuditBucket: bucket, ArtifactsBucket: bucket },
    ...{ FlagsTable: tables.Flags, DropsTable: tables.Drops, ModelsTable: tables.Models },
    ...{ DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none', DropMachineArn: machine.arn },
    ...{ RetrainMachineArn: machine.arn, EventBus: bus.name },
  });
  registry = new RegistryTable(
    localDocuments(),
    tables.Models,
    new AuditChain(localDocuments(), tables.Drops),
  );
  const environment = {
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(Object.values(tables).map(dropTable));
});

async function makeStack(outputs: Readonly<Record<string, string>>): Promise<string> {
  const StackName = `Assay-test-${randomBytes(4).toString('hex')}`;
  const client = new CloudFormationClient(clientSettings());
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }]));
  const Resources = { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: StackName } } };
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }),
  );
  const state = async () =>
    (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
  await vi.waitFor(async () => expect(await state()).toBe('CREATE_COMPLETE'), 20_000);
  return StackName;
}

const assay = (...argv: string[]) => runAssay(...argv, '--stack', stack);

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
    const review = (...more: string[]) =>
      assay('review', flag.flag, '--verdict', 'false_positive', '--reason', 'A salary', ...more);
    expect(await review('--as', 'ann')).toEqual({
      ...{ code: 0, stderr: '', stdout: `${flag.flag}  false positive (version 2)\n` },
    });
    expect((await bus.heard(1)).map(({ type }) => type)).toEqual(['ReviewMade']);
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
    const again = await assay('models', 'rollback', '--domain', 'finance', '--reason', 'Too many');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('no earlier champion')]);
  });
});
