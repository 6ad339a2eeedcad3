import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import type { ReportData } from '../../lib/report/report-data.ts';
import { makeOrders, ordersCsv, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let run: string;
let flags: Explanation[];
let lines: string[];
const fresh = makeOrders(900, 2).map((order, i) => ({
  ...order,
  note: i % 2 === 0 ? '=cmd()' : `a "note" ${i}`,
}));
const text = (name: string): Promise<string> => readFile(join(run, name), 'utf8');

/** A CSV with quotes, as rows of cells. */
function cellsOf(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
      ),
    );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-flags-'));
  run = join(folder, 'run');
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  const path = join(folder, 'fresh.csv');
  await writeFile(
    path,
    ordersCsv(fresh.map((order) => ({ ...order, note: `"${order.note.replaceAll('"', '""')}"` }))),
  );
  await scoreOrders(model, path, run, { threshold: 0.02 });
  lines = (await text('explanations.jsonl')).trimEnd().split('\n');
  flags = lines.map((line) => JSON.parse(line) as Explanation);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('explanations stand in input order, more than a block of them', () => {
  const place = new Map(fresh.map(({ id }, i) => [id, i]));
  const places = flags.map(({ record_id }) => place.get(record_id)!);
  expect(places.length).toBeGreaterThan(512);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('the audit log has an entry for each, with the hash of its line', async () => {
  const entries = (await text('audit.jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const flagged = entries.filter(({ event }) => event === 'flagged');
  expect(flagged.map(({ data }) => data)).toEqual(
    lines.map((line, i) => ({
      decision_id: flags[i]!.decision_id,
      record_id: flags[i]!.record_id,
      score: flags[i]!.score,
      sha256: createHash('sha256').update(line).digest('hex'),
    })),
  );
  expect(entries.some(({ event }) => event === 'unexplained')).toBe(false);
});

test('flagged_risks.csv holds the columns as delivered, made safe, and what was decided; the most urgent first', async () => {
  const [header, ...rows] = cellsOf(await text('flagged_risks.csv'));
  expect(header).toEqual([
    'id',
    'at',
    'account',
    'amount',
    'country',
    'note',
    'bad',
    'score',
    'threshold',
    'rule_hits',
    'reasons',
    'decision_id',
  ]);
  const byId = new Map(flags.map((flag) => [flag.record_id, flag]));
  expect(new Set(rows.map(([id]) => id))).toEqual(new Set(byId.keys()));
  for (const [
    id,
    at,
    account,
    amount,
    country,
    note,
    bad,
    score,
    threshold,
    rules,
    reasons,
    decision,
  ] of rows) {
    const flag = byId.get(id!)!;
    const order = fresh.find((one) => one.id === id)!;
    expect([at, account, amount, country, bad]).toEqual([
      order.at,
      order.account,
      order.amount,
      order.country,
      order.bad,
    ]);
    expect(note).toBe(order.note.startsWith('=') ? `'${order.note}` : order.note);
    expect([Number(score), Number(threshold), decision]).toEqual([flag.score, 0.02, flag.decision_id]);
    expect(rules).toBe(flag.rules.map((rule) => `${rule.id} (${rule.severity}): ${rule.words}`).join(' | '));
    const raising = flag.contributions.filter(({ contribution }) => contribution > 0).slice(0, 3);
    expect(reasons).toBe(raising.map((one) => `${one.words} (+${one.contribution.toFixed(3)})`).join(' | '));
  }
  const grave = rows.map((row) => row[9]!.includes('(high)'));
  expect(grave.lastIndexOf(true)).toBe(grave.filter(Boolean).length - 1);
  expect(grave.filter(Boolean).length).toBeGreaterThan(10);
  const scores = rows.filter((_, i) => grave[i]).map((row) => Number(row[7]));
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
});

test('the report counts every rule that hit, and shows a sample of at most 400 flags, and the most urgent with their facts', async () => {
  const report = JSON.parse(await text('report.json')) as ReportData;
  const hits = (id: string): number =>
    flags.filter(({ rules }) => rules.some((rule) => rule.id === id)).length;
  const lines = (await text('rule_hits.csv')).split('\n');
  const all = (id: string): number => lines.filter((line) => line.includes(`,${id},`)).length;
  expect(report.scoring!.ruleHits).toEqual(
    ['large', 'hasty']
      .map((id) => ({
        id,
        severity: id === 'large' ? 'high' : expect.any(String),
        count: all(id),
        flagged: hits(id),
      }))
      .sort((a, b) => b.count - a.count),
  );
  const urgent = cellsOf(await text('flagged_risks.csv'))
    .slice(1, 1_001)
    .map(([id]) => id);
  const shown = report.scoring!.flags!.map(({ explanation }) => explanation.record_id);
  expect(new Set(shown)).toEqual(new Set(urgent));
  for (const { entity, facts, explanation } of report.scoring!.flags!) {
    const order = fresh.find(({ id }) => id === explanation.record_id)!;
    expect(entity).toBe(order.account);
    if (order.country !== '') expect(facts.map(({ text }) => text)).toContain(order.country);
  }
  const dots = report.beeswarm.filter(({ source }) => source === 'amount');
  expect(dots.length).toBeGreaterThan(200);
  expect(dots.length).toBeLessThanOrEqual(400);
});
