import { expect, test } from 'vitest';
import { namesSubject } from '../../lib/audit/names-subject.ts';

test.each([
  ['asked by C-104.', 'C-104'],
  ['C-104_b, and (c-104)', 'C-104'],
  ['for ann@x.de', 'ann@x.de'],
  ['of ACME Ltd', 'acme ltd'],
  ['of acme\n  ltd', 'ACME Ltd'],
  ['ＡＣ-７ asked', 'AC-7'],
  ['AC-77 and AC-7', 'AC-7'],
  ['für Jose\u0301', 'José'],
])('%j names %j', (text, subject) => expect(namesSubject(text, subject)).toBe(true));

test.each([
  ['request 2026-114', 'AC-7'],
  ['request 2026-114', '11'],
  ['AC-77, BAC-7 and AC-7é', 'AC-7'],
  ['𝒳𐐷12', '12'],
  ['anything', ' '],
])('%j does not name %j', (text, subject) => expect(namesSubject(text, subject)).toBe(false));
