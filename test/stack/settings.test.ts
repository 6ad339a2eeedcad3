import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { readApp } from '../../lib/stack/read-app.ts';
import { bytesForApi, MAX_API_BYTES, STAGE_SETTINGS } from '../../lib/stack/settings.ts';
import { parseSettings } from '../../lib/stack/settings-file.ts';
import {
  changedSettings,
  settingKeys,
  settingsSchema,
  settingsTable,
} from '../../lib/stack/settings-schema.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

const parse = (dev: string) =>
  parseSettings(`stages:\n  dev:\n${dev.replace(/^/gm, '    ')}\n`, 'assay.config.yaml');
const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

describe('assay.config.yaml', () => {
  test('gives a stage that sets nothing all defaults', () => {
    const settings = parseSettings('stages:\n  dev: {}\n', 'x.yaml').get('dev');
    expect(settings).toEqual(STAGE_SETTINGS.parse({}));
    expect(settings).toMatchObject({
      architecture: 'arm64',
      drops: { maxConcurrency: 40 },
      reviews: { belowTheLine: 0.01, secondOpinion: 0.05, perDay: null },
      retraining: { schedules: {}, onDrift: false, approvalDays: 14 },
    });
  });

  test('takes a stage or a group whose keys are all commented as one that sets nothing', () => {
    const text = 'stages:\n  dev:\n  prod:\n    alarms:\n      # email: a@example.org\n';
    const found = parseSettings(text, 'x.yaml');
    expect(found.get('dev')).toEqual(STAGE_SETTINGS.parse({}));
    expect(found.get('prod')).toEqual(STAGE_SETTINGS.parse({}));
  });

  test('is shown by the keys that are not the defaults, and a long value as being long', () => {
    expect(changedSettings(STAGE_SETTINGS.parse({}))).toEqual({});
    const groups = { [`AML ${'x'.repeat(1_300)}`]: ['officer:finance'] };
    const [issuer, audience] = ['https://login.example.org', ['a']];
    const given = { reviews: { perDay: 40 }, access: { issuer, audience, groups } };
    expect(changedSettings(STAGE_SETTINGS.parse(given))).toEqual({
      ...{ 'access.issuer': issuer, 'access.audience': audience, 'access.groups': '…' },
      'reviews.perDay': 40,
    });
  });

  test('leaves a function room for groups, keys and what is shown of them together', () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const signedBy = Array<string>(5).fill(key.export({ type: 'spki', format: 'pem' }).toString());
    const groupsOf = (length: number) => ({ [`AML ${'x'.repeat(length)}`]: ['officer:finance'] });
    const given = (length: number) => ({
      access: { issuer: 'https://login.example.org', audience: ['a'], groups: groupsOf(length) },
      models: { signedBy },
      events: { webhookUrl: `https://hooks.example.org/${'h'.repeat(900)}` },
    });
    const settings = STAGE_SETTINGS.parse(given(2_000));
    const bytes = bytesForApi(settings) + Buffer.byteLength(JSON.stringify(changedSettings(settings)));
    expect(bytes).toBeLessThanOrEqual(MAX_API_BYTES);
    expect(() => STAGE_SETTINGS.parse(given(2_300))).toThrow('groups and of \\"models.signedBy\\" together');
  });

  test('gives back what is written', () => {
    const found = parse(
      [
        'alarms: { email: risk-it@example.org }',
        'access: { issuer: "https://login.example.org", audience: [a, b], groups: { AML officers: [officer:finance] } }',
        'retraining: { schedules: { finance: cron(0 2 1 * ? *) }, approvalDays: 0.5 }',
        'events: { webhookUrl: "https://hooks.example.org/assay" }',
      ].join('\n'),
    );
    expect(found.get('dev')).toMatchObject({
      alarms: { email: 'risk-it@example.org' },
      access: {
        issuer: 'https://login.example.org',
        audience: ['a', 'b'],
        groups: { 'AML officers': ['officer:finance'] },
      },
      retraining: { schedules: { finance: 'cron(0 2 1 * ? *)' }, approvalDays: 0.5 },
      events: { webhookUrl: 'https://hooks.example.org/assay' },
    });
    expect(found.has('prod')).toBe(false);
  });

  test.each([
    [
      'alarms: { emial: a@example.org }',
      ':3: stages.dev.alarms.emial: unknown key (did you mean "email"?): expected one of email',
    ],
    [
      'alarmEmail: a@example.org',
      ':3: stages.dev.alarmEmail: unknown key: expected one of architecture, alarms, ',
    ],
    ['alarms:\n  email: risk-it', ':4: stages.dev.alarms.email: expected an e-mail address, found "risk-it"'],
    ['alarms:\n  email:', ':4: stages.dev.alarms.email: expected an e-mail address, found nothing'],
    ['alarms: a@example.org', ':3: stages.dev.alarms: expected the keys email, found "a@example.org"'],
    ['architecture: amd64', ':3: stages.dev.architecture: expected arm64 or x64, found "amd64"'],
    ['drops: { maxConcurrency: 0 }', 'drops.maxConcurrency: expected a whole number from 1 to 9999, found 0'],
    [
      'drops: { maxConcurrency: "5" }',
      'drops.maxConcurrency: expected a whole number from 1 to 9999, found "5"',
    ],
    [
      'drops: { maxConcurrency: 2.5 }',
      'drops.maxConcurrency: expected a whole number from 1 to 9999, found 2.5',
    ],
    [
      'access: { issuer: "https://a.example" }',
      'access.issuer: expected "audience" and "groups" beside it: they go together',
    ],
    [
      'access: { issuer: "https://a.example", audience: [x] }',
      'access.issuer: expected "groups" beside it: they go together',
    ],
    ['access: { audience: [x] }', 'access.audience: expected "issuer" and "groups" beside it'],
    [
      'access: { groups: { x: [Officer] } }',
      'access.groups.x.0: expected a list of roles (viewer, inspector, officer, approver, admin, read_pii), each with or without a domain',
    ],
    ['models: { signedBy: [key] }', 'models.signedBy.0: expected public keys in PEM'],
    ['models: { signedBy: model.pub }', 'models.signedBy: expected public keys in PEM'],
    ['access: { groups: { x: [] } }', 'access.groups.x: expected a list of roles'],
    ['access: { groups: { x: admin } }', 'access.groups.x: expected a list of roles'],
    [
      `access: { groups: { ${[...'abcdefgh'].map((one) => `${one.repeat(400)}: [admin]`).join(', ')} } }`,
      'access.groups: expected up to 2500 bytes of groups and roles',
    ],
    [
      'access: { issuer: "http://a.example", audience: [x] }',
      'access.issuer: expected an https address, found "http://a.example"',
    ],
    ['reviews: { belowTheLine: 2 }', 'reviews.belowTheLine: expected a share from 0 to 1, found 2'],
    ['retraining: { onDrift: "yes" }', 'retraining.onDrift: expected true or false, found "yes"'],
    [
      'retraining: { approvalDays: 0 }',
      'retraining.approvalDays: expected a number of days above 0 and up to 90, found 0',
    ],
    [
      'retraining: { schedules: { finance: daily } }',
      'schedules.finance: expected cron(…) or rate(…), such as cron(0 2 1 * ? *), found "daily"',
    ],
    ['retraining: { schedules: { "A b": rate(1 day) } }', 'expected a domain as the key, found "A b"'],
    ['events: { webhookUrl: "http://hooks.example.org" }', 'events.webhookUrl: expected an https address'],
    [
      'events: { webhookUrl: "http://127.0.0.1.evil.example/x" }',
      'events.webhookUrl: expected an https address',
    ],
    ['retraining: [', 'not valid YAML'],
  ])('refuses %j by line and key', (text, message) => {
    expect(messageOf(() => parse(text))).toContain(message);
  });

  test('names every problem of every stage at once', () => {
    const text = 'stages:\n  dev: { architecture: x86 }\n  prod: { alarm: {} }\n  test: {}\nstage: dev\n';
    const message = messageOf(() => parseSettings(text, 'x.yaml'));
    for (const part of [
      'x.yaml:2: stages.dev.architecture',
      'x.yaml:3: stages.prod.alarm',
      'x.yaml:4: stages.test',
      'x.yaml:5: stage:',
    ])
      expect(message).toContain(part);
  });

  test('refuses whatever is not a map of stages, without failing in another way', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parseSettings(JSON.stringify({ stages: { dev: value } }), 'x.yaml');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe('the app of CDK', () => {
  const locate = (file: string) => new URL(file, root).pathname;

  test('refuses a deploy that names no stage', () => {
    expect(() => readApp({}, locate)).toThrow('name the stage to deploy');
    expect(() => readApp({ stage: '' }, locate)).toThrow('name the stage to deploy');
    expect(() => readApp({ stage: 'production' }, locate)).toThrow(
      'stage: expected dev or prod, found "production"',
    );
  });

  test('refuses a setting by `-c`, which the next deploy would drop', () => {
    const context = {
      stage: 'prod',
      alarmEmail: 'a@example.org',
      '@aws-cdk/core:newStyleStackSynthesis': true,
    };
    expect(() => readApp(context, locate)).toThrow('context alarmEmail: settings are in assay.config.yaml');
  });

  test('takes the context of cdk.json', () => {
    const { context } = JSON.parse(read('cdk.json')) as { context: Record<string, unknown> };
    expect(readApp({ ...context, stage: 'dev' }, locate).stage.name).toBe('dev');
  });

  test.each(['assay.config.yaml', 'local/assay.config.yaml'])('reads %s as it is checked in', (config) => {
    expect(readApp({ stage: 'dev', config }, locate).stage.name).toBe('dev');
  });

  test('takes protection from deletion off a stage for the first step of its first deploy, and then only', () => {
    const config = 'assay.config.yaml';
    const of = (more: object) => readApp({ stage: 'prod', config, ...more }, locate).stage.deletionProtection;
    expect([of({}), of({ unprotected: 'true' }), of({ unprotected: 'false' })]).toEqual([true, false, true]);
  });

  test('refuses a stage that the file does not list', () => {
    expect(() => readApp({ stage: 'prod', config: 'local/assay.config.yaml' }, locate)).toThrow(
      'stages.prod is missing',
    );
  });
});

describe('the documentation of the settings', () => {
  test('has a description of every key', () => {
    expect(settingKeys().length).toBeGreaterThan(8);
    for (const { key, description } of settingKeys())
      expect([key, description]).toEqual([key, expect.stringMatching(/\.$/)]);
  });

  test('docs/settings.md lists the keys as they are: node bin/settings.ts writes it again', () => {
    expect(read('docs/settings.md').endsWith(`## Keys\n\n${settingsTable()}`)).toBe(true);
  });

  test('docs/assay.config.schema.json is the schema as it is: node bin/settings.ts writes it again', () => {
    expect(JSON.parse(read('docs/assay.config.schema.json'))).toEqual(settingsSchema());
  });
});
