/** A record is the same record whatever format brought it: same texts, same id, same hash, same rejects. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonBody } from '../../lib/api/json-body.ts';
import { quoteText } from '../../lib/engine/session.ts';
import { requestLines } from '../../lib/online/online-engine.ts';
import {
  spaceBytesAt,
  spaceBytesBefore,
  trimSpace,
  trimSpaceSql,
} from '../../lib/packs/surrounding-space.ts';
import { type Intake, intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const PACK = packOf(
  [
    columnOf('id', 'string'),
    columnOf('account', 'string'),
    columnOf('amount', 'decimal'),
    columnOf('booked', 'timestamp'),
    columnOf('note', 'string', { missing: ['?'] }),
  ],
  { id: ['id'], time: 'booked', entity: 'account' },
);
const HEADER = PACK.columns.map(({ name }) => name);
const SPACE = [
  ' ',
  '\t',
  '\u0085',
  '\u00a0',
  '\u00ad',
  '\u1680',
  '\u180e',
  '\u2003',
  '\u2007',
  '\u200b',
  '\u200d',
  '\u200e',
  '\u2028',
  '\u202a',
  '\u202f',
  '\u205f',
  '\u2060',
  '\u2069',
  '\u3000',
  '\ufeff',
  '\n',
];

function csvOf(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function objectsOf(rows: readonly (readonly string[])[]): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(row.map((text, at) => [HEADER[at]!, text])));
}

/** As `POST /v1/score` brings them. */
function requestOf(body: string): string {
  const text = Buffer.from(body).toString('base64');
  const raw = { contentType: 'application/json', text, isBase64: true };
  const { records } = readJsonBody(raw, 1 << 20, { holdsRecords: true }) as {
    records: Record<string, string>[];
  };
  return requestLines(records);
}

async function parquetOf(name: string, rows: readonly (readonly string[])[]): Promise<string> {
  const path = bench.file(name, '');
  const values = rows.map((row, at) => `(${at}, ${row.map(quoteText).join(', ')})`).join(', ');
  await bench.session.run(
    `COPY (SELECT ${HEADER.join(', ')} FROM (VALUES ${values}) AS v(n, ${HEADER.join(', ')}) ORDER BY n) TO ${quoteText(path)} (FORMAT parquet)`,
  );
  return path;
}

function whatWasRead({ records, rejects }: Intake): unknown {
  return {
    records: records.map(({ line: _line, file: _file, ...values }) => values),
    rejects: rejects.map(({ column, reason }) => [column, reason]),
  };
}

async function readAll(rows: readonly (readonly string[])[]): Promise<unknown[]> {
  const objects = objectsOf(rows);
  const paths = [
    bench.file('same.csv', csvOf(rows)),
    bench.file('same.jsonl', requestLines(objects)),
    await parquetOf('same.parquet', rows),
    bench.file('request.jsonl', requestOf(JSON.stringify({ records: objects }))),
  ];
  const found: unknown[] = [];
  for (const path of paths) found.push(whatWasRead(await bench.read(PACK, path)));
  return found;
}

describe('CSV, JSONL, Parquet and requests', () => {
  test('give the same records, hashes and rejects, whatever stands around the values', async () => {
    const space = fc.array(fc.constantFrom(...SPACE), { maxLength: 3 }).map((parts) => parts.join(''));
    const inner = fc.constantFrom(
      'A1',
      'A\u00a01',
      'é',
      '日本',
      '🎈',
      'x"y',
      "o'x",
      'a,b',
      '-',
      '\ufffd',
      '2',
      '0',
      '?',
    );
    const padded = (text: fc.Arbitrary<string>) =>
      fc.tuple(space, text, space).map((parts) => parts.join(''));
    const row = fc.tuple(
      padded(inner),
      padded(inner),
      padded(fc.constantFrom('12.50', '-3', '4O.50', '1,5', '')),
      padded(fc.constantFrom('2025-01-31 10:00:00', '2025-01-31T10:00Z', '1822-01-01', 'x')),
      padded(inner),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (drawn) => {
        const rows = drawn.map(([id, ...rest], at) => [
          id.replace(/(?=\p{L}|\d|-|\?|\ufffd|🎈)/u, `${at}`),
          ...rest,
        ]);
        const [csv, ...others] = await readAll(rows);
        for (const other of others) expect(rejectsOfOneFile(other)).toEqual(rejectsOfOneFile(csv));
      }),
      { numRuns: 12 },
    );
  });

  test('find one account where white space of any kind surrounds it', async () => {
    const rows = SPACE.map((space, at) => [
      `${space}T${at}`,
      `${space}A1${space}`,
      ` 12.50${space}`,
      '2025-01-31',
      '',
    ]);
    for (const found of await readAll(rows)) {
      const { records, rejects } = found as { records: Record<string, unknown>[]; rejects: unknown[] };
      expect(rejects).toEqual([]);
      expect(new Set(records.map(({ account }) => account))).toEqual(new Set(['A1']));
      expect(records.map(({ id }) => id)).toEqual(SPACE.map((_, at) => `T${at}`));
    }
  });

  test('reject an id or an account in which a character was lost', async () => {
    const rows = [
      ['T\ufffd', 'A1', '1', '', ''],
      ['T2', 'A\ufffd', '1', '', ''],
      ['T3', 'A1', '1', '', 'note\ufffd'],
    ];
    for (const found of await readAll(rows)) {
      const { records, rejects } = found as {
        records: Record<string, unknown>[];
        rejects: [string, string][];
      };
      expect(records.map(({ id }) => id)).toEqual(['T3']);
      expect(rejects.map(([column]) => column)).toEqual(['id', 'account']);
      expect(rejects[0]![1]).toBe('expected text in which no character was lost (U+FFFD), found "T\ufffd"');
    }
  });
});

function rejectsOfOneFile(found: unknown): unknown {
  return JSON.parse(
    JSON.stringify(found)
      .replaceAll(/(same|request)\.(csv|jsonl|parquet)/g, 'file')
      .replaceAll(/on line \d+/g, 'on a line'),
  );
}

describe('half characters', () => {
  test('of JSON are rejected, not replaced', async () => {
    const lines = [
      '{"id":"T1","account":"A\\ud800"}',
      '{"id":"T\\udc00"}',
      '{"id":"T3","account":"A\\ud83c\\udf88"}',
    ];
    for (const content of [`${lines.join('\n')}\n`, requestOf(`{"records":[${lines.join(',')}]}`)]) {
      const { records, rejects } = await bench.read(PACK, bench.file('half.jsonl', content));
      expect(records.map(({ account }) => account)).toEqual(['A🎈']);
      expect(rejects.map(({ reason }) => reason)).toEqual([
        'the value of "account" holds half a character (a lone surrogate)',
        'the value of "id" holds half a character (a lone surrogate)',
      ]);
    }
  });
  test('of UTF-8 and UTF-16 are rejected in a CSV', async () => {
    const utf8 = Buffer.concat([
      Buffer.from('id,account\nT1,é é é é\nT2,A'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('\n'),
    ]);
    const utf16 = Buffer.from('\ufeffid,account\nT1,x\nT2,A\ud800\n', 'utf16le');
    for (const content of [utf8, utf16]) {
      const { records, rejects } = await bench.read(PACK, bench.file('half.csv', content));
      expect(records.map(({ id }) => id)).toEqual(['T1']);
      expect(rejects.map(({ line }) => line)).toEqual([3]);
    }
  });
});

describe('a byte order mark inside a file', () => {
  test('is no part of an id, of a quoted one or of a header that comes again', async () => {
    const csv = '\ufeffid,account\nT1,A1\n\ufeffid,account\n\ufeffT2,A1\n\ufeff"T3",A1\n\ufeff\nT4,A1\n';
    const { records, rejects } = await bench.read(PACK, bench.file('marks.csv', csv));
    expect(records.map(({ id, line }) => [id, line])).toEqual([
      ['T1', '2'],
      ['T2', '4'],
      ['T3', '5'],
      ['T4', '7'],
    ]);
    expect(rejects.map(({ reason }) => reason)).toEqual(['it is the header again']);
    const jsonl = '{"id":"T1"}\n\ufeff{"id":"\ufeffT2"}\n';
    expect((await bench.read(PACK, bench.file('marks.jsonl', jsonl))).records.map(({ id }) => id)).toEqual([
      'T1',
      'T2',
    ]);
  });
});

describe('numbers of JSON and Parquet', () => {
  test('as part of a key are whole or rejected', async () => {
    const lines = [
      '{"id":2.0,"account":1e3}',
      '{"id":3,"account":2.5}',
      '{"id":62220212345678901,"account":-0.0}',
    ];
    for (const content of [`${lines.join('\n')}\n`, requestOf(`{"records":[${lines.join(',')}]}`)]) {
      const { records, rejects } = await bench.read(PACK, bench.file('numbers.jsonl', content));
      expect(records.map(({ id, account }) => [id, account])).toEqual([
        ['2', '1000'],
        ['62220212345678901', '0'],
      ]);
      expect(rejects.map(({ reason }) => reason)).toEqual([
        'the value of "account" is the number 2.5; text or a whole number is expected, as it is part of a key',
      ]);
    }
  });
  test('are the same text elsewhere however they were written', async () => {
    const lines = [
      '{"id":"1","note":2.50,"amount":1.50}',
      '{"id":"2","note":1e-7}',
      '{"id":"3","note":12345678901234567.50}',
    ];
    const expected = ['2.5', '0.0000001', '12345678901234567.5'];
    for (const content of [`${lines.join('\n')}\n`, requestOf(`{"records":[${lines.join(',')}]}`)]) {
      const { records } = await bench.read(PACK, bench.file('notes.jsonl', content));
      expect(records.map(({ note }) => note)).toEqual(expected);
    }
  });
  test('of a Parquet column of floating point are read as keys where whole and exact, and rejected else', async () => {
    const path = bench.file('floats.parquet', '');
    await bench.session.run(
      `COPY (SELECT id, account, note::FLOAT AS note FROM (VALUES ('a', 2::DOUBLE, 0.1), ('b', 2.5, 1), ('c', 1e16, 2), ('d', NULL, 1e-7), ('e', 'inf', 3)) AS v(id, account, note)) TO ${quoteText(path)} (FORMAT parquet)`,
    );
    const { records, rejects } = await bench.read(PACK, path);
    expect(records.map(({ id, account, note }) => [id, account, note])).toEqual([
      ['a', '2', '0.1'],
      ['d', null, '0.0000001'],
    ]);
    expect(rejects.map(({ column, reason }) => [column, reason])).toEqual(
      ['2.5', '10000000000000000', 'inf'].map((text) => [
        'account',
        `expected text or a whole number, as it is part of a key, found "${text}"`,
      ]),
    );
  });
  test.each([
    ['2.0', 'end in ".0", as floating point writes them: "2.0" and "2" are different keys'],
    [
      '6.22202E+18',
      'are in scientific notation, as a spreadsheet writes long numbers: their last digits may be lost',
    ],
    ['="00123"', 'are marked as text by a spreadsheet (="…"): with the mark and without are different keys'],
  ])('that a spreadsheet spoils in a CSV are warned of: %s', async (key, says) => {
    const { result, records } = await bench.read(
      PACK,
      bench.file('spoilt.csv', `id,account\nT1,${key}\nT2,2E\n`),
    );
    expect(records).toHaveLength(2);
    expect(result.warnings).toContain(`spoilt.csv: 1 value of "account" ${says}`);
    expect(result.warnings.filter((warning) => warning.includes('of "account"'))).toHaveLength(1);
  });
});

describe('surrounding white space', () => {
  test('is the same to texts, bytes and SQL: all of Unicode\u2019s, and no letter or digit', async () => {
    const codes = Array.from({ length: 0x10000 }, (_, code) => code).filter(
      (code) => code > 0 && (code < 0xd800 || code > 0xdfff),
    );
    const trimmed = codes.filter((code) => trimSpace(String.fromCharCode(code)) === '');
    expect(
      codes.filter((code) => /\p{White_Space}/u.test(String.fromCharCode(code)) && !trimmed.includes(code)),
    ).toEqual([]);
    expect(trimmed.filter((code) => /[^\p{White_Space}\p{Cf}]/u.test(String.fromCharCode(code)))).toEqual([]);
    for (const code of codes) {
      const bytes = Buffer.from(String.fromCharCode(code));
      const expected = trimmed.includes(code) ? bytes.length : 0;
      expect(spaceBytesAt(bytes, 0, bytes.length)).toBe(expected);
      expect(spaceBytesBefore(bytes, 0, bytes.length)).toBe(expected);
    }
    const { found } = await bench.session.row<{ found: string }>(
      `SELECT list(code ORDER BY code)::VARCHAR AS found FROM range(1, 65536) AS r(code)
       WHERE code NOT BETWEEN 55296 AND 57343 AND ${trimSpaceSql('chr(code::INTEGER)')} = ''`,
    );
    expect(found).toBe(`[${trimmed.join(', ')}]`);
  });
});
