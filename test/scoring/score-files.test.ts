import { createHash } from 'node:crypto';
import { access, appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { InputError } from '../../lib/errors.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { Progress } from '../../lib/progress.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { createRunFolder, openRunFolder } from '../../lib/scoring/run-folder.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { makeOrders, ordersCsv, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;
let fresh: string;
let labelled: string;
const orders = makeOrders(120, 2, '2025-01-20');

/** Of every file of a run, but those that know the time. */
async function hashes(run: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(run, { recursive: true })).sort()) {
    if (['model', 'seal.json'].includes(name)) continue;
    found[name] = createHash('sha256')
      .update(await readFile(join(run, name)))
      .digest('hex');
  }
  return found;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-score-'));
  labelled = await writeOrders(folder, 'labelled.csv', makeOrders(300, 1));
  model = await trainShop(labelled);
  fresh = await writeOrders(folder, 'fresh.csv', orders);
  await scoreOrders(model, fresh, join(folder, 'whole'), { threshold: 0.2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a run that fails midway', () => {
  test.each([
    'reading records',
    'writing decisions',
    'explaining',
    'a flag',
    'writing the report',
    'the clock',
  ])('at %s does not look finished, and does not stand in the way of the next', async (where) => {
    const out = join(folder, `failed at ${where}`);
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    let stage = '';
    const progress: Progress = {
      stage(name) {
        stage = name;
        if (name.startsWith(where)) fail();
      },
      share() {
        if (where === 'a flag' && stage.startsWith('explaining')) fail();
      },
    };
    let asked = 0;
    const now = (): Date => (where === 'the clock' && asked++ > 0 ? fail() : new Date(0));
    const options = { threshold: 0.2, progress, now };
    await expect(scoreOrders(model, fresh, out, options)).rejects.toThrow('the disk is full');

    for (const name of ['audit.jsonl', 'audit.jsonl.unsealed', 'seal.json', 'summary.json']) {
      expect(await exists(join(out, name)), name).toBe(false);
    }
    await expect(openRunFolder(out)).rejects.toThrow('is not a finished run of assay score');
    await expect(replayDecision(out, orders[0]!.id, 1)).rejects.toThrow(InputError);
    await expect(verifyRun(join(out, 'audit.jsonl'))).rejects.toThrow('no such file');

    await scoreOrders(model, fresh, out, { threshold: 0.2 });
    expect(await hashes(out)).toEqual(await hashes(join(folder, 'whole')));
  });

  test('leaves no temporary database behind', async () => {
    const temporary = await mkdtemp(join(folder, 'temporary-'));
    vi.stubEnv('TMPDIR', temporary);
    try {
      const nowhere = join(folder, 'nowhere.csv');
      await expect(scoreOrders(model, nowhere, join(folder, 'none'))).rejects.toThrow('nowhere.csv');
    } finally {
      vi.unstubAllEnvs();
    }
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe('a run that is finished', () => {
  test.each(['audit.jsonl', 'summary.json'])(
    'is not overwritten: its %s is enough to refuse',
    async (name) => {
      const out = await mkdtemp(join(folder, 'kept-'));
      await writeFile(join(out, name), '');
      await expect(createRunFolder(out)).rejects.toThrow(`${out} already holds a run`);
      await expect(scoreOrders(model, fresh, out)).rejects.toThrow(InputError);
      expect(await readdir(out)).toEqual([name]);
    },
  );

  test.each(['summary.json', 'audit.jsonl', 'decisions.parquet', 'records.parquet', 'explanations.jsonl'])(
    'is no finished run any more without %s, which is named',
    async (name) => {
      const out = await mkdtemp(join(folder, 'part-'));
      const files = [
        'summary.json',
        'audit.jsonl',
        'decisions.parquet',
        'records.parquet',
        'explanations.jsonl',
      ];
      for (const file of files) if (file !== name) await writeFile(join(out, file), '');
      await expect(openRunFolder(out)).rejects.toThrow(`${join(out, name)} is missing`);
    },
  );

  test('verifies, and names model and pack in its first entry', async () => {
    const { findings, log, checked } = await verifyRun(join(folder, 'whole'));
    expect(findings).toEqual([]);
    expect(log.sealed).toBe(true);
    expect(checked).toHaveLength(11);
    const [line] = (await readFile(join(folder, 'whole', 'audit.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line!)).toMatchObject({
      event: 'run_started',
      data: {
        model: model.card.version,
        pack: model.pack.hash,
        threshold: 0.2,
        files: [{ name: 'fresh.csv' }],
      },
    });
  });
});

describe('received = scored + rejected', () => {
  test('whatever is wrong with the rows: nothing is lost, nothing counted twice, history is neither', async () => {
    const lines = ordersCsv(orders).trimEnd().split('\n');
    const spoiled = [
      ...lines.slice(0, 40),
      lines[5]!,
      'x,2025-01-20T00:00:00Z,a1,-5,DE,negative,',
      'only,three,fields',
      'y,not a time,a1,5.00,DE,,',
      ',2025-01-20T00:00:00Z,a1,5.00,DE,no id,',
      ...lines.slice(40),
    ];
    const path = join(folder, 'spoiled.csv');
    await writeFile(path, `${spoiled.join('\n')}\n`);
    const out = join(folder, 'spoiled');
    const { summary } = await scoreOrders(model, path, out, {
      inputs: [{ path }, { path: labelled, history: true }],
    });
    expect(summary).toMatchObject({ received: 125, scored: 120, rejected: 5 });
    const session = await Session.open({ threads: 1 });
    const [counts] = await session.rows(
      `SELECT count(*)::INTEGER AS decisions, count(DISTINCT record_id)::INTEGER AS records FROM read_parquet('${join(out, 'decisions.parquet')}')`,
    );
    await session.close();
    expect(counts).toEqual({ decisions: 120, records: 120 });
    expect((await readFile(join(out, 'rejects.csv'), 'utf8')).trimEnd().split('\n')).toHaveLength(6);
  });

  test('a drop of which every row is bad is a run like any other', async () => {
    const path = join(folder, 'bad.csv');
    await writeFile(path, 'id,at,account,amount,country,note,bad\na,b,c,d,e,f,g\n');
    const out = join(folder, 'all-bad');
    const { summary } = await scoreOrders(model, path, out);
    expect(summary).toMatchObject({ received: 1, scored: 0, rejected: 1, flagged: 0 });
    expect((await verifyRun(out)).findings).toEqual([]);
  });

  test('a drop that cannot be read at all fails with its name', async () => {
    const path = join(folder, 'empty.csv');
    await writeFile(path, '');
    await expect(scoreOrders(model, path, join(folder, 'empty'))).rejects.toThrow(/empty\.csv is empty/);
  });
});

test('the same records give the same files, whatever the number of threads and the order of their histories', async () => {
  const history = [
    { path: await writeOrders(folder, 'h1.csv', makeOrders(60, 4, '2025-01-10')), history: true },
    { path: await writeOrders(folder, 'h2.csv', makeOrders(60, 5, '2025-01-12')), history: true },
  ];
  const score = async (
    out: string,
    threads: number,
    inputs: typeof history,
  ): Promise<Record<string, string>> => {
    await scoreOrders(model, fresh, join(folder, out), {
      threshold: 0.2,
      threads,
      inputs: [{ path: fresh }, ...inputs],
    });
    return hashes(join(folder, out));
  };
  const one = await score('one', 1, history);
  expect(await score('two', 2, history)).toEqual(one);
  const other = await score('three', 1, history.toReversed());
  for (const name of ['decisions.parquet', 'explanations.jsonl', 'flagged_risks.csv'])
    expect(other[name]).toBe(one[name]);
});

test('another threshold than the card’s is an entry of its own in the audit log', async () => {
  const audit = async (out: string, threshold: number | null): Promise<string[]> => {
    await scoreOrders(model, fresh, join(folder, out), { threshold });
    const text = await readFile(join(folder, out, 'audit.jsonl'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  };
  expect((await audit('as-card', null)).slice(0, 3)).toEqual(['run_started', 'rejected', 'scored']);
  expect((await audit('other', 0.9)).slice(0, 3)).toEqual(['run_started', 'threshold_changed', 'rejected']);
});

test('a folder with other files in it is no obstacle, and they stay', async () => {
  const out = await mkdtemp(join(folder, 'notes-'));
  await appendFile(join(out, 'notes.txt'), 'mine');
  await scoreOrders(model, fresh, out);
  expect(await readFile(join(out, 'notes.txt'), 'utf8')).toBe('mine');
});
