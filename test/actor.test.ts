import { describe, expect, test } from 'vitest';
import { arnName, displayName, formatPerson, identityKind, isSamePerson } from '../lib/actor.ts';

const role = (session: string, name = 'approver', account = '123456789012') =>
  `arn:aws:sts::${account}:assumed-role/${name}/${session}`;
const sso = (session: string, name = 'AWSReservedSSO_Approver_0a1b') => role(session, name);

test('the kind of an identity shows in its text', () => {
  for (const by of ['arn:aws:iam::123456789012:user/ann', ' ARN:aws-cn:sts::1:assumed-role/a/b', role('ann')])
    expect(identityKind(by)).toBe('aws');
  for (const by of ['assay', 'assay schedule', 'Assay monitor']) expect(identityKind(by)).toBe('system');
  for (const by of ['ann', '8c1f-…', 'assayer', 'barn:owl', '']) expect(identityKind(by)).toBe('token');
});

describe('one person', () => {
  test.each([
    ['under two spellings of a name', 'Ann ', 'ann'],
    ['in two sessions of a role, which may be called anything', role('ann'), role('botocore-session-17')],
    [
      'in two federations of an account',
      'arn:aws:sts::1:federated-user/a',
      'arn:aws:sts::1:federated-user/b',
    ],
    [
      'by two permission sets of Identity Center',
      sso('ann@x.org'),
      sso('Ann@x.org', 'AWSReservedSSO_Admin_9'),
    ],
  ])('%s', (_, one, other) => expect(isSamePerson(one, other)).toBe(true));
});

describe('two people', () => {
  test.each([
    ['of two names', 'ann', 'ben'],
    ['of two users', 'arn:aws:iam::1:user/ann', 'arn:aws:iam::1:user/ben'],
    ['of two users of Identity Center', sso('ann@x.org'), sso('ben@x.org')],
    ['of two roles', role('ann', 'one'), role('ann', 'two')],
    ['of one role’s name in two accounts', role('ann'), role('ann', 'approver', '210987654321')],
  ])('%s', (_, one, other) => expect(isSamePerson(one, other)).toBe(false));
});

test('a name is what people read: the end of an ARN, a claim on one line, beside the id', () => {
  expect(arnName('arn:aws:iam::123456789012:user/finance/ann')).toBe('ann');
  expect(arnName(sso('ann@example.org'))).toBe('ann@example.org');
  expect(arnName('arn:aws:iam::123456789012:root')).toBe('root');
  expect(displayName('Ann\u2028Lee\u0000')).toBe('Ann Lee');
  expect(displayName('\u200b')).toBeNull();
  expect(formatPerson('sub-1', 'Ann Lee')).toBe('Ann Lee (sub-1)');
  expect([formatPerson('ann', 'ann'), formatPerson('ann', null)]).toEqual(['ann', 'ann']);
});
