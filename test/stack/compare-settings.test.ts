import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSettings, formatSettingChange } from '../../lib/stack/compare-settings.ts';
import { STAGE_SETTINGS } from '../../lib/stack/settings.ts';
import { describeSettings } from '../../operations/deploy-stage.ts';
import { settingsIn } from '../../operations/deployed-stage.ts';
import { synthesise } from './synthesise.ts';

const DEPLOYED = STAGE_SETTINGS.parse({
  alarms: { email: 'risk-it@example.org' },
  access: {
    issuer: 'https://login.example.org',
    audience: ['assay'],
    groups: { 'Payroll admin': ['officer:finance'] },
  },
  retraining: { schedules: { finance: 'rate(7 days)', pharma: 'rate(30 days)' } },
  drops: { maxConcurrency: 5 },
});

describe('settings against what is deployed', () => {
  test('names what a deploy with the defaults would remove, first', () => {
    const deployed = { status: 'UPDATE_COMPLETE', settings: DEPLOYED };
    expect(describeSettings(deployed, STAGE_SETTINGS.parse({}))).toEqual([
      'settings (deployed → new):',
      '  removed  access.audience: ["assay"] → not set',
      '  removed  access.groups.Payroll admin: ["officer:finance"] → not set',
      '  removed  access.issuer: https://login.example.org → not set',
      '  removed  alarms.email: risk-it@example.org → not set',
      '  removed  retraining.schedules.finance: rate(7 days) → not set',
      '  removed  retraining.schedules.pharma: rate(30 days) → not set',
      '  changed  drops.maxConcurrency: 5 → 40',
    ]);
  });

  test('names a key that this version does not know any more', () => {
    const [change] = compareSettings({ old: { key: 1 } }, {});
    expect(formatSettingChange(change!)).toBe('removed  old.key: 1 → not set');
  });

  test('says so where nothing is deployed, and where the deployed stack does not say its settings', () => {
    const settings = STAGE_SETTINGS.parse({});
    expect(describeSettings(null, settings)).toEqual(['there is no such stack yet: everything is new']);
    const [line] = describeSettings({ status: 'CREATE_COMPLETE', settings: undefined }, settings);
    expect(line).toContain('does not say with which settings it was made');
    expect(describeSettings({ status: 'CREATE_COMPLETE', settings }, settings)).toEqual([
      'settings: as deployed',
    ]);
  });

  test('finds each leaf that differs, and none that does not', () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string({ minLength: 1 }), fc.array(fc.string()));
    const group = fc.dictionary(fc.constantFrom('a', 'b', 'c'), leaf);
    fc.assert(
      fc.property(group, group, (before, after) => {
        const found = compareSettings({ group: before }, { group: after }).map(({ key }) => key);
        const differing = ['a', 'b', 'c'].filter(
          (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
        );
        expect(found).toEqual(differing.map((key) => `group.${key}`));
      }),
    );
  });
});

test('a template says with which settings it was made', () => {
  const template = synthesise({ alarms: { email: 'a@example.org' } }).toJSON();
  const settings = settingsIn(JSON.stringify(template));
  expect(settings).toEqual(STAGE_SETTINGS.parse({ alarms: { email: 'a@example.org' } }));
  expect(settingsIn('Resources: {}\n')).toBeUndefined();
});
