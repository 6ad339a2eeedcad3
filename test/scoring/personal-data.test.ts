/** A domain whose id, entity, name and a number are personal: what of it reaches the files that people read, and the model. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';
import { Random } from '../../samples/generators/random.ts';
import { scoreOrders, trainShop } from '../helpers/shop.ts';

const pack = parsePack(
  `domain: people
record: { id: id, time: at, entity: who, label: y }
columns:
  id: { type: string, required: true, pii: true }
  at: { type: timestamp, required: true }
  who: { type: string, pii: true }
  name: { type: string, pii: true, aliases: [Full Name] }
  a: { type: number, pii: true }
  b: number
  y: boolean
windows: { past: all, byname: { by: name, over: all } }
features: { b: b, n: count(*) over byname }
rules:
  - { id: r1, when: "name = 'Zed' or b > 0.9", because: "b is {b}", flag: true }
`,
  'people.yaml',
);

/** Any of these in a file gives a person away. */
const PERSONAL = /Person\d|Name\d|77\d\d\.25/;
let folder: string;
let run: string;

function csv(count: number, seed: number): string {
  const random = new Random(seed, 0);
  const lines = Array.from({ length: count }, (_, i) => {
    const b = random.integer(0, 1000) / 1000;
    const at = new Date(Date.parse('2025-01-01T00:00:00Z') + i * 3_600_000).toISOString();
    return `Person${seed}x${i},${at},Person${i % 40},Name${i % 30},77${10 + (i % 80)}.25,${b},${b > 0.7 ? 1 : 0}`;
  });
  return `${['id,at,who,Full Name,A,b,y', ...lines].join('\n')}\n`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-pii-'));
  run = join(folder, 'run');
  await writeFile(join(folder, 'labelled.csv'), csv(400, 1));
  await writeFile(join(folder, 'fresh.csv'), csv(200, 2));
  const model = await trainShop(join(folder, 'labelled.csv'), { pack });
  await writeFile(join(folder, 'card.json'), JSON.stringify(model.card));
  await scoreOrders(model, join(folder, 'fresh.csv'), run);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('flagged_risks.csv says the marker for personal data, and all the rest as it was delivered', async () => {
  const text = await readFile(join(run, 'flagged_risks.csv'), 'utf8');
  expect(text).not.toMatch(PERSONAL);
  const [header, first] = text.split('\n').map((line) => line.split(','));
  expect(header!.slice(0, 7)).toEqual(['id', 'at', 'who', 'Full Name', 'A', 'b', 'y']);
  expect([first![0], ...first!.slice(2, 5)]).toEqual([MASKED, MASKED, MASKED, MASKED]);
  expect(first![1]).toMatch(/^2025-/);
  expect(Number(first![5])).toBeGreaterThan(0);
});

test('neither the card of the model nor the report shows any of it', async () => {
  expect(await readFile(join(folder, 'card.json'), 'utf8')).not.toMatch(PERSONAL);
  const report = await readFile(join(run, 'report.html'), 'utf8');
  expect(report).toContain(MASKED);
  expect(report).not.toMatch(PERSONAL);
});

test('explanations hold the id of the record, by which they are found, and no other personal data', async () => {
  const lines = (await readFile(join(run, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines)
    expect(JSON.stringify({ ...JSON.parse(line), record_id: '' })).not.toMatch(PERSONAL);
});

test('what is stored to be decided again holds it as it was delivered', async () => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  const path = join(run, 'records.parquet').replaceAll("'", "''");
  const reader = await connection.runAndReadAll(
    `SELECT count(*) FILTER (WHERE name LIKE 'Name%') AS n FROM '${path}'`,
  );
  expect(Number(reader.getRows()[0]![0])).toBe(200);
});
