import { describe, expect, it } from 'vitest';
import {
  allowedDomains,
  formatGrants,
  isAllowed,
  type Permission,
  parseGrant,
  ROLES,
  type Role,
  rolesThatMay,
} from '../../lib/api/roles.ts';

const TABLE: Record<Permission, readonly Role[]> = {
  read: ['viewer', 'inspector', 'officer', 'approver', 'admin'],
  score: ['officer', 'admin'],
  upload: ['officer', 'admin'],
  review: ['officer', 'admin'],
  retrain: ['approver', 'admin'],
  approve: ['approver', 'admin'],
  roll_back: ['approver', 'admin'],
  stop: ['admin'],
  administer: ['admin'],
  read_pii: ['read_pii'],
};
const caller = (...groups: string[]) => ({
  sub: 's',
  name: null,
  grants: groups.flatMap((one) => parseGrant(one) ?? []),
});

describe('a grant', () => {
  it('is a role in one domain, or in every domain, and nothing that only looks like one', () => {
    expect(parseGrant('officer')).toEqual({ role: 'officer', domain: null });
    expect(parseGrant('officer:finance')).toEqual({ role: 'officer', domain: 'finance' });
    expect(parseGrant('read_pii:gxp-2')).toEqual({ role: 'read_pii', domain: 'gxp-2' });
    for (const text of [
      ...['Admin', 'admins', 'administrator', 'xadmin', 'admin-not', '__proto__', 'constructor', ''],
      ...['officer:', 'officer:*', 'officer:Finance', 'officer:fin#ance', 'officer: finance', ' officer'],
      ...['officer:finance:pharma', 'officer:finance,pharma', 'officer\n', ':finance', 'Payroll admin'],
    ]) {
      expect(parseGrant(text), text).toBeNull();
    }
  });

  it('allows what its role may do, in its domain and in no other', () => {
    for (const [permission, allowed] of Object.entries(TABLE) as [Permission, readonly Role[]][]) {
      expect(rolesThatMay(permission)).toEqual(allowed);
      for (const role of ROLES) {
        const may = allowed.includes(role);
        expect(isAllowed(caller(role), permission, 'finance')).toBe(may);
        expect(isAllowed(caller(`${role}:finance`), permission, 'finance')).toBe(may);
        expect(isAllowed(caller(`${role}:finance`), permission, 'pharma')).toBe(false);
        expect(isAllowed(caller(`${role}:finance`), permission, 'finance2')).toBe(false);
      }
      expect(isAllowed(caller(), permission, 'finance')).toBe(false);
    }
  });

  it('of two roles in two domains does not mix them', () => {
    const one = caller('viewer:pharma', 'officer:finance');
    expect(allowedDomains(one, 'read')).toEqual(['finance', 'pharma']);
    expect(allowedDomains(one, 'review')).toEqual(['finance']);
    expect(allowedDomains(one, 'approve')).toEqual([]);
    expect(allowedDomains(caller('viewer', 'officer:finance'), 'read')).toBe('all');
    expect(formatGrants(one)).toBe('viewer:pharma officer:finance');
  });
});
