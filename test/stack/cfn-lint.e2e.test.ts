/** What cfn-lint says of the templates: it knows the resource types, their properties and values, and how a template may refer to itself. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GivenSettings } from '../../lib/stack/settings.ts';
import type { StageName } from '../../lib/stack/stage.ts';
import { pythonEnvironment } from '../../local/python-environment.ts';
import { places } from '../../operations/places.ts';
import { synthesise } from './synthesise.ts';

const IGNORED = {
  W3005:
    'CDK orders a function after its role and the role’s policies by name too, where a reference does so already',
} as const;
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
/** Everything that may be asked for, once with the stack's own users and once with an issuer of one's own. */
const EVERYTHING: GivenSettings = {
  alarms: { email: 'duty@example.com' },
  events: { webhookUrl: 'https://hooks.example.com/assay' },
  retraining: { schedules: { finance: 'cron(0 2 1 * ? *)' } },
  api: { reservedConcurrency: 20 },
  large: { fargate: true, vpc: 'vpc-0123456789abcdef0', subnets: ['subnet-0123456789abcdef0'] },
};
const ISSUER: GivenSettings = {
  architecture: 'x64',
  access: {
    issuer: 'https://login.example.com/tenant',
    audience: ['assay'],
    groups: { 'AML officers': ['officer:finance'] },
  },
};
const TEMPLATES: readonly (readonly [name: string, stage: StageName, settings: GivenSettings])[] = [
  ['prod.json', 'prod', EVERYTHING],
  ['own-issuer.json', 'dev', { ...EVERYTHING, ...ISSUER }],
];

/** What it must find: a property that a queue does not have. */
const WRONG = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { Retention: 5 } } } };

interface Finding {
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

const folder = mkdtempSync(join(tmpdir(), 'assay-lint-'));
let findings: readonly Finding[];

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  await pythonEnvironment(places.templateChecks, REQUIREMENTS, () => {});
  const files = TEMPLATES.map(([name, stage, settings]) => {
    return [name, synthesise(settings, { stage }).toJSON()] as const;
  });
  findings = await lint(new Map<string, object>([...files, ['wrong.json', WRONG]]));
}, 300_000);

/** All at once: what it knows of the resource types takes longer to load than a template to check. */
function lint(templates: ReadonlyMap<string, object>): Promise<Finding[]> {
  for (const [name, template] of templates) writeFileSync(join(folder, name), JSON.stringify(template));
  const program = join(places.templateChecks, 'bin', 'cfn-lint');
  const ignored = Object.keys(IGNORED).flatMap((rule) => ['--ignore-checks', rule]);
  const args = ['--format', 'json', '--regions', 'eu-central-1', ...ignored, '--', ...templates.keys()];
  return new Promise((resolve, reject) => {
    // It ends in another code than 0 where it finds something.
    execFile(program, args, { cwd: folder, maxBuffer: 2 ** 26 }, (_, written, errors) => {
      try {
        resolve(JSON.parse(written) as Finding[]);
      } catch {
        reject(new Error(`cfn-lint could not run: ${errors}`));
      }
    });
  });
}

const findingsIn = (file: string): string[] =>
  findings
    .filter(({ Filename }) => Filename === file)
    .map(({ Rule, Message, Location }) => `${Rule.Id} ${Message} (${Location.Path.join('/')})`);

test.each(TEMPLATES.map(([name]) => name))(
  'finds nothing in %s but what is ignored with a reason',
  (name) => {
    expect(findingsIn(name)).toEqual([]);
  },
);

test('finds a property that a resource does not have', () => {
  expect(findingsIn('wrong.json').join('\n')).toMatch(/E3002 .*Retention/);
});
