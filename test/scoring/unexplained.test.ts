import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

/** The defect: explanations begin 0.05 too high, so that no flag's parts add up to its score. */
vi.mock('../../lib/forest/shap/tree-shap.ts', async (original) => {
  const real = await original<typeof import('../../lib/forest/shap/tree-shap.ts')>();
  const toProbabilityContributions: typeof real.toProbabilityContributions = (...given) => {
    const sums = real.toProbabilityContributions(...given);
    return { ...sums, base: sums.base + 0.05 };
  };
  return { ...real, toProbabilityContributions };
});

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-unexplained-'));
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  run = join(folder, 'run');
  await scoreOrders(model, await writeOrders(folder, 'fresh.csv', makeOrders(60, 2)), run, {
    threshold: 0.1,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const linesOf = async (name: string) =>
  (await readFile(join(run, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('flags whose parts do not add up are stored as unexplained: line, summary, audit log, report', async () => {
  const flags = await linesOf('explanations.jsonl');
  expect(flags.length).toBeGreaterThan(0);
  for (const { unexplained } of flags) expect(unexplained).toBeCloseTo(-0.05, 6);
  const [summary] = await linesOf('summary.json');
  expect(summary.unexplained).toBe(flags.length);
  const entries = await linesOf('audit.jsonl');
  expect(entries.filter(({ event }) => event === 'unexplained').map(({ data }) => data.decision_id)).toEqual(
    flags.map(({ decision_id }) => decision_id),
  );
  expect(await readFile(join(run, 'report.html'), 'utf8')).toContain('could not be explained');
  expect((await verifyRun(run)).findings).toEqual([]);
});
