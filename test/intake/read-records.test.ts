import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const PACK = packOf(
  [
    columnOf('id', 'string', { required: true }),
    columnOf('amount', 'decimal', { required: true, min: 0 }),
    columnOf('at', 'timestamp'),
    columnOf('share', 'number'),
    columnOf('count', 'integer'),
    columnOf('open', 'boolean'),
    columnOf('day', 'date'),
    columnOf('fraud', 'boolean'),
  ],
  { id: ['id'], label: 'fraud' },
);
const PAIR = packOf([columnOf('id', 'string'), columnOf('amount', 'decimal')], { id: ['id'] });

describe('rejects', () => {
  test('keep line, column, reason and original text, quoted line ends and blank lines counted', async () => {
    const text = 'id,amount\n"a\nb",1.00\n\nc,"12,50"\nd\ne,3,4\nf,"5"x\nid,amount\ng,7\n"h",-\n';
    const { result, records, rejects } = await bench.read(PAIR, bench.file('r.csv', text));
    expect(result).toMatchObject({ received: 8, accepted: 2, rejected: 6 });
    expect(records.map(({ seq, line, record_id }) => [seq, line, record_id])).toEqual([
      ['0', '2', 'a\nb'],
      ['1', '10', 'g'],
    ]);
    expect(rejects).toEqual([
      {
        file: 0,
        line: 5,
        column: 'amount',
        reason: 'expected decimal(18,2), found "12,50" (looks like a decimal comma)',
        text: 'c,"12,50"',
      },
      { file: 0, line: 6, column: null, reason: 'expected 2 fields, found 1', text: 'd' },
      { file: 0, line: 7, column: null, reason: 'expected 2 fields, found 3', text: 'e,3,4' },
      { file: 0, line: 8, column: null, reason: 'text follows a closing quote', text: 'f,"5"x' },
      { file: 0, line: 9, column: null, reason: 'it is the header again', text: 'id,amount' },
      { file: 0, line: 11, column: 'amount', reason: 'expected decimal(18,2), found "-"', text: '"h",-' },
    ]);
  });

  test('name the first column that fails, and all of them in the reason', async () => {
    const { rejects } = await bench.read(PACK, bench.file('two.csv', 'id,amount,count\n,x,1\nb,1,y\n'));
    expect(rejects.map(({ column, reason }) => [column, reason])).toEqual([
      ['id', 'it is missing and must not be; amount: expected decimal(18,2), found "x"'],
      ['count', 'expected integer, found "y"'],
    ]);
  });

  test('hold a NUL, damaged UTF-8 and a row of 10 MB, and the records around them are read', async () => {
    const content = Buffer.concat([
      Buffer.from('id,amount\nné,1\na\0b,2\n'),
      Buffer.from([0xff, 0x2c, 0x33, 0x0a]),
      Buffer.from(`long,"${'x'.repeat(10_000_000)}"\n`),
      Buffer.from('z,4\n'),
    ]);
    const { result, records, rejects } = await bench.read(PAIR, bench.file('odd.csv', content));
    expect(result).toMatchObject({ received: 5, accepted: 2, rejected: 3 });
    expect(records.map(({ id }) => id)).toEqual(['né', 'z']);
    expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'it holds a NUL byte'],
      [4, 'it holds bytes that are not valid utf-8'],
      [5, 'it is longer than 1048576 bytes'],
    ]);
    expect(rejects[2]!.text.length).toBeLessThan(1100);
    expect(result.warnings.join()).toContain('damaged characters');
  });

  test('of one unclosed quote are one line, not the rest of the file', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `r${i},${i}`);
    rows[10] = 'r10,"10';
    const { result, rejects } = await bench.read(
      PAIR,
      bench.file('open.csv', `id,amount\n${rows.join('\n')}\n`),
    );
    expect(result).toMatchObject({ received: 50, accepted: 49, rejected: 1 });
    expect(rejects[0]).toMatchObject({ line: 12, text: 'r10,"10' });
  });
});

describe('record ids', () => {
  test('that were there before are rejected, across files and lines, the first one stays', async () => {
    const one = bench.file('one.csv', 'id,amount\na,1\nb,2\na,3\n');
    const two = bench.file('two.csv', 'id,amount\nb,4\nc,5\n a,6\n');
    const { result, records, rejects } = await bench.read(PAIR, [one, two]);
    expect(result).toMatchObject({ received: 6, accepted: 3, rejected: 3 });
    expect(records.map(({ seq, file, record_id, amount }) => [seq, file, record_id, amount])).toEqual([
      ['0', 0, 'a', '1.00'],
      ['1', 0, 'b', '2.00'],
      ['2', 1, 'c', '5.00'],
    ]);
    expect(rejects.map(({ file, line, column, reason, text }) => [file, line, column, reason, text])).toEqual(
      [
        [0, 4, 'id', 'record id "a" was already on line 2 of one.csv', 'a,3'],
        [1, 2, 'id', 'record id "b" was already on line 3 of one.csv', 'b,4'],
        [1, 4, 'id', 'record id "a" was already on line 2 of one.csv', ' a,6'],
      ],
    );
  });

  test('of a history give way to those of the delivery, whatever the order, and are counted apart', async () => {
    const past = bench.file('past.csv', 'id,amount\na,1\nb,2\n');
    const drop = bench.file('drop.csv', 'id,amount\nb,2\nc,x\nd,4\n');
    const result = await readRecords(bench.session, PAIR, [{ path: past, history: true }, { path: drop }]);
    const { records, rejects } = await bench.tables(result);
    expect(result).toMatchObject({
      received: 3,
      accepted: 2,
      rejected: 1,
      history: { received: 2, accepted: 1 },
    });
    expect(records.map(({ seq, file, history, record_id }) => [seq, file, history, record_id])).toEqual([
      ['0', 1, false, 'b'],
      ['1', 1, false, 'd'],
      ['2', 0, true, 'a'],
    ]);
    expect(rejects.map(({ file, reason }) => [file, reason])).toEqual([
      [0, 'record id "b" was already on line 2 of drop.csv'],
      [1, 'expected decimal(18,2), found "x"'],
    ]);
  });

  test('of several columns are joined, and parts holding the joint do not collide', async () => {
    const pack = packOf([columnOf('a', 'string'), columnOf('b', 'string')], { id: ['a', 'b'] });
    const { records } = await bench.read(pack, bench.file('j.csv', 'a,b\nx,y\nx|y,z\nx,y|z\n'));
    expect(records.map(({ record_id }) => record_id)).toEqual(['x|y', 'x\\|y|z', 'x|y\\|z']);
  });

  test('are made of the content where the pack has none, equal records numbered', async () => {
    const pack = packOf([columnOf('a', 'string'), columnOf('b', 'integer')]);
    const { records } = await bench.read(pack, bench.file('n.csv', 'a,b\nx,1\ny,2\nx,1\nx,1.0\n'));
    const base = String(records[0]!.record_hash).slice(0, 16);
    expect(records.map(({ record_id }) => record_id)).toEqual([
      base,
      String(records[1]!.record_hash).slice(0, 16),
      `${base}-2`,
      `${base}-3`,
    ]);
  });
});

describe('the same records', () => {
  const header = ['id', 'amount', 'at', 'share', 'count', 'open', 'day', 'fraud'];
  const rows = [
    ['a', '12.5', '2024-01-05T10:00:00Z', '0.1', '3', 'true', '2024-01-05', '1'],
    ['b', '7', '2024-01-05 12:30:00', '1e-7', '', 'N', '', ''],
    ['ü"x', '0.01', '', '', '-1', '', '2023-12-31', '0'],
  ];
  const quoted = (cell: string) => (cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : cell);
  const csv = [header, ...rows].map((cells) => cells.map(quoted).join(',')).join('\n');
  const jsonl = rows
    .map((cells) => {
      const numeric = ['amount', 'share', 'count'];
      const members = header.map((name, at) => {
        const value = numeric.includes(name) ? cells[at] || 'null' : JSON.stringify(cells[at]);
        return `${JSON.stringify(name)}: ${value}`;
      });
      return `{${members.reverse().join(', ')}}`;
    })
    .join('\n');

  async function parquet(): Promise<string> {
    const path = join(bench.folder, 'same.parquet');
    const source = bench.file('source.csv', csv);
    await bench.session.run(
      `COPY (SELECT day::DATE AS day, fraud::VARCHAR AS fraud, "at"::TIMESTAMPTZ AS "at", id, amount::DECIMAL(18,2) AS amount, share::DOUBLE AS share, ` +
        `"count"::DOUBLE AS "count", CASE lower("open") WHEN 'true' THEN true WHEN 'n' THEN false END AS "open" ` +
        `FROM read_csv('${source}', all_varchar = true)) TO '${path}' (FORMAT parquet)`,
    );
    return path;
  }

  test('from CSV, JSONL and Parquet, plain and compressed, are the same, hashes included', async () => {
    const same = async (path: string) => {
      const { records, rejects } = await bench.read(PACK, path);
      expect(rejects).toEqual([]);
      return records.map(({ line: _, ...rest }) => rest);
    };
    const expected = await same(bench.file('same.csv', csv));
    expect(expected).toHaveLength(3);
    expect(expected[0]).toMatchObject({
      amount: '12.50',
      at: '2024-01-05 10:00:00',
      share: 0.1,
      count: '3',
      fraud: true,
    });
    const { readFileSync } = await import('node:fs');
    const parquetBytes = readFileSync(await parquet());
    for (const [name, bytes] of [
      ['same.jsonl', Buffer.from(jsonl)],
      ['same.parquet', parquetBytes],
      ['same.csv', Buffer.from(csv)],
    ] as const) {
      expect(await same(bench.file(name, bytes))).toEqual(expected);
      expect(await same(bench.file(`gzip-${name}`, gzipSync(bytes)))).toEqual(expected);
      expect(await same(bench.file(`zstd-${name}`, zstdCompressSync(bytes)))).toEqual(expected);
    }
  });

  test('have the same hash whatever the order of columns, the label and unknown columns', async () => {
    const hash = async (text: string) =>
      (await bench.read(PACK, bench.file('h.csv', text))).records[0]!.record_hash;
    const plain = await hash('id,amount,fraud\na,1,1\n');
    expect(plain).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash('other,amount,id\n?,1.00,a\n')).toBe(plain);
    expect(await hash('id,amount\na,1.01\n')).not.toBe(plain);
    expect(await hash('id,amount,share\na,1,-0\n')).toBe(await hash('id,amount,share\na,1,0.0\n'));
  });

  test('with cells that could run into each other have different hashes', async () => {
    const pack = packOf([columnOf('a', 'string'), columnOf('b', 'string')]);
    const text = 'a,b\nx\x1f1:y,z\nx,y\x1f1:z\n';
    const { records } = await bench.read(pack, bench.file('run.csv', text));
    expect(new Set(records.map(({ record_hash }) => record_hash)).size).toBe(2);
  });
});

describe('JSONL', () => {
  test('rejects what is no flat object, and keeps numbers exactly as written', async () => {
    const lines = [
      '{"id": "a", "amount": 9007199254740993.01, "extra": {"deep": [1]}}',
      '{"id": "b", "amount": 1',
      '[1, 2]',
      '{"id": "c", "amount": [1]}',
      '',
      '{"id": "d", "amount": 1, "id": "e"}',
      '{"amount": 1}',
      '{"id": "\\u0066\\n", "amount": "2.50", "note": "tab\\t"}',
      '{"id": "g", "amount": 01}',
      'null',
    ];
    const path = bench.file('x.jsonl', lines.join('\r\n'));
    const { result, records, rejects } = await bench.read(PAIR, path);
    expect(result).toMatchObject({ received: 9, accepted: 2, rejected: 7 });
    expect(result.files[0]).toMatchObject({ format: 'jsonl', columns: ['id', 'amount', 'extra', 'note'] });
    expect(records.map(({ line, id, amount }) => [line, id, amount])).toEqual([
      ['1', 'a', '9007199254740993.01'],
      ['8', 'f', '2.50'],
    ]);
    expect(rejects.map(({ line, reason, text }) => [line, reason.split(',')[0], text])).toEqual([
      [2, 'this is no valid JSON: expected "', lines[1]],
      [3, 'expected a JSON object', lines[2]],
      [4, 'the value of "amount" is an object or a list; a plain value is expected', lines[3]],
      [6, 'the key "id" is there twice', lines[5]],
      [7, 'it is missing and must not be', lines[6]],
      [9, 'this is no valid JSON: expected "', lines[8]],
      [10, 'expected a JSON object', lines[9]],
    ]);
  });

  test('rejects an object of which two keys could be one column, whichever comes first', async () => {
    const lines = [
      '{"id": "a", "AMOUNT": 1, "Amount": 9850}',
      '{"id": "b", "Amount": 9850, "AMOUNT": 1, "amount": 2}',
      '{"id": "c", "amount": 3, "AMOUNT": 1}',
      '{"id": "d", "Amount": 4}',
      '{"id": "e", "Amount": 9850, "AMOUNT": 1}',
    ];
    const path = bench.file('case.jsonl', lines.join('\n'));
    const { records, rejects } = await bench.read(PAIR, path);
    expect(records.map(({ id, amount }) => [id, amount])).toEqual([
      ['b', '2.00'],
      ['c', '3.00'],
      ['d', '4.00'],
    ]);
    const reason = 'could each be "amount"; name one exactly so';
    expect(rejects.map(({ line, reason: why }) => [line, why])).toEqual([
      [1, `the keys "AMOUNT", "Amount" ${reason}`],
      [5, `the keys "Amount", "AMOUNT" ${reason}`],
    ]);
  });
});

describe('headers', () => {
  test('match exactly first, then by alias, then whatever the case, which is warned of', async () => {
    const pack = packOf([
      columnOf('amount', 'decimal', { aliases: ['betrag', 'sum'] }),
      columnOf('id', 'string'),
      columnOf('gone', 'string'),
    ]);
    const { result, records } = await bench.read(pack, bench.file('h.csv', '\ufeffsum , ID,betrag\n1,a,2\n'));
    expect(records[0]).toMatchObject({ amount: '2.00', id: 'a', gone: null });
    expect(result.warnings).toEqual([
      'h.csv: the header "ID" is read as "id" (it differs in case)',
      'h.csv: column "gone" is not there; it is taken as missing in every record',
    ]);
    expect(result.files[0]!.columns).toEqual(['sum', 'ID', 'betrag']);
  });

  test('may begin with a bracket without being taken for JSON', async () => {
    const pack = packOf([columnOf('[id]', 'string'), columnOf('{b}', 'string')]);
    expect((await bench.read(pack, bench.file('b.csv', '[id],{b}\n1,2\n'))).result.accepted).toBe(1);
    expect((await bench.read(pack, bench.file('b.csv', '{b};[id]\n1;2\n'))).result.accepted).toBe(1);
  });

  test('without records are a delivery of none, with a warning', async () => {
    const { result } = await bench.read(PAIR, bench.file('none.csv', 'id,amount\r\n'));
    expect(result).toMatchObject({ received: 0, accepted: 0, rejected: 0 });
    expect(result.warnings).toEqual(['none.csv has a header, but no records']);
  });
});

describe('a file that cannot be read at all is refused with what it is and what is expected', () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['empty.csv', '', /^empty\.csv is empty \(0 bytes\)/],
    ['blank.csv', ' \n\n', /^blank\.csv holds nothing but blank space/],
    ['empty.csv.gz', gzipSync(''), /is empty once decompressed/],
    [
      'noise.csv',
      Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) % 29)),
      /looks like a binary file/,
    ],
    ['zeros.csv.gz', gzipSync(Buffer.alloc(20_000_000)), /looks like a binary file/],
    ['page.csv', '<!DOCTYPE html><html></html>', /looks like an HTML page/],
    ['a.pdf', '%PDF-1.7 …', /looks like a PDF/],
    ['list.json', '[{"id": 1}]', /JSON array; one object a line is expected/],
    ['spread.json', '{\n  "id": 1\n}', /JSON document on several lines/],
    ['twice.csv', 'id,amount,id\n1,2,3\n', /its header has "id" more than once/],
    ['case.csv', 'Id,ID,amount\n1,2,3\n', /headers "Id", "ID" differ only in case/],
    ['renamed.csv', 'id,amout\n1,2\n', /column "amount" is missing; the header has "amout"/],
    ['other.csv', 'x,y\n1,2\n', /no column of the domain "test": found "x", "y"; expected "id", "amount"/],
    ['other.jsonl', '{"x": 1}\n', /no column of the domain "test": found "x"/],
    ['cut.csv.gz', gzipSync('id,amount\n'.repeat(5000)).subarray(0, 40), /gzip data are damaged or cut off/],
    [
      'cut.csv.zst',
      zstdCompressSync('id,amount\n'.repeat(5000)).subarray(0, 20),
      /zstd data are damaged or cut off/,
    ],
    ['double.csv.gz', gzipSync(gzipSync('id,amount\n')), /compressed twice/],
    ['fake.parquet', 'PAR1 is not enough PAR1', /fake\.parquet can't be read as Parquet/],
    [
      'cyrillic.csv',
      Buffer.from('id,amount\n\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0,1\n', 'latin1'),
      /neither UTF-8 nor a western text/,
    ],
    ['long.csv', 'x'.repeat(3_000_000), /none of its first lines can be read as a header/],
    ['utf32.csv', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), /UTF-32/],
  ];
  const NEEDING = packOf([columnOf('id', 'string'), columnOf('amount', 'decimal', { required: true })], {
    id: ['id'],
  });

  test.each(cases)('%s', async (name, content, message) => {
    const path = bench.file(name, content);
    const failure = readRecords(bench.session, NEEDING, [{ path }]);
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(name);
  });

  test('a folder, a file that is not there, an encoding that does not exist', async () => {
    mkdirSync(join(bench.folder, 'folder'), { recursive: true });
    await expect(bench.read(PAIR, join(bench.folder, 'folder'))).rejects.toThrow(
      /is a folder; a file is expected/,
    );
    await expect(bench.read(PAIR, join(bench.folder, 'nowhere.csv'))).rejects.toThrow(
      /there is no such file/,
    );
    const path = bench.file('e.csv', 'id,amount\n');
    await expect(bench.read(PAIR, path, { encoding: 'klingon' })).rejects.toThrow(/no encoding "klingon"/);
    await expect(bench.read(PAIR, path, { delimiter: '::' })).rejects.toThrow(
      /the delimiter "::" cannot be used/,
    );
  });
});
