import { describe, expect, test } from 'vitest';
import { linkColumns, linksOf } from '../../lib/decisions/flag-links.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';

describe('links of a flag', () => {
  test('are what packs look at records by, beside the entity, and no list of few values', async () => {
    expect(linkColumns(await loadPack('finance'))).toEqual(['counterparty_id']);
    expect(linkColumns(await loadPack('pharma'))).toEqual(['operator_id', 'equipment_id']);
  });

  const packOf = (...by: string[]) =>
    ({
      windows: by.map((column) => ({ by: [column] })),
      columns: [
        ...by.map((name) => ({ name, codes: name === 'coded' ? ['a'] : null })),
        { name: 'memo', codes: null },
      ],
      categories: [{ column: 'country' }],
      record: { id: ['ref'], time: 'at', entity: 'account' },
    }) as unknown as Parameters<typeof linkColumns>[0];

  test('are no part of the record’s own keys, no codes, no list, no feature, and six at most', () => {
    const own = packOf('ref', 'at', 'account', 'coded', 'country', 'payee', 'payee');
    expect(linkColumns({ ...own, windows: [...own.windows, { by: ['ratio'] } as never] })).toEqual(['payee']);
    expect(linkColumns(packOf('a', 'b', 'c', 'd', 'e', 'f', 'g'))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('are single values', () => {
    expect(linksOf(packOf('a', 'b'), { a: ['x', 'y'], b: 0 })).toEqual([{ column: 'b', value: '0' }]);
  });

  test('leave out what a record does not say', async () => {
    const pack = await loadPack('pharma');
    expect(linksOf(pack, { operator_id: 'op-7', equipment_id: null })).toEqual([
      { column: 'operator_id', value: 'op-7' },
    ]);
    expect(linksOf(pack, { operator_id: '', equipment_id: 12 })).toEqual([
      { column: 'equipment_id', value: '12' },
    ]);
  });
});
