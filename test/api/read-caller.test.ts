import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGroupMap } from '../../lib/api/group-map.ts';
import { readCaller } from '../../lib/api/read-caller.ts';
import { formatGrants, ROLES } from '../../lib/api/roles.ts';

const GROUPS = parseGroupMap({
  'AML officers': ['officer:finance'],
  admin: ['admin'],
  'Sec "ops"': ['viewer', 'read_pii:finance'],
});

/** Of the stack's own pool. */
function ofPool(groups: unknown): string {
  return formatGrants(
    readCaller({ claims: { sub: 's', 'cognito:groups': groups }, authorization: undefined }, null)!,
  );
}

/** Of an issuer of your own: as an HTTP API passes a list on, with the token itself beside it or not. */
function ofIssuer(claim: unknown, token?: Readonly<Record<string, unknown>>): string {
  const authorization =
    token === undefined ? undefined : `Bearer ${encode({ alg: 'x' })}.${encode(token)}.c2ln`;
  return formatGrants(readCaller({ claims: { sub: 's', groups: claim }, authorization }, GROUPS)!);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const asText = (groups: readonly string[]) => `[${groups.join(' ')}]`;

describe('a token of the stack’s own pool', () => {
  it('has the grants that its groups are named as, as a list and as the gateway’s text', () => {
    fc.assert(
      fc.property(fc.subarray([...ROLES, 'officer:finance', 'viewer:pharma']), (grants) => {
        const groups = ['someone-else', ...grants];
        const expected = grants.join(' ') || 'none';
        expect(ofPool(groups)).toBe(expected);
        expect(ofPool(asText(groups))).toBe(expected);
      }),
    );
  });

  it('has no grant by a claim that Cognito does not fill', () => {
    const claims = { sub: 's', groups: ['admin'] };
    expect(readCaller({ claims, authorization: undefined }, null)).toEqual({
      sub: 's',
      name: null,
      grants: [],
    });
  });

  it('has the name that its claims say first, and the subject is no name', () => {
    const named = (claims: object) =>
      readCaller({ claims: { sub: 's', ...claims }, authorization: undefined }, null)?.name;
    expect(named({ name: ' Ann\n Lee ', email: 'ann@example.org' })).toBe('Ann Lee');
    expect(named({ name: '', email: 'ann@example.org' })).toBe('ann@example.org');
    expect(named({ 'cognito:username': 'ann' })).toBe('ann');
    for (const none of [{ 'cognito:username': 's' }, { name: '\u202e\u0007' }, { name: 7 }, {}])
      expect(named(none)).toBeNull();
    expect([...named({ name: '😀'.repeat(300) })!]).toHaveLength(200);
  });

  it('has none by what is no list and no text', () => {
    for (const groups of [7, null, { admin: true }, [7], ['admin viewer'], undefined, ''])
      expect(ofPool(groups)).toBe('none');
  });
});

describe('a token of an issuer of your own', () => {
  it('has the grants that the settings give to its groups, and none for another group', () => {
    for (const [groups, expected] of [
      [['AML officers'], 'officer:finance'],
      [['Payroll admin'], 'none'],
      [['Payroll admin', 'AML officers'], 'officer:finance'],
      [['officer', 'viewer:finance'], 'none'],
      [['Sec "ops"', 'admin'], 'viewer read_pii:finance admin'],
      [['AML', 'officers'], 'none'],
    ] as const) {
      expect(ofIssuer([...groups]), `list: ${groups}`).toBe(expected);
      expect(ofIssuer(asText(groups), { sub: 's', groups }), `text: ${groups}`).toBe(expected);
    }
  });

  it('is not made an admin by a name with a blank, however the gateway writes it', () => {
    for (const claim of ['[Payroll admin]', 'Payroll admin', '[admin viewer]', '["x","admin"]', 'x,admin'])
      expect(ofIssuer(claim), claim).toBe('none');
    expect(ofIssuer('[admin]')).toBe('admin');
    expect(ofIssuer('admin')).toBe('admin');
  });

  it('is read from the token only where that is the one that the gateway has checked', () => {
    const groups = ['AML officers', 'admin'];
    expect(ofIssuer(asText(groups), { sub: 's', groups })).toBe('officer:finance admin');
    expect(ofIssuer(asText(groups), { sub: 'other', groups })).toBe('none');
    expect(ofIssuer('[Payroll admin]', { sub: 's', groups: ['Payroll', 'admin', 'more'] })).toBe('none');
    expect(ofIssuer('[a b]', { sub: 's', groups: 'admin' })).toBe('none');
  });

  it('never has more grants than its own list gives, whatever the names', () => {
    const name = fc.stringMatching(/^[a-zA-Z ",[\]]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(name, fc.constantFrom('admin', 'AML officers')), { maxLength: 4 }),
        (groups) => {
          const exact = ofIssuer(groups);
          expect(ofIssuer(asText(groups), { sub: 's', groups })).toBe(exact);
          if (!groups.includes('admin')) expect(ofIssuer(asText(groups)).split(' ')).not.toContain('admin');
        },
      ),
    );
  });
});

describe('a caller', () => {
  it('has no grant with a token that speaks for an AWS identity, or for Assay', () => {
    for (const sub of ['arn:aws:iam::123456789012:user/ann', 'ARN:aws:x', 'assay', 'assay schedule']) {
      const claims = { sub, 'cognito:groups': ['admin'] };
      expect(readCaller({ claims, authorization: undefined }, null)).toEqual({ sub, name: null, grants: [] });
    }
  });

  it('is no one without checked claims or a subject', () => {
    for (const claims of [undefined, {}, { 'cognito:groups': '[admin]' }, { sub: '', groups: ['admin'] }])
      expect(readCaller({ claims, authorization: undefined }, GROUPS)).toBeNull();
  });
});

describe('the setting for an issuer’s groups', () => {
  it('is refused with the group and the grant that is none', () => {
    expect(() => parseGroupMap({ 'AML officers': ['officer:Finance'] })).toThrow(
      'the group "AML officers": found "officer:Finance", expected a role',
    );
  });
});
