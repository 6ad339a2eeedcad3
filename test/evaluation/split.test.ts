import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { type SplitColumns, splitByEntityAndTime } from '../../lib/evaluation/split.ts';
import { seededUniform } from './naive.ts';

const options = { heldOutShare: 0.2, seed: 1 };

/** Accounts that are active all the time. */
function drawAccounts(rows: number, accounts: number, seed: number): SplitColumns {
  const uniform = seededUniform(seed);
  const draw = <T>(one: (row: number) => T) => Array.from({ length: rows }, (_, row) => one(row));
  return {
    id: draw((row) => `T${row}`),
    entity: draw(() => `A${Math.floor(uniform() * accounts)}`),
    time: draw(() => Math.floor(uniform() * 1e9)),
    labels: Uint8Array.from(draw(() => (uniform() < 0.05 ? 1 : 0))),
  };
}

const rowsOf = (side: Uint8Array, wanted: number) => [...side.keys()].filter((row) => side[row] === wanted);

/** The two promises, checked record by record; and that the summary counts what is there. */
function checkPromises(columns: SplitColumns, timed: boolean): void {
  const { side, summary } = splitByEntityAndTime(columns, options);
  const [unused, train, heldOut] = [0, 1, 2].map((wanted) => rowsOf(side, wanted)) as [
    number[],
    number[],
    number[],
  ];
  const trained = new Set(train.map((row) => columns.entity[row]).filter((entity) => entity !== null));
  expect(heldOut.filter((row) => trained.has(columns.entity[row]!))).toEqual([]);
  if (timed) {
    const last = train.reduce(
      (latest, row) => Math.max(latest, columns.time[row]!),
      Number.NEGATIVE_INFINITY,
    );
    expect(heldOut.filter((row) => columns.time[row]! <= last)).toEqual([]);
    expect(Number(summary.cutTime)).toBeGreaterThan(last);
    expect([...train, ...heldOut].filter((row) => columns.time[row] === null)).toEqual([]);
  }
  const positives = (rows: number[]) => rows.filter((row) => columns.labels[row] === 1).length;
  expect(summary).toMatchObject({
    train: train.length,
    trainPositives: positives(train),
    heldOut: heldOut.length,
    heldOutPositives: positives(heldOut),
    unused: unused.length,
  });
  for (const part of [train, heldOut]) {
    expect(positives(part)).toBeGreaterThan(0);
    expect(positives(part)).toBeLessThan(part.length);
  }
}

const record = fc.record({
  entity: fc.option(
    fc.integer({ min: 0, max: 12 }).map((number) => `E${number}`),
    { freq: 8 },
  ),
  time: fc.option(fc.integer({ min: -5, max: 40 }), { freq: 8 }),
  label: fc.constantFrom(0, 1),
});

const columnsOf = (
  records: { entity: string | null; time: number | null; label: number }[],
): SplitColumns => ({
  id: records.map((_, row) => `id${row}`),
  entity: records.map(({ entity }) => entity),
  time: records.map(({ time }) => time),
  labels: Uint8Array.from(records, ({ label }) => label),
});

describe('splitByEntityAndTime(columns, options)', () => {
  test('shares no entity between the sides and no time, whatever the records, or refuses', () => {
    let split = 0;
    fc.assert(
      fc.property(fc.array(record, { minLength: 20, maxLength: 80 }), (records) => {
        const columns = columnsOf(records);
        try {
          checkPromises(columns, true);
          split++;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
        }
      }),
    );
    expect(split).toBeGreaterThan(50);
  });

  test('uses 5/9 of the records of entities that are always active, a fifth of them held out', () => {
    const columns = drawAccounts(30_000, 3000, 1);
    checkPromises(columns, true);
    const { method, train, heldOut, unused } = splitByEntityAndTime(columns, options).summary;
    expect(method).toBe('by entity and time');
    expect(heldOut / (train + heldOut)).toBeGreaterThan(0.195);
    expect(heldOut / (train + heldOut)).toBeLessThan(0.255);
    expect(1 - unused / 30_000).toBeGreaterThan(0.54);
  });

  test('uses nearly all records of entities that come and go', () => {
    const { id, labels } = drawAccounts(5000, 1, 2);
    const columns = {
      id,
      labels,
      entity: id.map((_, row) => `batch ${Math.floor(row / 20)}`),
      time: id.map((_, row) => row),
    };
    checkPromises(columns, true);
    const { train, heldOut, unused } = splitByEntityAndTime(columns, options).summary;
    expect(unused).toBeLessThan(50);
    expect(heldOut / (train + heldOut)).toBeCloseTo(0.2, 1);
  });

  test('without entities splits by time alone and uses everything', () => {
    const columns = { ...drawAccounts(2000, 10, 3), entity: new Array<null>(2000).fill(null) };
    checkPromises(columns, true);
    const { summary } = splitByEntityAndTime(columns, options);
    expect(summary).toMatchObject({ method: 'by time', unused: 0 });
    expect(summary.heldOut / 2000).toBeCloseTo(0.2, 2);
  });

  test('without times splits by entity alone and uses everything', () => {
    const columns = { ...drawAccounts(2000, 100, 4), time: new Array<null>(2000).fill(null) };
    checkPromises(columns, false);
    const { summary } = splitByEntityAndTime(columns, options);
    expect(summary).toMatchObject({ method: 'by entity', unused: 0, cutTime: null });
    expect(summary.heldOut / 2000).toBeGreaterThan(0.195);
    expect(summary.heldOut / 2000).toBeLessThan(0.255);
  });

  test('with neither splits each class at random by id', () => {
    const none = new Array<null>(1000).fill(null);
    const columns = { ...drawAccounts(1000, 10, 5), entity: none, time: none };
    checkPromises(columns, false);
    const { summary } = splitByEntityAndTime(columns, options);
    const positives = summary.trainPositives + summary.heldOutPositives;
    expect(summary).toMatchObject({ unused: 0, method: 'random by record id, each class by itself' });
    expect(summary.heldOutPositives).toBe(Math.round(positives * 0.2));
    expect(summary.heldOut).toBeCloseTo(200, -1);
  });

  test('puts a record on the same side wherever it stands in the input', () => {
    const columns = drawAccounts(3000, 200, 6);
    const turned = {
      id: columns.id.toReversed(),
      entity: columns.entity.toReversed(),
      time: columns.time.toReversed(),
      labels: columns.labels.toReversed(),
    };
    expect(splitByEntityAndTime(turned, options).side.toReversed()).toEqual(
      splitByEntityAndTime(columns, options).side,
    );
  });

  test('sets other entities aside for another seed', () => {
    const columns = drawAccounts(3000, 200, 7);
    const other = splitByEntityAndTime(columns, { ...options, seed: 2 });
    expect(other.side).not.toEqual(splitByEntityAndTime(columns, options).side);
  });

  test('writes the cut time as it is asked to', () => {
    const columns = drawAccounts(1000, 50, 8);
    const { summary } = splitByEntityAndTime(columns, { ...options, formatTime: (time) => `second ${time}` });
    expect(summary.cutTime).toMatch(/^second \d+$/);
  });

  test('refuses records of which one side would have no positives, with counts', () => {
    const columns = columnsOf(
      Array.from({ length: 10 }, (_, row) => ({
        entity: `E${row % 3}`,
        time: row,
        label: row === 4 ? 1 : 0,
      })),
    );
    expect(() => splitByEntityAndTime(columns, options)).toThrow(InputError);
    expect(() => splitByEntityAndTime(columns, options)).toThrow(
      '10 labelled records, 1 of them positive, of 3 entities',
    );
    const bare = { ...columns, entity: columns.entity.map(() => null), time: columns.time.map(() => null) };
    expect(() => splitByEntityAndTime(bare, options)).toThrow('10 labelled records, 1 of them positive');
  });

  test('refuses records that all have one time: nothing lies later', () => {
    const columns = { ...drawAccounts(500, 50, 9), time: new Array<number>(500).fill(3) };
    expect(() => splitByEntityAndTime(columns, options)).toThrow(InputError);
  });

  test('holds out a little more for the sake of ten positives', () => {
    const positives = new Set([...Array(30).keys()].map((at) => at * 20));
    for (const row of [760, 770, 780, 810, 830, 850, 870, 890, 910, 930, 950]) positives.add(row);
    const columns = columnsOf(
      Array.from({ length: 1000 }, (_, row) => ({
        entity: null,
        time: row,
        label: positives.has(row) ? 1 : 0,
      })),
    );
    const { summary } = splitByEntityAndTime(columns, options);
    expect(summary.heldOutPositives).toBe(10);
    expect(summary.heldOut).toBeGreaterThan(220);
    expect(summary.heldOut).toBeLessThan(250);
  });

  test('leaves a record of each class to train on, however large the share', () => {
    const columns = columnsOf([0, 0, 1, 1].map((label) => ({ entity: null, time: null, label })));
    const { summary } = splitByEntityAndTime(columns, { heldOutShare: 0.9, seed: 1 });
    expect(summary).toMatchObject({ train: 2, trainPositives: 1, heldOut: 2, heldOutPositives: 1 });
  });

  test.each([0, 1, Number.NaN])('refuses the share %d, which is none', (heldOutShare) => {
    expect(() => splitByEntityAndTime(columnsOf([]), { heldOutShare, seed: 1 })).toThrow(
      `heldOutShare ${heldOutShare} is not between 0 and 1`,
    );
  });

  test('refuses records of one entity as such', () => {
    const columns = columnsOf(
      Array.from({ length: 8 }, (_, row) => ({ entity: 'E', time: row, label: row % 2 })),
    );
    expect(() => splitByEntityAndTime(columns, options)).toThrow(
      'The records cannot be split into a training and a held-out part that both have positives and negatives: ' +
        '8 labelled records, 4 of them positive, of one entity.',
    );
  });

  test('takes times and entities where any record has them', () => {
    const columns = drawAccounts(400, 40, 10);
    const some = {
      ...columns,
      time: columns.time.map((time, row) => (row === 0 ? null : time)),
      entity: columns.entity.map((entity, row) => (row === 1 ? null : entity)),
    };
    const { side, summary } = splitByEntityAndTime(some, options);
    expect(summary.method).toBe('by entity and time');
    expect(side[0]).toBe(0);
  });
});

describe('a label that is known only after a delay', () => {
  const times = Array.from({ length: 400 }, (_, row) => row);
  const columns: SplitColumns = {
    id: times.map((time) => `T${time}`),
    entity: times.map((time) => `A${time % 40}`),
    time: times,
    labels: Uint8Array.from(times, (time) => Number(time % 7 === 0)),
  };

  test.each([0, 1, 3, 50, 120])(
    'of %i is not trained on before it is known at the cut, whatever the entities',
    (labelDelay) => {
      for (const hasEntity of [false, true]) {
        const own = hasEntity ? columns : { ...columns, entity: times.map(() => null) };
        const { side, summary } = splitByEntityAndTime(own, { ...options, labelDelay });
        const cut = Number(summary.cutTime);
        const [train, heldOut] = [rowsOf(side, 1), rowsOf(side, 2)];
        expect(train.length).toBeGreaterThan(0);
        expect(train.every((row) => times[row]! + labelDelay <= cut && times[row]! < cut)).toBe(true);
        expect(heldOut.every((row) => times[row]! >= cut)).toBe(true);
        const entities = new Set(train.map((row) => own.entity[row]));
        if (hasEntity) expect(heldOut.some((row) => entities.has(own.entity[row]!))).toBe(false);
      }
    },
  );

  test('with a given cut and no entities everything known before it is trained on, everything from it on is held out', () => {
    const own = { ...columns, entity: times.map(() => null) };
    const { side, summary } = splitByEntityAndTime(own, { ...options, labelDelay: 50, heldOutFrom: 200 });
    expect(rowsOf(side, 1)).toEqual(times.filter((time) => time <= 150));
    expect(rowsOf(side, 2)).toEqual(times.filter((time) => time >= 200));
    expect(summary).toMatchObject({ cutTime: '200', unused: 49, method: 'by time' });
  });

  test('a delay that leaves nothing to learn from is refused', () => {
    expect(() => splitByEntityAndTime(columns, { ...options, labelDelay: 1000 })).toThrow(InputError);
    expect(() => splitByEntityAndTime(columns, { ...options, heldOutFrom: 5000 })).toThrow(InputError);
  });
});
