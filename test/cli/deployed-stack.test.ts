/** Commands against a deployed stack, as far as no stack is needed: what is reported where there is none, and why. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runAssayHere as runAssay } from '../helpers/command-line.ts';

/** What CloudFormation answers: status and body. */
let answer: readonly [number, string];
let server: Server;
let folder: string;
let endpoint: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-stack-'));
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer[0], { 'content-type': 'text/xml' }).end(answer[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
// Other files run in this process.
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

function refused(code: string, message: string): readonly [number, string] {
  return [
    code === 'AccessDenied' ? 403 : 400,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  ];
}

describe('what AWS answers is reported in a sentence, with exit code 1', () => {
  test.each([
    [
      'a stack that is not there',
      refused('ValidationError', 'Stack with id Assay-dev does not exist'),
      'there is no stack Assay-dev in eu-central-1: deploy it (docs/deploy.md)',
    ],
    [
      'a right that is missing',
      refused('AccessDenied', 'User x is not authorized to perform: cloudformation:DescribeStacks'),
      'AWS refuses this with the credentials at hand (User x is not authorized',
    ],
    [
      'an expired token',
      refused('ExpiredToken', 'The security token included in the request is expired'),
      'have expired: sign in again',
    ],
    [
      'a key that is unknown',
      refused('InvalidClientTokenId', 'The security token included in the request is invalid'),
      'AWS does not take the credentials at hand',
    ],
    [
      "another's stack",
      [
        200,
        '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Assay-dev</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>',
      ],
      "it is not one of Assay's",
    ],
  ] as const)('%s', async (_, given, shown) => {
    answer = given;
    for (const argv of [['drops'], ['flags', '--open'], ['flag', 'abc'], ['drops', 'redrive']]) {
      const ran = await runAssay(...argv);
      expect(ran.stderr).toContain(shown);
      expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
    }
  });

  test('with --json as JSON', async () => {
    answer = refused('ValidationError', 'Stack with id Assay-prod does not exist');
    const ran = await runAssay('drops', '--stage', 'prod', '--json');
    expect((JSON.parse(ran.stderr) as { error: string }).error).toContain(
      'no stack Assay-prod in eu-central-1',
    );
  });
});

describe('what the surroundings lack is reported in a sentence, with exit code 1', () => {
  test.each([
    ['credentials', { AWS_ACCESS_KEY_ID: undefined }, 'no AWS credentials were found'],
    [
      'credentials of a profile',
      { AWS_ACCESS_KEY_ID: undefined, AWS_PROFILE: 'nope' },
      'no AWS credentials were found for the profile "nope"',
    ],
    ['a region', { AWS_REGION: undefined }, 'no AWS region is set: set AWS_REGION'],
    [
      'an answer',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      "AWS can't be reached (connect ECONNREFUSED 127.0.0.1:9)",
    ],
    ['an address', { AWS_ENDPOINT_URL: 'junk' }, 'AWS_ENDPOINT_URL is no address: "junk"'],
  ] as const)('%s', async (_, changed: Record<string, string | undefined>, shown) => {
    for (const [name, value] of Object.entries(changed)) vi.stubEnv(name, value);
    const ran = await runAssay('drops');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(shown);
    expect(ran.stderr).not.toMatch(/defect|\n\s+at /);
  });
});

describe('bad usage is reported before AWS is asked', () => {
  test.each([
    [['drops', 'shwo', 'x'], "unknown command 'shwo'; did you mean show?"],
    [['drops', 'd-0123'], "unknown command 'd-0123'; expected list, show, download, redrive"],
    [['drops', '--domian', 'finance'], "unknown option '--domian'; did you mean --domain?"],
    [['drops', '--limit', '0'], '--limit takes a whole number from 1 on, not "0"'],
    [['drops', 'download', 'd-1'], "required option '--out <dir>' not specified"],
    [['drop'], "missing required argument 'file'"],
    [['drop', 'x.csv', '--folow'], 'unknown option --folow; did you mean --follow?'],
    [['flags', '--min-score', '2'], '--min-score takes a number from 0 to 1, not "2"'],
    [['flags', '--severity', 'hihg'], 'Allowed choices are none, low, medium, high, critical'],
    [
      ['flags', '--open', '--status', 'inconclusive'],
      '--open and --status inconclusive contradict each other',
    ],
    [['flags', '--domain', 'finance', '--reviews'], '--reviews goes with --json'],
    [['flag'], "missing required argument 'id'"],
  ])('%j', async (argv, shown) => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'junk');
    const ran = await runAssay(...argv);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(shown);
  });
});

test('a file of other columns needs its domain named', async () => {
  const { guessDomain } = await import('../../lib/cli/guess-domain.ts');
  const { loadPack } = await import('../../lib/packs/load-pack.ts');
  const packs = [await loadPack('finance'), await loadPack('pharma')];
  const samples = join(import.meta.dirname, '..', '..', 'samples');
  expect(await guessDomain(join(samples, 'finance', 'new.csv'), packs)).toBe('finance');
  expect(await guessDomain(join(samples, 'pharma', 'labelled.csv.gz'), packs)).toBe('pharma');
  const other = join(folder, 'other.csv');
  await writeFile(other, 'transaction_id,when\n1,2\n');
  await expect(guessDomain(other, packs)).rejects.toThrow(
    'its columns ("transaction_id", "when") are not those of finance or pharma',
  );
  const twice = guessDomain(join(samples, 'finance', 'new.csv'), [
    packs[0]!,
    { ...packs[0]!, domain: 'cards' },
  ]);
  await expect(twice).rejects.toThrow('its columns fit finance or cards; say which with --domain');
});
