import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { type SmallSample, writeSmallFinance } from '../helpers/small-sample.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../parity/golden/${name}`, import.meta.url));
let folder: string;
let sample: SmallSample;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-python-'));
  sample = await writeSmallFinance(folder, 8000);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ok(...argv: string[]): Promise<void> {
  const ran = await runAssayHere(...argv, '--quiet');
  expect(ran.stderr).not.toMatch(
    /^assay: (?!windows see no record of before this file|the file sends missing values down the same side|the pack asks for monotone scores)/m,
  );
  expect(ran.code).toBe(0);
}

describe.each(['scikit-learn', 'xgboost', 'lightgbm'])('a %s model as its converter writes it', (name) => {
  const at = (file: string): string => join(folder, `${name}-${file}`);
  let expected: { inputs: number; record_id: string[]; probability: number[] };

  beforeAll(async () => {
    expected = JSON.parse(await readFile(golden(`brought-${name}.json`), 'utf8'));
    await writeFile(at('model.onnx'), gunzipSync(await readFile(golden(`brought-${name}.onnx.gz`))));
    const shared = ['--domain', 'finance', '--data', sample.labelled, '--rates', sample.rates];
    await ok('import', '--onnx', at('model.onnx'), ...shared, '--out', at('model'));
    await ok('score', ...shared, '--model', at('model'), '--threshold', '0.1', '--out', at('run'));
  });

  test("scores records as Python's onnxruntime does, from the CSV's own columns", async () => {
    const session = await Session.open({ threads: 1 });
    const rows = await session.rows<{ record_id: string; score: number }>(
      `SELECT record_id, score FROM read_parquet(${quoteText(join(at('run'), 'decisions.parquet'))})`,
    );
    await session.close();
    const scores = new Map(rows.map((row) => [row.record_id, row.score]));
    expected.record_id.forEach((id, index) => {
      expect(Math.abs(scores.get(id)! - expected.probability[index]!)).toBeLessThan(1e-5);
    });
  });

  test('explains each flag with reasons that add up to its score, none left unexplained', async () => {
    const lines = (await readFile(join(at('run'), 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      const flag = JSON.parse(line) as Explanation;
      expect(flag.unexplained).toBeUndefined();
      expect(flag.covers).toBe('training_rows');
      const sum = flag.contributions.reduce((total, one) => total + one.contribution, flag.base);
      expect(Math.abs(sum - flag.score)).toBeLessThan(1e-9);
      expect(flag.contributions.some((one) => one.contribution !== 0)).toBe(true);
    }
  });

  test('replays byte for byte', async () => {
    const [line] = (await readFile(join(at('run'), 'explanations.jsonl'), 'utf8')).split('\n');
    const ran = await runAssayHere(
      'replay',
      '--run',
      at('run'),
      '--record',
      (JSON.parse(line!) as Explanation).record_id,
    );
    expect(ran.stdout).toContain('identical');
  });
});

describe('a model that cannot be taken in', () => {
  test('that takes another number of inputs is refused with both numbers', async () => {
    const file = join(folder, 'other.onnx');
    await writeFile(file, gunzipSync(await readFile(golden('lightgbm.onnx.gz'))));
    const ran = await runAssayHere(
      'import',
      '--onnx',
      file,
      '--domain',
      'finance',
      '--data',
      sample.labelled,
      '--quiet',
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/the model takes \d+ inputs, the pack finance makes 94/);
  });

  test('that is no ONNX at all is refused', async () => {
    const ran = await runAssayHere(
      'import',
      '--onnx',
      sample.fresh,
      '--domain',
      'finance',
      '--data',
      sample.labelled,
      '--quiet',
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('fresh.csv');
    expect(ran.stderr).not.toContain('defect');
  });
});
