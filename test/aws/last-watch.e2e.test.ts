import { afterAll, beforeAll, expect, it } from 'vitest';
import { LastWatch } from '../../lib/aws/last-watch.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

let table: string;
beforeAll(async () => {
  table = await makeTable('Drops');
});
afterAll(() => dropTable(table));

it('counts from the first question until there was a look, and from the last look then', async () => {
  const last = new LastWatch(localDocuments(), table);
  const [installed, later, looked] = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', '2026-03-02T00:20:00Z'];
  expect(await last.at(installed)).toBe(installed);
  expect(await last.at(later)).toBe(installed);
  await last.note(looked);
  expect(await last.at('2026-03-03T00:00:00Z')).toBe(looked);
});
