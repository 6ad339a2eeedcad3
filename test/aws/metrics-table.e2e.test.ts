import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MetricsTable } from '../../lib/aws/metrics-table.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';
import { pointOf } from '../helpers/monitoring.ts';

let name: string;
let table: MetricsTable;
beforeAll(async () => {
  name = await makeTable('Models');
  table = new MetricsTable(localDocuments(), name);
});
afterAll(() => dropTable(name));

const [one, other] = ['a'.repeat(12), 'b'.repeat(12)];

describe('MetricsTable', () => {
  it('gives the points of some days back, in their order, of one model or of all', async () => {
    const points = [
      pointOf('finance', other, '2026-03-02'),
      pointOf('finance', one, '2026-03-03'),
      pointOf('finance', one, '2026-03-02'),
      pointOf('finance', one, '2026-03-01'),
      pointOf('pharma', one, '2026-03-02'),
    ];
    for (const point of points) await table.put(point);
    const range = (model: string | null, from: string, to: string) => table.range('finance', model, from, to);
    expect(await range(one, '2026-03-01', '2026-03-02')).toEqual([points[3], points[2]]);
    expect(await range(null, '2026-03-02', '2026-03-03')).toEqual([points[2], points[0], points[1]]);
    expect(await range(null, '2026-04-01', '2026-04-30')).toEqual([]);
  });

  it('replaces a day that is measured again', async () => {
    await table.put(pointOf('again', one, '2026-03-01'));
    const later = { ...pointOf('again', one, '2026-03-01'), waiting: 7 };
    await table.put(later);
    expect(await table.range('again', one, '2026-03-01', '2026-03-01')).toEqual([later]);
  });
});
