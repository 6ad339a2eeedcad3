import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { cutRanges } from '../../lib/intake/cut-ranges.ts';
import { examineFor } from '../../lib/intake/delivery.ts';
import { readRange } from '../../lib/intake/read-range.ts';
import { columnOf, packOf } from './pack-of.ts';

const pack = packOf(
  [
    columnOf('id', 'string'),
    columnOf('amount', 'decimal', {
      notation: { like: ['1.234,56', '1234.56'], currency: ['€'], positive: [], negative: [] },
    }),
    columnOf('note', 'string'),
    columnOf('both', 'string', { from: ['id', 'note'] }),
  ],
  { id: [] },
);
let folder: string;
let session: Session;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-cut-'));
  await mkdir(join(folder, 'piece'));
  session = await Session.open({ threads: 1 });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true });
});

/** What all ranges of the text give, read one by one. */
async function readCut(text: string, rangeBytes: number) {
  const path = join(folder, 'drop.csv');
  await writeFile(path, text);
  const delivery = await examineFor(path, pack, { maxRecordBytes: 40 });
  const { ranges } = await cutRanges(delivery, rangeBytes);
  const bytes = await readFile(path);
  const rows: unknown[] = [];
  const rejects: unknown[] = [];
  let received = 0;
  for (const { from, to, line } of ranges) {
    const piece = join(folder, 'piece', 'drop.csv');
    await writeFile(piece, bytes.subarray(from, to ?? bytes.length));
    const source = { ...delivery.source, path: piece };
    const { result, ...read } = await readRange(session, pack, { ...delivery, source }, line);
    received += result.received;
    rows.push(
      ...(await session.rows(
        `SELECT line, id, amount::VARCHAR AS amount, note, "both" FROM ${read.records}`,
      )),
    );
    rejects.push(...(await session.rows(`SELECT line, "column", reason, text FROM ${read.rejects}`)));
  }
  return { ranges: ranges.length, received, rows, rejects };
}

const field = fc.oneof(
  fc.constantFrom(
    '1.50',
    '1,5 €',
    '\ufeffx',
    '\ufeff',
    '\u00a0y\u2003',
    'x',
    '',
    '"a, b"',
    '"two\nlines"',
    '"say ""so"""',
    '7',
    '"open',
    'a"b',
    '"shut"up',
  ),
  fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'é', ' ', '9', '.') }),
);
const record = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => fields.join(','));

test('a text read in ranges, wherever it is cut, gives what it gives in one piece', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 200 }),
      async (records, end, rangeBytes) => {
        const text = `id,amount,note${end}${records.join(end)}`;
        const whole = await readCut(text, Number.POSITIVE_INFINITY);
        const { ranges, ...cut } = await readCut(text, rangeBytes);
        expect({ ...cut, ranges: 1 }).toEqual(whole);
        expect(ranges).toBeGreaterThanOrEqual(1);
      },
    ),
    { numRuns: 60 },
  );
});

test('a plain text is cut into ranges of about the size asked for', async () => {
  const lines = Array.from({ length: 300 }, (_, n) => `r${n},${n}.25,"a\nb"`);
  const { ranges, received, rows } = await readCut(`id,amount,note\n${lines.join('\n')}\n`, 500);
  expect(ranges).toBeGreaterThan(8);
  expect(received).toBe(300);
  expect(rows).toHaveLength(300);
  expect(rows[299]).toMatchObject({ line: 600n, id: 'r299', amount: '299.25', note: 'a\nb' });
});
