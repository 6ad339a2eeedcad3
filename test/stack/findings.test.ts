import { describe, expect, test } from 'vitest';
import type { GivenSettings } from '../../lib/stack/settings.ts';
import { nagFindings } from './synthesise.ts';

const ISSUER: GivenSettings = {
  access: {
    issuer: 'https://login.example.com/tenant',
    audience: ['assay'],
    groups: { 'AML officers': ['officer:finance'] },
  },
};

const TASKS: GivenSettings = {
  large: { fargate: true, vpc: 'vpc-0123456789abcdef0', subnets: ['subnet-0123456789abcdef0'] },
};

describe('cdk-nag (AwsSolutions, NIST 800-53 R5)', () => {
  test.each([
    ['dev', 'dev', {}],
    ['prod', 'prod', {}],
    ['an issuer of one’s own', 'prod', ISSUER],
    ['tasks of Fargate', 'prod', TASKS],
  ] as const)('finds nothing in %s that is not suppressed with a reason', (_, stage, settings) => {
    expect(nagFindings(settings, { stage })).toEqual([]);
  });
});
