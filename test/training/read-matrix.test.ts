import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import type { Features } from '../../lib/features/feature-tables.ts';
import { fitInputs } from '../../lib/features/fit-inputs.ts';
import type { FittedInputs } from '../../lib/features/model-input.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { writeRowTable } from '../../lib/training/dataset.ts';
import { readMatrix, selectRows } from '../../lib/training/read-matrix.ts';
import { makeOrders, shopPack, writeOrders } from '../helpers/shop.ts';

describe('readMatrix', () => {
  let folder: string;
  let session: Session;
  let features: Features;
  let fitted: FittedInputs;
  const orders = makeOrders(50, 2);
  const older = makeOrders(10, 3, '2024-12-01');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-matrix-'));
    session = await Session.open({ threads: 1 });
    const { records } = await readRecords(session, shopPack, [
      { path: await writeOrders(folder, 'orders.csv', orders) },
      { path: await writeOrders(folder, 'older.csv', older), history: true },
    ]);
    features = await buildFeatures(records, shopPack);
    fitted = await fitInputs(features, shopPack);
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('gives the rows of the table in input order, whatever order the table is in', async () => {
    const wanted = await writeRowTable(session, [40, 3, 17]);
    const { rows, columns, values } = await readMatrix(features, shopPack, fitted, 'score', wanted);
    expect([rows, columns]).toEqual([3, fitted.inputs.length]);
    const amounts = [0, 1, 2].map((row) => values[row * columns]);
    expect(amounts).toEqual([3, 17, 40].map((seq) => Math.fround(Number(orders[seq]!.amount))));
  });

  test('an empty table gives an empty matrix', async () => {
    const wanted = await writeRowTable(session, []);
    expect(await readMatrix(features, shopPack, fitted, 'train', wanted)).toMatchObject({ rows: 0 });
  });

  test.each([
    ['history', 55],
    ['no record', 1000],
  ])('a row that is %s is not passed over', async (_, seq) => {
    const wanted = await writeRowTable(session, [1, seq]);
    await expect(readMatrix(features, shopPack, fitted, 'score', wanted)).rejects.toThrow(
      'the matrix has 1 rows, 2 were asked for',
    );
  });
});

test('selectRows gives the rows asked for, in that order, as often as asked', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.tuple(fc.float(), fc.boolean()), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (columns, cells, picks) => {
        const data = {
          rows: cells.length,
          columns,
          values: Float32Array.from(
            { length: cells.length * columns },
            (_, i) => cells[Math.floor(i / columns)]![0] + (i % columns),
          ),
          labels: Uint8Array.from(cells, ([, label]) => Number(label)),
        };
        const places = picks.map((pick) => pick % cells.length);
        const selected = selectRows(data, Int32Array.from(places));
        expect(selected.rows).toBe(places.length);
        expect([...selected.labels]).toEqual(places.map((place) => data.labels[place]));
        expect([...selected.values]).toEqual(
          places.flatMap((place) => [...data.values.subarray(place * columns, (place + 1) * columns)]),
        );
      },
    ),
  ));
