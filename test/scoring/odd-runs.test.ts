/** Runs of which little is left: none of whose records is flagged, or scored; or whose files were damaged since. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { ReportData } from '../../lib/report/report-data.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;
let run: string;
const orders = makeOrders(60, 2, '2025-03-01').map((order) => ({ ...order, amount: '5.00' }));
const delivered = 'id,at,account,amount,country,note,bad';
const decided = 'score,threshold,rule_hits,reasons,decision_id';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-odd-runs-'));
  model = await trainShop(await writeOrders(folder, 'train.csv', makeOrders(400, 1)));
  run = join(folder, 'run');
  await scoreOrders(model, await writeOrders(folder, 'new.csv', orders), run, { threshold: 1 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const flagsOf = (path: string): Promise<string> => readFile(join(path, 'flagged_risks.csv'), 'utf8');
async function reportOf(path: string): Promise<{ data: ReportData; page: string }> {
  const data = JSON.parse(await readFile(join(path, 'report.json'), 'utf8')) as ReportData;
  return { data, page: await readFile(join(path, 'report.html'), 'utf8') };
}

describe('nothing flagged', () => {
  test('flagged_risks.csv still has the columns of the input', async () => {
    expect(await flagsOf(run)).toBe(`${delivered},${decided}\n`);
  });

  test('the report says so', async () => {
    const { page } = await reportOf(run);
    expect(page).toContain('60 scored, 0 rejected. None of the scored is flagged.');
  });

  test('columns are the union over the files, whichever have flags; a history adds none', async () => {
    const wider = join(folder, 'wider.csv');
    await writeFile(wider, 'id,at,account,amount,branch\nw,2025-03-02,a1,1.00,north\n');
    const past = join(folder, 'past.csv');
    await writeFile(past, 'id,at,account,amount,secret\np,2025-01-02,a1,1.00,x\n');
    const out = join(folder, 'several');
    const inputs = [{ path: join(folder, 'new.csv') }, { path: past, history: true }, { path: wider }];
    await scoreOrders(model, '', out, { inputs, threshold: 1 });
    expect(await flagsOf(out)).toBe(`${delivered},branch,${decided}\n`);
  });
});

test('a drop without a record it could score has no drift to report', async () => {
  const path = join(folder, 'rejected.csv');
  await writeFile(path, `${delivered}\nx,no time,a,1.00,DE,,\n`);
  const out = join(folder, 'rejected');
  await scoreOrders(model, path, out);
  const { data, page } = await reportOf(out);
  expect(data.scoring).toMatchObject({ received: 1, scored: 0, rejected: 1, drift: [] });
  expect(page).not.toContain('id="drift"');
  expect(await flagsOf(out)).toBe(`${delivered},${decided}\n`);
});

test('the report counts all rule hits, and says how many are by flags', async () => {
  const out = join(folder, 'some');
  const large = orders.map((order, i) => (i < 3 ? { ...order, amount: '950.00' } : order));
  await scoreOrders(model, await writeOrders(folder, 'large.csv', large), out, { threshold: 1 });
  const { data, page } = await reportOf(out);
  expect(data.scoring!.flagged).toBe(3);
  expect(page).toContain('are by the 3 flagged records');
});

describe('a file of a run that was damaged is reported by name', () => {
  test.each(['decisions.parquet', 'records.parquet', 'audit.jsonl'])('%s', async (name) => {
    const damaged = await mkdtemp(join(folder, 'damaged-'));
    await cp(run, damaged, { recursive: true });
    const bytes = await readFile(join(damaged, name));
    await writeFile(join(damaged, name), bytes.subarray(0, 100));
    const replayed = replayDecision(damaged, orders[0]!.id, 1);
    await expect(replayed).rejects.toThrow(InputError);
    await expect(replayed).rejects.toThrow(`${join(damaged, name)}: damaged (`);
  });

  test('a log of which the first line says nothing', async () => {
    const damaged = await mkdtemp(join(folder, 'damaged-'));
    await cp(run, damaged, { recursive: true });
    await writeFile(join(damaged, 'audit.jsonl'), 'null\n');
    await expect(replayDecision(damaged, orders[0]!.id, 1)).rejects.toThrow(
      'its first entry states no threshold',
    );
  });
});
