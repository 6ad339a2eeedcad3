import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerOf, isAllowed, type Permission, type Role, rolesThatMay } from '../../lib/api/roles.ts';

const ROLES: readonly Role[] = ['viewer', 'officer', 'approver', 'admin'];

describe('callerOf', () => {
  it('reads the groups in whatever form a gateway or issuer gives them', () => {
    fc.assert(
      fc.property(fc.subarray([...ROLES]), (roles) => {
        const names = ['someone-else', ...roles];
        for (const groups of [
          names,
          `[${names.join(' ')}]`,
          `[${names.join(', ')}]`,
          JSON.stringify(names),
          names.join(','),
          names.join(' '),
        ]) {
          expect(callerOf({ sub: 's', 'cognito:groups': groups })?.roles).toEqual(roles);
          expect(callerOf({ sub: 's', groups })?.roles).toEqual(roles);
        }
      }),
    );
  });

  it('gives no role for a group that only looks like one', () => {
    const names = ['Admin', 'admins', 'administrator', 'xadmin', 'admin-not', '__proto__', 'constructor', ''];
    for (const groups of [names, `[${names.join(' ')}]`, 'admin.viewer', 7, null, { admin: true }]) {
      expect(callerOf({ sub: 's', 'cognito:groups': groups })?.roles).toEqual([]);
    }
  });

  it('gives no role to a token that speaks for an AWS identity, or for Assay', () => {
    for (const sub of ['arn:aws:iam::123456789012:user/ann', 'ARN:aws:x', 'assay', 'assay schedule'])
      expect(callerOf({ sub, groups: ['admin'] })).toEqual({ sub, roles: [] });
  });

  it('lets the pool’s own groups decide where a token has both claims', () => {
    expect(callerOf({ sub: 's', 'cognito:groups': '[viewer]', groups: ['admin'] })?.roles).toEqual([
      'viewer',
    ]);
  });

  it('is nobody without checked claims or a subject', () => {
    for (const claims of [undefined, {}, { 'cognito:groups': '[admin]' }, { sub: '', groups: ['admin'] }]) {
      expect(callerOf(claims)).toBeNull();
    }
  });
});

describe('isAllowed', () => {
  it('follows the table of who may what', () => {
    const table: Record<Permission, readonly Role[]> = {
      read: ['viewer', 'officer', 'approver', 'admin'],
      score: ['officer', 'admin'],
      upload: ['officer', 'admin'],
      review: ['officer', 'admin'],
      retrain: ['approver', 'admin'],
      approve: ['approver', 'admin'],
      roll_back: ['approver', 'admin'],
    };
    for (const [permission, allowed] of Object.entries(table) as [Permission, readonly Role[]][]) {
      expect(rolesThatMay(permission)).toEqual(allowed);
      for (const role of ROLES) {
        expect(isAllowed({ sub: 's', roles: [role] }, permission)).toBe(allowed.includes(role));
      }
      expect(isAllowed({ sub: 's', roles: [] }, permission)).toBe(false);
    }
  });
});
