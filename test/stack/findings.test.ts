import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { synthesise } from './synthesise.ts';

const ISSUER = { issuer: 'https://login.example.com/tenant', audience: 'assay' };

describe('cdk-nag (AwsSolutions, NIST 800-53 R5)', () => {
  test.each([
    ['dev', { stage: 'dev' }],
    ['prod', { stage: 'prod' }],
    ['an issuer of one’s own', { stage: 'prod', ...ISSUER }],
  ])('finds nothing in %s that is not suppressed with a reason', (_, context) => {
    const { stack } = synthesise(context, true);
    const annotations = Annotations.fromStack(stack);
    const found = [
      ...annotations.findError('*', Match.anyValue()),
      ...annotations.findWarning('*', Match.anyValue()),
    ];
    expect(found.map(({ id, entry }) => `${id}: ${String(entry.data)}`)).toEqual([]);
  });
});
