import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { FolderStore } from '../helpers/folder-store.ts';

test('rates are read once, also where requests of two domains alternate; a new file is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-rates-'));
  try {
    const stored = new StoredRates(new FolderStore(folder));
    const [finance, trade] = [
      await stored.save('finance', makeRates('2026-01-01', 3), 'june.csv'),
      await stored.save('trade', makeRates('2026-01-01', 4), 'june.csv'),
    ];
    const first = [await stored.read('finance', finance), await stored.read('trade', trade)];
    expect(await stored.read('finance', finance)).toBe(first[0]);
    expect(await stored.read('trade', trade)).toBe(first[1]);
    const next = await stored.save('finance', makeRates('2026-01-02', 3), 'july.csv');
    expect(await stored.read('finance', next)).not.toEqual(first[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
