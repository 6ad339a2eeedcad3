import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explanationLine } from '../../lib/decisions/explanation-line.ts';
import { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import { hashCard, sealCard } from '../../lib/models/card-schema.ts';
import { loadModel, modelVersion, saveModel, sha256 } from '../../lib/models/model-folder.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { writeSample } from '../../samples/generators/write-sample.ts';
import { makeOrders, scoreOrders, trainOptions, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-replay-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function query<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
  const session = await Session.open({ threads: 1 });
  try {
    return await session.rows<Row>(sql);
  } finally {
    await session.close();
  }
}

interface Decision extends Record<string, unknown> {
  readonly record_id: string;
  readonly score: number;
  readonly flagged: boolean;
}
const decisionsOf = (run: string): Promise<Decision[]> =>
  query(`SELECT record_id, score, flagged FROM read_parquet('${join(run, 'decisions.parquet')}')`);

/** A Parquet file of a run with columns replaced, everything else as it was. */
async function rewrite(run: string, name: string, replaced: string): Promise<void> {
  const path = join(run, name);
  await query(
    `COPY (SELECT * REPLACE (${replaced}) FROM read_parquet('${path}')) TO '${path}.new' (FORMAT parquet)`,
  );
  await rename(`${path}.new`, path);
}

test('averages are rounded as the run that is replayed rounded them', async () => {
  const past = await writeOrders(folder, 'averages-past.csv', makeOrders(400, 31));
  const model = await trainShop(past);
  // 42,959.56 / 83: rounded to a long double first, as DuckDB does on x86, it ends at another double.
  const orders = makeOrders(83, 32).map((order, index) => ({
    ...order,
    account: 'one',
    amount: index === 82 ? '1959.56' : '500.00',
  }));
  const run = join(folder, 'averages');
  await scoreOrders(model, await writeOrders(folder, 'averages.csv', orders), run);
  const usual = async () => {
    const { explanation } = await replayDecision(run, '32-82', 1);
    return explanation.contributions.find(({ column }) => column === 'amount')!.usual;
  };
  expect(await replayDecision(run, '32-82', 1)).toMatchObject({ identical: true, flagged: true });
  expect(await usual()).toBe(4295956 / 8300);
  const audit = await readFile(join(run, 'audit.jsonl'), 'utf8');
  expect(audit).toContain('"averages":"once",');
  await writeFile(join(run, 'audit.jsonl'), audit.replace('"averages":"once",', ''));
  const [stored] = await query<{ mean: number }>(
    `SELECT avg(amount) AS mean FROM read_parquet('${join(run, 'records.parquet')}')`,
  );
  expect(await usual()).toBe(stored!.mean);
});

describe('the pharma pack, whose windows look at features with windows of their own', () => {
  let run: string;
  beforeAll(async () => {
    run = join(folder, 'pharma');
    const labelled = join(folder, 'pharma.csv');
    const fresh = join(folder, 'pharma-new.csv');
    const all = { records: 900, seed: 3, start: '2025-01-06', days: 30 };
    await writeSample({ path: labelled, header: pharmaHeader, labelled: true }, generatePharma(all));
    const later = { records: 150, seed: 4, start: '2025-02-05', days: 4 };
    await writeSample({ path: fresh, header: pharmaHeader, labelled: false }, generatePharma(later));
    const pack = await loadPack('pharma');
    const model = { ...(await trainModel(trainOptions(labelled, { pack }))), pack };
    // The same plant under other ids: its operators and equipment have a past.
    const history = join(folder, 'pharma-past.csv');
    const text = await readFile(labelled, 'utf8');
    await writeFile(history, text.replaceAll(/^E(\d)/gm, 'H$1').replaceAll(/,B(\d)/g, ',P$1'));
    const inputs = [{ path: fresh }, { path: history, history: true }];
    await scoreOrders(model, fresh, run, { inputs, threshold: 0.1 });
  });

  test('replays flags and other records byte for byte', async () => {
    const decisions = await decisionsOf(run);
    const flagged = decisions.filter((decision) => decision.flagged);
    const others = decisions.filter((decision) => !decision.flagged);
    expect(Math.min(flagged.length, others.length)).toBeGreaterThan(10);
    const lines = (await readFile(join(run, 'explanations.jsonl'), 'utf8')).split('\n');
    const chosen = [flagged[0]!, flagged.at(-1)!, flagged[5]!, others[0]!, others.at(-1)!];
    for (const { record_id, flagged } of chosen) {
      const replayed = await replayDecision(run, record_id, 1);
      expect(replayed, record_id).toMatchObject({ identical: true, differences: [], flagged });
      if (flagged) expect(lines).toContain(explanationLine(replayed.explanation));
    }
  });
});

describe('a decision of the shop', () => {
  let run: string;
  let decisions: Decision[];
  beforeAll(async () => {
    run = join(folder, 'shop');
    const labelled = await writeOrders(folder, 'labelled.csv', makeOrders(400, 1));
    const fresh = await writeOrders(folder, 'fresh.csv', makeOrders(80, 2, '2025-01-15'));
    const inputs = [{ path: fresh }, { path: labelled, history: true }];
    await scoreOrders(await trainShop(labelled), fresh, run, { inputs, threshold: 0.2 });
    decisions = await decisionsOf(run);
  });

  const copyRun = async (): Promise<string> => {
    const copy = await mkdtemp(join(folder, 'copy-'));
    await cp(run, copy, { recursive: true });
    return copy;
  };
  const flag = (): Decision => decisions.find(({ flagged }) => flagged)!;
  const other = (): Decision => decisions.find(({ flagged }) => !flagged)!;
  const differing = async (path: string, { record_id }: Decision): Promise<string[]> => {
    const { identical, differences } = await replayDecision(path, record_id, 1);
    expect(identical).toBe(differences.length === 0);
    return differences.map(({ field }) => field);
  };

  /** Makes the log say that this card decided. */
  const nameCard = async (path: string, card: ModelCard): Promise<void> => {
    const log = join(path, 'audit.jsonl');
    const text = await readFile(log, 'utf8');
    await writeFile(log, text.replace(/"card":"[0-9a-f]{64}"/, `"card":"${hashCard(card)}"`));
  };

  test('every one replays identically: the records of a window of a window are found again', async () => {
    for (const { record_id, flagged } of decisions.slice(0, 10)) {
      expect(await replayDecision(run, record_id, 1)).toMatchObject({ identical: true, flagged });
    }
  });

  test('is the same whatever the number of threads', async () => {
    const id = flag().record_id;
    expect(await replayDecision(run, id, 2)).toEqual(await replayDecision(run, id, 1));
  });

  test('a record that was changed is noticed: in its amount, and in a column that no feature looks at', async () => {
    const id = flag().record_id;
    const amount = await copyRun();
    await rewrite(
      amount,
      'records.parquet',
      `CASE WHEN record_id = '${id}' THEN 1.00 ELSE amount END::DECIMAL(18,2) AS amount`,
    );
    expect(await differing(amount, flag())).toEqual(expect.arrayContaining(['decision_id']));
    const note = await copyRun();
    await rewrite(note, 'records.parquet', `CASE WHEN record_id = '${id}' THEN 'x' ELSE note END AS note`);
    // In decisions.parquet, in the explanation, and with each rule that the record meets.
    expect(
      [...new Set(await differing(note, flag()))].filter((field) => !field.startsWith('rule_hits')),
    ).toEqual(['decision_id']);
    expect(await differing(note, other())).toEqual([]);
  });

  test('a past that was changed is noticed, where the decision depends on it', async () => {
    const copy = await copyRun();
    await rewrite(
      copy,
      'records.parquet',
      `CASE WHEN history THEN amount / 3 ELSE amount END::DECIMAL(18,2) AS amount`,
    );
    const fields = await differing(
      copy,
      decisions.find(({ record_id, flagged }) => flagged && record_id !== '2-0')!,
    );
    expect(fields.some((field) => field.startsWith('contributions') || field === 'score')).toBe(true);
    expect(fields).not.toContain('decision_id');
  });

  test.each([
    ['score', 'score / 2 AS score'],
    ['flagged', 'NOT flagged AS flagged'],
    ['model', `'000000000000' AS model`],
    ['decision_id', `reverse(decision_id) AS decision_id`],
  ])('a stored %s that was changed is noticed', async (field, replaced) => {
    const copy = await copyRun();
    await rewrite(copy, 'decisions.parquet', replaced);
    expect(await differing(copy, other()).catch((error: Error) => [error.message])).toEqual(
      field === 'flagged' ? [expect.stringContaining('no explanation of the record')] : [field],
    );
    expect(await differing(copy, flag())).toEqual([field]);
  });

  test('a stored reason that was changed is noticed, with what was stored and what is right', async () => {
    const copy = await copyRun();
    const path = join(copy, 'explanations.jsonl');
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('The amount is', 'The sum is'));
    const { differences } = await replayDecision(copy, flag().record_id, 1);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatchObject({
      field: expect.stringMatching(/^contributions\[\d\]\.words$/),
      stored: expect.stringContaining('The sum is'),
      recomputed: expect.stringContaining('The amount is'),
    });
  });

  test('a threshold that was changed in the log is noticed', async () => {
    const copy = await copyRun();
    const path = join(copy, 'audit.jsonl');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"threshold":0.2', '"threshold":0.01'));
    expect(await differing(copy, flag())).toEqual(['threshold']);
    expect(await differing(copy, decisions.find(({ flagged, score }) => !flagged && score > 0.01)!)).toEqual([
      'flagged',
      'rule_hits[0]',
    ]);
  });

  test('trees that were changed are refused; with all hashes made to fit, they show in the decision', async () => {
    const copy = await copyRun();
    const path = join(copy, 'model', 'model.onnx');
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(1));
    await expect(replayDecision(copy, flag().record_id, 1)).rejects.toThrow(
      'not the model that card.json describes',
    );

    const others = await trainShop(await writeOrders(folder, 'others.csv', makeOrders(400, 7)));
    await saveModel(join(copy, 'model'), others);
    await expect(replayDecision(copy, flag().record_id, 1)).rejects.toThrow(/card\.json: not the card/);
    await nameCard(copy, others.card);
    expect(await differing(copy, flag())).toEqual(expect.arrayContaining(['model', 'decision_id']));
  });

  test('a pack that was changed is refused; with all hashes made to fit, it shows in the decision', async () => {
    const copy = await copyRun();
    const { onnx, card } = await loadModel(join(copy, 'model'));
    const source = card.pack.source.replace('orders > 2', 'orders > 0');
    await saveModel(join(copy, 'model'), {
      onnx,
      card: sealCard({ ...card, pack: { ...card.pack, source } }),
    });
    await nameCard(copy, sealCard({ ...card, pack: { ...card.pack, source } }));
    await expect(replayDecision(copy, flag().record_id, 1)).rejects.toThrow(/the pack inside has sha256/);

    const hash = sha256(source);
    const pack = { ...card.pack, source, hash };
    const version = modelVersion(onnx, card.fitted, hash);
    const fitting = sealCard({ ...card, pack, version });
    await saveModel(join(copy, 'model'), { onnx, card: fitting });
    await nameCard(copy, fitting);
    expect(await differing(copy, flag())).toEqual(expect.arrayContaining(['model', 'decision_id']));
  });

  test('a record that was not scored is reported, and so is one of the history', async () => {
    await expect(replayDecision(run, 'no one', 1)).rejects.toThrow(/no record "no one" was scored/);
    await expect(replayDecision(run, "1-0' OR true --", 1)).rejects.toThrow(InputError);
    await expect(replayDecision(run, '1-0', 1)).rejects.toThrow(/no record "1-0" was scored/);
  });

  test('a run whose folder has the name of a pattern is replayed of its own files, not of those that fit', async () => {
    const [named, other] = [join(folder, 'run [12]'), join(folder, 'run 1')];
    await cp(run, named, { recursive: true });
    await cp(run, other, { recursive: true });
    await rewrite(other, 'decisions.parquet', 'score + 0.001 AS score');
    await rewrite(other, 'records.parquet', 'amount + 1 AS amount');
    expect(await replayDecision(named, flag().record_id, 1)).toMatchObject({ identical: true });
  });

  test('a run without its log is no run', async () => {
    const copy = await copyRun();
    await rm(join(copy, 'audit.jsonl'));
    await expect(replayDecision(copy, flag().record_id, 1)).rejects.toThrow(
      /is not a finished run .*audit\.jsonl is missing/,
    );
  });
});
