import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldTexts } from '../../lib/intake/record-fields.ts';
import { type ScanFault, type ScannedRecord, scanRecords } from '../../lib/intake/record-scanner.ts';

const DIALECT = { delimiter: 44, quote: 34, expectedFields: 2, maxRecordBytes: 1000 };

interface Seen {
  text: string;
  cells: string[] | null;
  line: number;
  lines: number;
  offset: number;
  fields: number;
  fault: ScanFault | null;
  hasNul: boolean;
  hasLooseQuote: boolean;
  hasPadding: boolean;
}

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let k = 0; at < bytes.length; k++) {
    const size = sizes.length === 0 ? bytes.length : sizes[k % sizes.length]!;
    // A copy: what comes from a stream lies anywhere.
    yield Uint8Array.from(bytes.subarray(at, at + size));
    at += size;
  }
}

async function scan(text: string, sizes: readonly number[] = [], dialect = DIALECT) {
  const seen: Seen[] = [];
  const visit = (record: ScannedRecord) => {
    const { bytes, start, end, ...rest } = record;
    const isSound = record.fault === null;
    const raw = Buffer.from(bytes.subarray(start, end)).toString('utf8');
    seen.push({ ...rest, text: raw, cells: isSound ? fieldTexts(bytes, start, end, dialect) : null });
  };
  const summary = await scanRecords(cut(Buffer.from(text, 'utf8'), sizes), dialect, visit);
  return { seen, summary };
}

/** RFC 4180, and blanks around quotes, a character at a time; null if a quote is anything but well placed. */
function parseNaively(text: string): { cells: string[]; line: number }[] | null {
  const records: { cells: string[]; line: number }[] = [];
  let i = 0;
  let line = 1;
  const isEnd = (at: number) => at >= text.length || text[at] === '\n' || text[at] === '\r';
  const passEnd = () => {
    if (i < text.length) line++;
    i += text[i] === '\r' && text[i + 1] === '\n' ? 2 : 1;
  };
  while (i < text.length) {
    const first = line;
    if (isEnd(i)) {
      passEnd();
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      let cell = '';
      let opening = i;
      while (text[opening] === ' ' || text[opening] === '\t') opening++;
      if (text[opening] === '"') {
        i = opening;
        i++;
        while (text[i] !== '"' || text[i + 1] === '"') {
          if (i >= text.length) return null;
          if (text[i] === '"') i++;
          else if (text[i] === '\n' || (text[i] === '\r' && text[i + 1] !== '\n')) line++;
          cell += text[i++];
        }
        i++;
        while (text[i] === ' ' || text[i] === '\t') i++;
        if (!isEnd(i) && text[i] !== ',') return null;
      } else {
        while (!isEnd(i) && text[i] !== ',') cell += text[i++];
      }
      cells.push(cell);
      if (isEnd(i)) break;
      i++;
    }
    passEnd();
    records.push({ cells, line: first });
  }
  return records;
}

const nastyText = fc
  .array(fc.constantFrom('a', ',', '"', '""', '\n', '\r', '\r\n', 'é', ' ', '\t', 'bc', '"x"', '\0'), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));

describe('scanRecords', () => {
  test('sees the same records however the bytes are cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        nastyText,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(3, 8, 20, 1000),
        async (text, sizes, maxRecordBytes) => {
          const dialect = { ...DIALECT, maxRecordBytes };
          expect(await scan(text, sizes, dialect)).toEqual(await scan(text, [], dialect));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('agrees with a reader of one character at a time on every text whose quotes are well placed', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(nastyText, async (text) => {
        const expected = parseNaively(text);
        if (expected === null) return;
        compared++;
        const { seen } = await scan(text, [], { ...DIALECT, expectedFields: 0 });
        expect(seen.map(({ cells, line }) => ({ cells, line }))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  test('visits every line of any text once: records, their inner lines and blank lines add up', async () => {
    await fc.assert(
      fc.asyncProperty(nastyText, async (text) => {
        const { seen, summary } = await scan(text);
        const lines = text.split(/\r\n|\r|\n/);
        if (lines.at(-1) === '') lines.pop();
        expect(seen.reduce((sum, record) => sum + record.lines, 0) + summary.blankLines).toBe(lines.length);
        for (const record of seen)
          expect(text.split(/\r\n|\r|\n/)[record.line - 1]).toBe(record.text.split(/\r\n|\r|\n/)[0]);
      }),
      { numRuns: 1500 },
    );
  });

  test('gives the offset of each record in the stream, and its first physical line', async () => {
    const text = 'id,note\n1,"two\nlines"\n\n2,é\r\n3,x';
    const { seen, summary } = await scan(text, [5]);
    const bytes = Buffer.from(text);
    expect(seen.map(({ line, lines, fields }) => [line, lines, fields])).toEqual([
      [1, 1, 2],
      [2, 2, 2],
      [5, 1, 2],
      [6, 1, 2],
    ]);
    for (const { offset, text: raw } of seen) {
      expect(bytes.subarray(offset, offset + Buffer.byteLength(raw)).toString()).toBe(raw);
    }
    expect(summary).toEqual({ records: 4, blankLines: 1, lf: 3, crlf: 1, cr: 0 });
  });

  test('gives up only the first line of a record whose quote is never closed', async () => {
    const { seen } = await scan('1,a\n2,"b\n3,c\n4,d\n');
    expect(seen.map(({ text, fault }) => [text, fault])).toEqual([
      ['1,a', null],
      ['2,"b', 'unterminated quote'],
      ['3,c', null],
      ['4,d', null],
    ]);
  });

  test('finds text after a closing quote, on one line or after several', async () => {
    const { seen } = await scan('1,"a"b\n2,"c\n3,x\n4,"y"\n5,z');
    expect(seen.map(({ text, fault, line }) => [text, fault, line])).toEqual([
      ['1,"a"b', 'text after a closing quote', 1],
      ['2,"c', 'text after a closing quote', 2],
      ['3,x', null, 3],
      ['4,"y"', null, 4],
      ['5,z', null, 5],
    ]);
  });

  test('cuts a line that is too long, keeps no more of it than the limit, and goes on after it', async () => {
    const dialect = { ...DIALECT, maxRecordBytes: 10 };
    const { seen } = await scan(
      `1,a\n2,${'b'.repeat(5000)}\n3,"${'c'.repeat(5000)}"\n12345,7890\n12345,78901\n`,
      [7],
      dialect,
    );
    expect(seen.map(({ text, fault, line }) => [text, fault, line])).toEqual([
      ['1,a', null, 1],
      ['2,bbbbbbbb', 'too long', 2],
      ['3,"ccccccc', 'too long', 3],
      ['12345,7890', null, 4],
      ['12345,7890', 'too long', 5],
    ]);
  });

  test('keeps the fault of a line that is exactly as long as allowed', async () => {
    const { seen } = await scan('1,"abcd"ef\n2,b\n', [], { ...DIALECT, maxRecordBytes: 10 });
    expect(seen.map(({ fault }) => fault)).toEqual(['text after a closing quote', null]);
  });

  test('takes a quote inside an unquoted field as text, and says so', async () => {
    const { seen } = await scan('5\'11",b\n');
    expect(seen[0]).toMatchObject({ cells: ['5\'11"', 'b'], fault: null, hasLooseQuote: true });
  });

  test('does not read to the limit again for every line when quotes never close', async () => {
    const dialect = { ...DIALECT, maxRecordBytes: 1 << 20 };
    const { seen } = await scan('a",,"c\n'.repeat(200_000), [1 << 16], dialect);
    expect(seen.length).toBe(200_000);
    expect(seen.every(({ fault }) => fault === 'unterminated quote')).toBe(true);
  });

  test.each([
    ['a,b', false],
    ['a, b', true],
    ['a ,b', true],
    [' a,b', true],
    ['a,b ', true],
    ['a,"b "', true],
    ['a," b"', true],
    ['a,"b c"', false],
    ['"a\nb",c', false],
    ['"a\n",c', true],
    ['a,', false],
    [' "a",b', true],
    ['"a" ,b', true],
    ['"a",b', false],
    ['a\u00a0,b', true],
    ['\u00a0a,b', true],
    ['"\u00a0a",b', true],
    ['"a\u00a0",b', true],
    ['é,b', false],
    ['a,bé', false],
    ['"é",b', false],
  ])('notes blank space at the edge of a field: %j → %s', async (text, expected) => {
    expect((await scan(text)).seen[0]!.hasPadding).toBe(expected);
  });

  test('a byte order mark before a record is no part of it; what only resembles one is text', async () => {
    const { seen, summary } = await scan('1,a\n\ufeff2,b\n\ufeff\n\ufeff"3",c', [4]);
    expect(seen.map(({ text, line, offset, hasPadding }) => [text, line, offset, hasPadding])).toEqual([
      ['1,a', 1, 0, false],
      ['2,b', 2, 4, true],
      ['"3",c', 4, 15, true],
    ]);
    expect(summary).toMatchObject({ records: 3, blankLines: 1 });
    // EF BB BE, EF 80 BF and E2 BB BF: two of the mark's three bytes.
    for (const one of ['\ufefe', '\uf03f', '\u2eff'])
      expect((await scan(`${one}1,a`)).seen).toMatchObject([
        { text: `${one}1,a`, cells: [`${one}1`, 'a'], hasPadding: false },
      ]);
  });

  test('lines that are skipped are counted, whatever stands in them and however they are cut', async () => {
    const text = 'made "by\r\n\nus\r1,a\n2,b';
    for (const sizes of [[], [1], [2], [3], [10]]) {
      const { seen, summary } = await scan(text, sizes, { ...DIALECT, skipLines: 3 } as typeof DIALECT);
      expect(seen.map(({ text: raw, line, offset }) => [raw, line, offset])).toEqual([
        ['1,a', 4, 14],
        ['2,b', 5, 18],
      ]);
      expect(summary).toEqual({ records: 2, blankLines: 0, lf: 2, crlf: 1, cr: 1 });
    }
    const { seen } = await scan('one\ntwo', [], { ...DIALECT, skipLines: 9 } as typeof DIALECT);
    expect(seen).toEqual([]);
  });

  test('without a quote or a delimiter there is none, and NUL is text', async () => {
    const plain = { ...DIALECT, quote: -1 };
    const { seen } = await scan('"a,b"\nc" d,e\n', [], plain);
    expect(
      seen.map(({ text, fields, fault, hasLooseQuote }) => [text, fields, fault, hasLooseQuote]),
    ).toEqual([
      ['"a,b"', 2, null, false],
      ['c" d,e', 2, null, false],
    ]);
    const whole = { ...DIALECT, delimiter: -1 };
    expect((await scan('a,b\n"c\nd"\n', [], whole)).seen).toMatchObject([
      { text: 'a,b', fields: 1, hasNul: false },
      { text: '"c\nd"', fields: 1, lines: 2 },
    ]);
    expect((await scan('a\0,b')).seen).toMatchObject([{ fields: 2, hasNul: true, hasLooseQuote: false }]);
    expect((await scan('"a\0",b')).seen).toMatchObject([{ fields: 2, hasNul: true }]);
  });

  test('a record over several lines with far more fields than there are is one whose quote was not closed', async () => {
    const record = (fields: number) => `1,"a\nb"${',x'.repeat(fields - 2)}\n`;
    // Twice as many as expected, and sixteen more.
    expect((await scan(record(20))).seen).toMatchObject([{ fields: 20, lines: 2, fault: null }]);
    expect((await scan(record(21))).seen[0]).toMatchObject({ text: '1,"a', fault: 'unterminated quote' });
    const any = { ...DIALECT, expectedFields: 0 };
    expect((await scan(record(21), [], any)).seen).toMatchObject([{ fields: 21, fault: null }]);
    // On one line there may be as many as there are.
    expect((await scan(`1${',x'.repeat(29)}`)).seen).toMatchObject([{ fields: 30, fault: null }]);
  });

  test('blank space around quotes belongs to no field, unless it divides them', async () => {
    expect((await scan(' "a" ,\t"b"\t')).seen).toMatchObject([
      { cells: ['a', 'b'], hasPadding: true, fault: null },
    ]);
    const tabs = { ...DIALECT, delimiter: 9 };
    expect((await scan('"a"\t"b"', [], tabs)).seen).toMatchObject([{ cells: ['a', 'b'], hasPadding: false }]);
    expect((await scan('\t"b"', [], tabs)).seen).toMatchObject([{ cells: ['', 'b'], hasPadding: false }]);
  });
});
