/** A label that is derived: what a pack may say of it, and what it is of records. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { labelOf, readLabelledRows } from '../../lib/training/training-rows.ts';

const packWith = (label: string, features = '{ odd: amount }') =>
  parsePack(
    `domain: d
record:
  id: id
  time: at
  entity: account
  label: ${label}
columns:
  id: string
  at: timestamp
  account: string
  amount: number
  status: string
  lost: { type: "decimal(18,2)", required: false }
parameters: { high: 220, closed: [confirmed, cleared] }
windows: { past: all, late: { over: all, delay: 1 day } }
features: ${features}
`,
    'p',
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-derived-'));
  await writeFile(
    join(folder, 'rows.csv'),
    `id,at,account,amount,status,lost
1,2026-01-01,a,300,confirmed,50
2,2026-01-02,b,300,cleared,
3,2026-01-03,a,100,confirmed,10
4,2026-01-04,b,300,,
5,2026-01-05,a,,confirmed,0
6,2026-01-06,b,100,cleared,
7,2026-01-07,a,100,,
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function labelsOf(label: string): Promise<(boolean | null)[]> {
  const pack = packWith(label, '{ odd: length(id) }');
  const session = await Session.open({ threads: 1 });
  try {
    const { records } = await readRecords(session, pack, [{ path: join(folder, 'rows.csv') }]);
    const rows = await session.rows<{ l: boolean | null }>(
      `SELECT ${labelOf(pack)} AS l FROM ${records} ORDER BY seq`,
    );
    return rows.map(({ l }) => l);
  } finally {
    await session.close();
  }
}

describe('a derived label', () => {
  test.each([
    ['amount > 220', [true, true, false, true, null, false, false]],
    ['amount > $high', [true, true, false, true, null, false, false]],
    // Of a record whose status is open nothing is known, also where the amount alone decides.
    ["status = 'confirmed' and amount > 220", [true, false, false, null, null, false, null]],
    [
      `{ is: "status = 'confirmed' and amount > 220", may_be_missing: [status] }`,
      [true, false, false, null, null, false, false],
    ],
    ['{ is: lost is not null, may_be_missing: lost }', [true, false, true, false, true, false, false]],
    [
      '{ is: "coalesce(lost, 0) > 5", may_be_missing: lost, delay: 2 days }',
      [true, false, true, false, false, false, false],
    ],
    ['status in $closed', [true, true, true, null, true, true, null]],
  ] as const)('%s', async (label, expected) => {
    expect(await labelsOf(label)).toEqual(expected);
  });

  test('makes outcomes of what it looks at, unless that is known when a record is scored', () => {
    const outcomesOf = (label: string, features?: string) =>
      packWith(label, features)
        .columns.filter(({ outcome }) => outcome)
        .map(({ name }) => name);
    expect(outcomesOf("status = 'confirmed' and lost > 5")).toEqual(['status', 'lost']);
    expect(outcomesOf('{ is: amount > 220 and lost > 5, known: amount }')).toEqual(['lost']);
    expect(() => packWith('amount > 220')).toThrow(
      'amount is an outcome, and not known when a record is scored: use it inside an aggregate over a window with a delay only',
    );
    expect(() => packWith('lost > 5', '{ rate: avg(label) over past }')).not.toThrow();
    expect(() => packWith('{ is: lost > 5, delay: 1 day }', '{ rate: avg(label) over past }')).toThrow(
      'give the window past a delay of at least that',
    );
    expect(() => packWith('lost > 5', '{ own: label }')).toThrow(
      'label is the label, and a record may not know',
    );
  });

  test.each([
    [
      'amont > 220',
      'p:6: record.label: amont is neither a column nor a feature of this pack (did you mean "amount"?)',
    ],
    ['amount > $hihg', 'p:6: record.label: $hihg is not a parameter'],
    ['sum(amount) over past > 9', 'past is not a window, the pack has none'],
    ['1 > 0', 'p:6: record.label: found no column (in 1 > 0), expected a condition over columns'],
    ['account > 1', 'account is record.entity: name it under known'],
    ['{ is: amount > 9, of: status }', 'p:6: record.label.of: found beside is'],
    [
      '{ of: status, positive: [x], negative: [y], known: amount }',
      'found without is, expected it beside a condition',
    ],
    [
      '{ is: amount > 9, known: [lost] }',
      'found "lost", expected a column that the label\'s condition looks at: amount',
    ],
    ['{ is: amount > 9, may_be_missing: [lots] }', 'record.label.may_be_missing: found "lots"'],
    ['amuont', 'p:6: record.label: found "amuont", which is not a column (did you mean "amount"?)'],
  ])('%s is refused with line and key', (label, message) => {
    expect(() => packWith(label, '{ odd: length(id) }')).toThrow(message);
  });

  test.each([
    [
      'amount + (1)',
      'p:6: record.label: is of type DOUBLE, expected a condition, true or false (in amount + (1))',
    ],
    ["lost = 'high'", 'p:6: record.label: Could not convert string "high"'],
    ['length(amount) > 2', 'p:6: record.label: '],
  ])('%s is refused by domain check and by training, not read as something else', async (label, message) => {
    const pack = packWith(label, '{ odd: length(id) }');
    await expect(checkPack(pack, 'p')).rejects.toThrow(message);
    await expect(labelsOf(label)).rejects.toThrow(`pack d, line ${message.slice(2)}`);
  });

  test('says where all are of one kind what a missing value does to it', async () => {
    const pack = packWith('lost is not null', '{ odd: length(id) }');
    const session = await Session.open({ threads: 1 });
    try {
      const { records } = await readRecords(session, pack, [{ path: join(folder, 'rows.csv') }]);
      await expect(readLabelledRows(records, pack)).rejects.toThrow(
        'all 3 labels in "label" are 1; training needs records of both kinds. It is derived: lost is not null; it is not known where lost is missing, unless that is under may_be_missing',
      );
    } finally {
      await session.close();
    }
  });
});
