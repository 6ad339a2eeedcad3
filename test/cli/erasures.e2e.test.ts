/** `assay erasures` against what its stack's outputs name, and texts of other commands that name a subject. */
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localKms,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { makeBus, makeWaitingMachine } from '../helpers/local-events.ts';
import { makeStack } from '../helpers/local-stack.ts';

let stack: string;
let tables: { Flags: string; Drops: string; Models: string; Subjects: string };
const subject = 'AC000381';

beforeAll(async () => {
  tables = {
    ...{ Flags: await makeTable('Flags'), Drops: await makeTable('Drops') },
    ...{ Models: await makeTable('Models'), Subjects: await makeTable('Subjects') },
  };
  const [bus, machine, bucket] = [await makeBus(), await makeWaitingMachine(), await makeBucket()];
  const keyId = (await localKms().send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  stack = await makeStack({
    ...{ DropsBucket: bucket, DataBucket: bucket, AuditBucket: bucket, ArtifactsBucket: bucket },
    ...{ FlagsTable: tables.Flags, DropsTable: tables.Drops, ModelsTable: tables.Models },
    ...{ DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none', DropMachineArn: machine.arn },
    ...{ RetrainMachineArn: machine.arn, EventBus: bus.name, SubjectsTable: tables.Subjects },
    ...{ SubjectsKey: keyId, ErasureDomains: 'finance' },
  });
  const subjects = new SubjectTable(localDocuments(), { table: tables.Subjects, keyId, kms: localKms() });
  const span = { from: '2025-05-01', to: '2025-06-30' };
  await (await subjects.of('finance')).take(new Map([[subject, span]]));
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

const assay = (...argv: string[]) => runAssayHere(...argv, '--stack', stack);
const erasures = (...argv: string[]) => assay('erasures', ...argv, '--domain', 'finance');
const ask = (...more: string[]) =>
  erasures('ask', '--subject', subject, '--basis', 'request 7', '--as', 'ann', ...more);

describe('assay erasures', () => {
  it('is refused until someone says how long records must be kept, and while a hold stands', async () => {
    expect((await erasures('rules')).stdout).toContain('not said yet: nothing is erased');
    expect(await ask()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not erased, and recorded as refused'),
    });
    expect((await erasures('retention', '--basis', 'no law', '--as', 'cem')).code).toBe(2);
    expect(
      (await erasures('retention', '--no-retention', '--basis', 'no law', '--as', 'cem')).stdout,
    ).toContain('retention    none');
    const held = await erasures('hold', '--from', '2025-06-30', '--basis', 'inspection 2026', '--as', 'bea');
    expect(held.stdout).toBe('hold h1 stands\n');
    expect((await erasures('rules')).stdout).toMatch(/h1 .*2025-06-30 to …/);
    expect((await ask()).stderr).toContain('hold h1 on a period (inspection 2026)');
    expect((await erasures('release', 'h1', '--reason', 'closed', '--as', 'bea')).stdout).toBe(
      'hold h1 is released\n',
    );
    expect(await erasures('release', 'h1', '--reason', 'closed', '--as', 'bea')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no hold "h1" stands in finance'),
    });
  });

  it('is asked for by one and approved by another, and listed by the pseudonym', async () => {
    const { id, pseudonym } = JSON.parse((await ask('--json')).stdout) as { id: string; pseudonym: string };
    const approve = (as: string) => erasures('approve', id, '--reason', 'identity checked', '--as', as);
    expect(await approve('ann')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('it takes another person'),
    });
    expect(await approve('bea')).toMatchObject({
      ...{ code: 0, stdout: `approved: the key of ${pseudonym} is destroyed within minutes\n` },
    });
    const listed = (await erasures()).stdout;
    expect(listed).toContain('approved');
    expect(listed).not.toContain(subject);
    const { items } = JSON.parse((await erasures('list', '--json')).stdout) as { items: { state: string }[] };
    expect(items.map(({ state }) => state)).toEqual(['approved', 'refused', 'refused']);
  });

  it('is of domains alone whose records are erasable', async () => {
    const other = await assay(
      'erasures',
      'ask',
      '--domain',
      'pharma',
      '--subject',
      'B1',
      '--basis',
      'request 8',
    );
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('erasure.domains names finance'),
    });
  });
});

describe('a text of another command', () => {
  it('is refused where it names a subject', async () => {
    const flag = flagOf(1);
    await new FlagTable(localDocuments(), tables.Flags).putFlags([flag]);
    const review = (reason: string) =>
      assay('review', flag.flag, '--verdict', 'false_positive', '--reason', reason, '--as', 'ann');
    expect(await review(`Called ${subject.toLowerCase()}.`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`--reason names the subject "${subject}"`),
    });
    expect((await review('A salary')).code).toBe(0);
  });
});
