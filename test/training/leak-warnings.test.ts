import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { renderReport } from '../../lib/report/render-report.ts';
import { leakWarnings } from '../../lib/training/leak-warnings.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-leaks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an input that knows the label', () => {
  test('is named in warnings, card and report', async () => {
    const leaking = makeOrders(400, 1).map((order) => ({
      ...order,
      note: order.bad === '1' ? 'case opened' : 'n',
    }));
    const source = shopPack.source.replace('  orders: {', '  told: length(note)\n  orders: {');
    const pack = parsePack(source, 'leak.yaml');
    const path = await writeOrders(folder, 'leak.csv', leaking);
    const { warnings, card, report } = await trainModel(trainOptions(path, { pack }));
    expect(warnings.join('\n')).toMatch(/"told" alone separates the classes/);
    expect(card.warnings!.join('\n')).toMatch(/held-out ROC-AUC is 1\.000.*"told"/);
    expect(renderReport(report)).toContain('alone separates the classes');
  });

  test('is not seen in an honest model, whose card says nothing of it', async () => {
    const path = await writeOrders(folder, 'honest.csv', makeOrders(400, 1));
    const { card } = await trainModel(trainOptions(path));
    expect(card.warnings).toBeUndefined();
    expect(Object.keys(card)).not.toContain('warnings');
  });

  test('is seen where only its absence says it, and not where each class has few rows', () => {
    const rows = 100;
    const labels = Uint8Array.from({ length: rows }, (_, row) => Number(row < 40));
    const values = Float32Array.from(labels, (label, row) => (label === 1 ? Number.NaN : row));
    const inputs = [{ name: 'closed', kind: 'feature', source: 'closed' }] as const;
    const suspects = { inputs, importances: [], heldOutAuc: null };
    const train = { rows, columns: 1, values, labels };
    expect(leakWarnings({ ...suspects, train })[0]).toContain('"closed" alone separates');
    const few = { rows: 30, columns: 1, values: values.slice(30, 60), labels: labels.slice(30, 60) };
    expect(leakWarnings({ ...suspects, train: few })).toEqual([]);
  });
});

describe('rejects of a training', () => {
  test('are written, their reasons said, and it is warned of where they are of one class', async () => {
    const pack = parsePack(
      `domain: e
record: { id: id, time: time, entity: account, label: fraud }
columns: { id: string, time: timestamp, account: string, amount: "decimal(18,2)", fraud: boolean }
features: { amount: amount }
`,
      'noise.yaml',
    );
    const data = join(import.meta.dirname, '../fixtures/cases/files/float-noise-after-10000.csv');
    const rejectsPath = join(folder, 'rejects.csv');
    const options = trainOptions(data, { pack, rejectsPath });
    const { warnings, card } = await trainModel(options);
    expect(card.dataset.rejected).toBeGreaterThan(20);
    const text = warnings.join('\n');
    expect(text).toMatch(/100\.0 % of the rejected records are positive/);
    expect(text).toMatch(/rejected [\d,]+ times: "amount": expected decimal\(18,2\), found/);
    const lines = (await readFile(rejectsPath, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + card.dataset.rejected);
  });
});
