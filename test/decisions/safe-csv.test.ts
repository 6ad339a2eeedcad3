import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvLine } from '../../lib/decisions/safe-csv.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';

const blanks = "[\\p{Cc}\\p{Cf}\\p{Z}']*";
const signs = '[=+\\-@\\u2212\\uFE62\\uFE63\\uFE66\\uFE6B\\uFF0B\\uFF0D\\uFF1D\\uFF20]';
/** What a spreadsheet might take for the beginning of a formula, said in another way than the code says it. */
const formulaAtStart = new RegExp(`^(?!')(${blanks.replace("'", '')}${signs}|[\\t\\r\\n])`, 'u');
const plainNegative = {
  test: (text: string) => /^-[\d.][\d.eE+-]*$/.test(text) && !Number.isNaN(Number(text)),
};

/** A plain number, whatever delimiter ends it, after blanks or none. */
const isNegative = (part: string) => /^[\p{Z}\p{Cc}\p{Cf}]*-[\d.]+([eE][+-]?\d+)?[",;|\t\r\n]?$/u.test(part);

const letters = [
  ...'=+-@\t\r\n\'";,| a1.eE',
  '＝',
  '＋',
  '－',
  '＠',
  '\u00A0',
  '\uFEFF',
  '\u200B',
  '−',
  'é',
  '😀',
];
const nasty = fc.oneof(
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 }),
  fc.double({ noNaN: true }).map(String),
  fc.string({ unit: 'grapheme' }),
);

/** Undoes safeCell, as the note in safe-csv.ts says. */
function original(safe: string): string {
  const start = new RegExp(`^'(?=${blanks}(${signs}|[\\t\\r\\n]))`, 'u');
  return safe.replace(start, '').replace(new RegExp(`(?<=[",;|\\t\\r\\n])'(?=${blanks}${signs})`, 'gu'), '');
}

/** The cell as csvLine makes it, without its quotes. */
function safeCell(text: string): string {
  const cell = csvLine([text]).slice(0, -1);
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

let session: Session;
beforeAll(async () => {
  session = await Session.open();
});
afterAll(() => session.close());

describe('safeCell', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+49 30 1234', "'+49 30 1234"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-1+cmd|"/c calc"!A0', `'-1+cmd|"/c calc"!A0`],
    ['＝1+1', "'＝1+1"],
    ['  =1', "'  =1"],
    ['\t1', "'\t1"],
    ['\uFEFF=1', "'\uFEFF=1"],
    ["'=1", "''=1"],
    ['a;=1', "a;'=1"],
    ['"=1', `"'=1`],
    ['a\n@b', "a\n'@b"],
    ['-12.50', '-12.50'],
    ['-1e-7', '-1e-7'],
    ['-1\n', "'-1\n"],
    ['-', "'-"],
    ['a-b=c', 'a-b=c'],
    ["'quoted'", "'quoted'"],
    [',\n=1', ",'\n'=1"],
    ['N1,2025-10-01,-12.50,x', 'N1,2025-10-01,-12.50,x'],
    ['N1;-1.234,56;"-3"', 'N1;-1.234,56;"-3"'],
    ['a,-1+cmd|x', "a,'-1+cmd|x"],
    ['a,-1 ,=1', "a,'-1 ,'=1"],
    // One that stood there gets one more, or taking one away would change the text.
    ["a,'-1", "a,''-1"],
    ["\n'-1", "'\n''-1"],
    ["a;' -1", "a;'' -1"],
    ["'a',-1", "'a',-1"],
    ['', ''],
  ])('%j becomes %j', (text, safe) => expect(safeCell(text)).toBe(safe));

  // Growing with the square of the length it would take minutes.
  it('takes no longer for a quarter of a megabyte of delimiters', { timeout: 10_000 }, () => {
    for (const text of ['\t', ',', '\n,', ',,=', "'"].map((part) => part.repeat(1 << 18))) {
      expect(safeCell(text).length).toBeGreaterThanOrEqual(text.length);
    }
  });

  it('leaves no beginning of a formula at the start, or after anything that might be a delimiter', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const safe = safeCell(text);
        if (plainNegative.test(text)) {
          expect(safe).toBe(text);
          return;
        }
        const parts = safe.split(/(?<=[",;|\t\r\n])/u).slice(1);
        for (const cell of [safe, ...parts.filter((part) => !isNegative(part))]) {
          expect(cell === '' || /^[\t\r\n]/.test(cell) ? '' : cell).not.toMatch(formulaAtStart);
        }
        expect(safe).not.toMatch(formulaAtStart);
      }),
      { numRuns: 2000 },
    );
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(plainNegative.test(text) ? text : original(safeCell(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('csvLine', () => {
  it('quotes what needs it and distinguishes a missing cell from an empty one', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', null, '', -1.5, true, ' h', '-2'])).toBe(
      'a,"b,c","d""e","f\ng",,"",-1.5,true," h",-2\n',
    );
  });

  it('is read back by a CSV reader as the safe texts', async () => {
    // Without NUL, and without a byte order mark, which DuckDB takes away even inside a file.
    const texts = fc.sample(nasty, { numRuns: 500, seed: 5 }).filter((text) => !/[\0\uFEFF]/.test(text));
    const file = join(session.folder, 'cells.csv');
    await writeFile(file, texts.map((text, index) => csvLine([index, text, 'end'])).join(''));
    const rows = await session.rows<{ i: number; text: string; last: string }>(
      `SELECT * FROM read_csv(${quoteText(file)}, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n',
         columns = {i: 'INTEGER', text: 'VARCHAR', last: 'VARCHAR'}, allow_quoted_nulls = false, auto_detect = false) ORDER BY i`,
    );
    expect(rows).toEqual(texts.map((text, i) => ({ i, text: safeCell(text), last: 'end' })));
    expect((await readFile(file, 'utf8')).endsWith(',end\n')).toBe(true);
  });
});
