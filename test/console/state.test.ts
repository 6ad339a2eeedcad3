import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeName } from '../../console/api/files.ts';
import { caseHref } from '../../console/state/address.ts';
import { readCsv } from '../../console/state/csv.ts';
import { readAddress } from '../../console/state/read-address.ts';
import { checkLog, isIntact } from '../../console/state/verify-log.ts';
import { type AuditAct, GENESIS, writeEntry } from '../../lib/audit/audit-entry.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { requestNameOf } from './upload-name.ts';

describe('an address', () => {
  test.each([
    ['/', 'home', null, null],
    ['/finance', 'queue', 'finance', null],
    ['/finance/drops/d-1', 'drops', 'finance', 'd-1'],
    ['/finance/cases/AC%2F1', 'cases', 'finance', 'AC/1'],
    ['/finance/cases', 'unknown', 'finance', null],
    ['/Finance/queue', 'unknown', null, null],
    ['/sign-in', 'sign-in', null, null],
    ['/finance/cases/%E0%A4%A', 'cases', 'finance', '%E0%A4%A'],
  ])('%s is the page %s of %s', (path, page, domain, id) => {
    expect(readAddress(path, '')).toMatchObject({ page, domain, id });
  });

  test('of a case leads back to it, whatever its id', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (id) => {
        const { pathname, search } = new URL(caseHref('finance', id, 'f1'), 'https://x.example');
        fc.pre(id !== '.' && id !== '..');
        const found = readAddress(pathname, search);
        expect(found).toMatchObject({ page: 'cases', id });
        expect(found.query.get('flag')).toBe('f1');
      }),
    );
  });
});

test('a CSV file is read with quotes, line ends and commas in its fields', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é') });
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { maxLength: 5 }), (rows) => {
      const text = [['line', 'text'], ...rows].map((row) => `${row.map(quote).join(',')}\n`).join('');
      expect(readCsv(text).map(({ line, text: own }) => [line, own])).toEqual(rows);
    }),
  );
});

test('the name of a file that is uploaded is one that the API takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(requestNameOf(safeName(name))).toBe(true);
    }),
  );
  expect(safeName('Zahlungen Mai (2).csv')).toBe('Zahlungen-Mai-2-.csv');
});

describe('a log that is checked in the browser', () => {
  const lines: string[] = [];
  let prev = GENESIS;
  for (const [seq, subject] of ['run', 'T1', 'T2 „ünïcode“'].entries()) {
    const act: AuditAct = { event: 'scored', actor: 'assay', subject, data: { count: seq, sha256: prev } };
    const { line, hash } = writeEntry(act, seq, prev);
    lines.push(line);
    prev = hash;
  }
  const seal = makeSeal({
    head: prev,
    entries: lines.length,
    sealed_at: '2026-05-01T00:00:00Z',
    by: 'assay',
    versions: {},
  });
  const check = async (text: readonly string[]) => checkLog(`${text.join('\n')}\n`, seal);

  test('as it was written is intact', async () => {
    expect(isIntact(await check(lines))).toBe(true);
  });

  test.each([
    ['a changed entry', [lines[0]!, lines[1]!.replace('"T1"', '"T9"'), lines[2]!]],
    ['an entry that is gone', [lines[0]!, lines[2]!]],
    ['an end that is gone', [lines[0]!, lines[1]!]],
    ['entries in another order', [lines[1]!, lines[0]!, lines[2]!]],
    ['a line that is no entry', [...lines, '{}']],
  ])('with %s is not', async (_, text) => {
    expect(isIntact(await check(text))).toBe(false);
  });

  test('with a changed entry and a hash made to fit it breaks the chain after it', async () => {
    const changed = lines[1]!.replace('"T1"', '"T9"').replace(/,"hash":"[0-9a-f]{64}"/, '');
    const own = createHash('sha256').update(changed).digest('hex');
    const at = changed.lastIndexOf(',"prev":"');
    const forged = `${changed.slice(0, at)},"hash":"${own}"${changed.slice(at)}`;
    const { entries } = await check([lines[0]!, forged, lines[2]!]);
    expect(entries.map(({ fault }) => fault)).toEqual([null, null, 'chain']);
  });
});
