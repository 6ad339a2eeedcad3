import { describe, expect, test } from 'vitest';
import { linkColumns, linksOf } from '../../lib/decisions/flag-links.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';

describe('links of a flag', () => {
  test('are what packs look at records by, beside the entity, and no list of few values', async () => {
    expect(linkColumns(await loadPack('finance'))).toEqual(['counterparty_id']);
    expect(linkColumns(await loadPack('pharma'))).toEqual(['operator_id', 'equipment_id']);
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
