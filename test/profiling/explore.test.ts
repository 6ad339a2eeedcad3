/** `assay explore`: what df.info(), describe(), value_counts() and a countplot give. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exploreRows, summarize } from '../../lib/profiling/explore.ts';
import { renderExploration } from '../../lib/report/exploration-page.ts';
import { runAssay } from '../helpers/command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-explore-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const header = ['id', 'when', 'Vorname', 'Betrag', 'ort', 'fraud'];
const rows = Array.from({ length: 40 }, (_, i) => [
  `T${i}`,
  `${String(1 + (i % 28)).padStart(2, '0')}.03.2024`,
  i % 2 ? 'Anna' : '<b>Max</b>',
  i === 3 ? '' : `1.00${i % 10},50`,
  i % 4 ? 'Köln' : 'Bonn',
  i % 10 ? '0' : '1',
]);
const explored = (showsPersonal = false) =>
  exploreRows({ file: 'f.csv', header, rows, total: 40, label: null, showsPersonal });

test('mean, deviation and quartiles are those of pandas', () => {
  // pandas.Series([1, 2, 4, 8, 100]).describe()
  const found = summarize(Float64Array.of(1, 2, 4, 8, 100))!;
  expect(found).toMatchObject({ mean: 23, min: 1, quarter: 2, median: 4, threeQuarters: 8, max: 100 });
  expect(found.deviation).toBeCloseTo(43.12772, 4);
  expect(found.histogram.reduce((a, b) => a + b, 0)).toBe(5);
  expect(summarize(new Float64Array(0))).toBeNull();
});

test('types, roles, missing, ranges and class balance', () => {
  const { columns, balance } = explored();
  expect(columns.map(({ type, role, missing }) => [type, role, missing])).toEqual([
    ['string', 'id', 0],
    ['date', 'time', 0],
    ['string', null, 0],
    ['decimal(18,2)', null, 1],
    ['string', null, 0],
    ['integer', 'label', 0],
  ]);
  expect(columns[1]!.range).toEqual({ first: '2024-03-01', last: '2024-03-28' });
  expect(columns[3]!.numbers).toMatchObject({ min: 1000.5, max: 1009.5 });
  expect(balance).toEqual({
    column: 'fraud',
    classes: [
      { text: '0', count: 36 },
      { text: '1', count: 4 },
    ],
  });
});

test('values of a column that looks personal, and of one that names each row, are shown only when asked for', () => {
  const page = renderExploration(explored());
  expect(page).not.toContain('Anna');
  expect(page).not.toContain('T17');
  const open = renderExploration(explored(true));
  expect(open).toContain('Anna');
  expect(open).toContain('&lt;b&gt;Max&lt;/b&gt;');
  expect(open).not.toContain('<b>Max');
});

test('the command writes the page, and figures as JSON', async () => {
  const page = join(folder, 'page.html');
  const ran = await runAssay(
    'explore',
    'test/fixtures/cases/newcomer/pharma_log.csv.gz',
    '--html',
    page,
    '--json',
  );
  expect(ran).toMatchObject({ code: 0 });
  expect(JSON.parse(ran.stdout)).toMatchObject({ rows: 4000, balance: { column: 'deviation_flag' } });
  const html = await readFile(page, 'utf8');
  expect(html).toContain('Class balance');
  expect(html).not.toMatch(/src=|https?:\/\/(?!www\.w3\.org)/);
});
