import { beforeAll, describe, expect, test } from 'vitest';
import { HANDLERS } from '../../lib/stack/handlers.ts';
import { Policies, type Resources } from './policies.ts';
import { recordedRights } from './recorded-rights.ts';
import {
  allCalls,
  allowancesOf,
  askedCalls,
  ownersOf,
  refusedCalls,
  rightsOf,
  type Template,
  unusedAllowances,
  unusedRights,
} from './rights.ts';
import { synthesise } from './synthesise.ts';
import { EXPLAINED, EXPLAINED_ALLOWANCES } from './unused-rights.ts';

/** Everything that may be asked for, so that every function and every right is there. */
const ALL = {
  alarms: { email: 'duty@example.com' },
  events: { webhookUrl: 'https://hooks.example.com/assay' },
  retraining: { schedules: { finance: 'cron(0 2 1 * ? *)' } },
  erasure: { domains: ['kiosk'] },
};
const STAGES = ['dev', 'prod'] as const;
const lines = recordedRights();
const templates = {} as Record<(typeof STAGES)[number], Template>;

beforeAll(() => {
  for (const stage of STAGES) templates[stage] = synthesise(ALL, { stage }).toJSON() as Template;
}, 300_000);

test('every function was heard while the stack’s tests ran', () => {
  // The console's asks AWS for nothing.
  expect([...Object.keys(lines), 'console'].sort()).toEqual([...HANDLERS].sort());
});

describe.each(STAGES)('the rights in %s', (stage) => {
  test('allow every call that a function makes', () => {
    expect(refusedCalls(templates[stage], lines)).toEqual([]);
  });

  test('are each needed by a call, or explained', () => {
    const template = templates[stage];
    const policies = new Policies(template.Resources);
    const unused = unusedRights(policies, allCalls(policies, lines, template), template).map(
      ({ owner, label }) => `${owner.name}: ${label}`,
    );
    expect([...new Set(unused)].sort()).toEqual(explained(stage).sort());
  });

  test('that a resource’s own policy gives are each needed by a call, or explained', () => {
    const template = templates[stage];
    const policies = new Policies(template.Resources);
    expect(allowancesOf(policies, template).length).toBeGreaterThan(30);
    const unused = unusedAllowances(policies, allCalls(policies, lines, template), template);
    const reasons = EXPLAINED_ALLOWANCES.flatMap(({ of, by, rights }) =>
      of.flatMap((resource) => rights.map((right) => `${resource}: ${right} by ${by}`)),
    );
    expect(unused.sort()).toEqual(reasons.sort());
  });

  test('are missed, each one that a function has and that is taken away', () => {
    const template = templates[stage];
    const policies = new Policies(template.Resources);
    const calls = allCalls(policies, lines, template);
    const functions = ownersOf(policies).filter(({ name }) => (HANDLERS as readonly string[]).includes(name));
    const unnoticed = functions.flatMap((owner) => {
      const own = calls.filter(({ principal }) => 'role' in principal && principal.role === owner.role);
      const rights = rightsOf(policies, owner, template);
      return rights.flatMap((right) => {
        const left = rights.filter((one) => one !== right).map(({ statement }) => statement);
        const without = new Policies(withStatements(template.Resources, owner.role, left));
        return own.some((call) => !without.allows(call)) ? [] : [`${owner.name}: ${right.label}`];
      });
    });
    expect(functions).toHaveLength(HANDLERS.length);
    expect(unnoticed.filter((right) => !explained(stage).includes(right))).toEqual([]);
  });
});

test('the bucket of audit logs takes no second version and no delete marker, anyone who may write there', () => {
  const template = templates.prod;
  const policies = new Policies(template.Resources);
  const puts = askedCalls(policies, lines, template).filter(({ line }) =>
    line.startsWith('s3:PutObject AuditBucket'),
  );
  expect(puts.length).toBeGreaterThan(2);
  const objects = puts.filter(({ action }) => action === 's3:PutObject');
  expect(objects.map((put) => policies.allows({ ...put, context: {} }))).toEqual(objects.map(() => false));
  expect(policies.allows({ ...objects[0]!, action: 's3:DeleteObject' })).toBe(false);
});

const explained = (stage: string): string[] =>
  EXPLAINED.flatMap(({ of, rights }) =>
    of.flatMap((name) => rights.map((right) => `${name}: ${right.replace('<stage>', stage)}`)),
  );

/** The role with these statements in place of its policies. */
function withStatements(resources: Resources, role: string, Statement: readonly unknown[]): Resources {
  const others = Object.entries(resources).filter(
    ([, { Type, Properties }]) =>
      !/^AWS::IAM::(Managed)?Policy$/.test(Type) || !JSON.stringify(Properties?.Roles).includes(`"${role}"`),
  );
  const own = {
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement } },
  };
  return { ...Object.fromEntries(others), Own: own };
}
