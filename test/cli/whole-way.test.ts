import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { runAssay } from '../helpers/command-line.ts';
import { type SmallSample, writeSmallFinance } from '../helpers/small-sample.ts';

let folder: string;
let sample: SmallSample;
const at = (...names: string[]): string => join(folder, ...names);
const bytesHash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

async function ok(...argv: string[]): Promise<string> {
  const isTraining = argv[0] === 'train';
  const rates = isTraining || argv[0] === 'score' ? ['--rates', sample.rates] : [];
  // One algorithm: which of the two is better is a matter of test/training.
  const ran = await runAssay(...argv, ...rates, ...(isTraining ? ['--algorithm', 'forest'] : []));
  expect(ran.stderr, argv.join(' ')).not.toContain('assay:');
  expect(ran.code, argv.join(' ')).toBe(0);
  return ran.stdout;
}

async function query<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
  const session = await Session.open({ threads: 1 });
  try {
    return await session.rows<Row>(sql);
  } finally {
    await session.close();
  }
}

const explanations = async (run: string): Promise<Explanation[]> =>
  (await readFile(at(run, 'explanations.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Explanation);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-whole-way-'));
  sample = await writeSmallFinance(folder, 8000);
  // A row that must come out as a reject.
  const lines = (await readFile(sample.fresh, 'utf8')).split('\n');
  const bad = lines[3]!.split(',');
  bad[0] = 'BAD1';
  bad[lines[0]!.split(',').indexOf('amount')] = '12x50';
  await appendFile(sample.fresh, `${bad.join(',')}\n`);
  await ok('train', '--domain', 'finance', '--data', sample.labelled, '--out', at('model'), '--threads', '2');
  const shared = ['--domain', 'finance', '--model', at('model'), '--data', sample.fresh];
  await ok(
    'score',
    ...shared,
    '--history',
    sample.labelled,
    '--threshold',
    '0.2',
    '--out',
    at('run'),
    '--threads',
    '2',
  );
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('assay train', () => {
  test('gives the same bytes again, whatever the number of threads', async () => {
    await ok(
      'train',
      '--domain',
      'finance',
      '--data',
      sample.labelled,
      '--out',
      at('again'),
      '--threads',
      '1',
    );
    for (const name of ['model.onnx', 'card.json'])
      expect(bytesHash(at('again', name))).toBe(bytesHash(at('model', name)));
  });

  test('another seed gives another model', async () => {
    await ok('train', '--domain', 'finance', '--data', sample.labelled, '--out', at('other'), '--seed', '2');
    expect(bytesHash(at('other', 'model.onnx'))).not.toBe(bytesHash(at('model', 'model.onnx')));
  });

  test('the card holds dataset, split, figures with intervals, and what the threshold was chosen on', async () => {
    const card = JSON.parse(await readFile(at('model', 'card.json'), 'utf8'));
    expect(card.dataset).toMatchObject({ received: 8000, rejected: 0, labelled: 8000 });
    expect(card.split.train + card.split.heldOut + card.split.unused).toBe(8000);
    // Few records: this is about the card, test/training holds the quality.
    expect(card.evaluation.rocAuc.value).toBeGreaterThan(0.6);
    // Too few accounts with a positive for an interval over accounts: none is claimed.
    expect(card.evaluation.rocAuc).toMatchObject({ low: null, high: null });
    expect(card.threshold.chosenOn).toContain('out-of-fold');
  });
});

describe('assay score', () => {
  test('received = scored + rejected, and the files say the same', async () => {
    const summary = JSON.parse(await readFile(at('run', 'summary.json'), 'utf8'));
    expect(summary.received).toBe(2001);
    expect(summary.rejected).toBe(1);
    expect(summary.received).toBe(summary.scored + summary.rejected);
    expect(summary.unexplained).toBe(0);
    const [decisions] = await query<{ n: number; flagged: number }>(
      `SELECT count(*)::INTEGER AS n, count(*) FILTER (WHERE flagged)::INTEGER AS flagged FROM read_parquet(${quoteText(at('run', 'decisions.parquet'))})`,
    );
    expect(decisions).toEqual({ n: summary.scored, flagged: summary.flagged });
    expect(await explanations('run')).toHaveLength(summary.flagged);
    const rejects = await readFile(at('run', 'rejects.csv'), 'utf8');
    expect(rejects).toMatch(/^line,column,reason,text/);
    expect(rejects).toContain('2002,amount,"expected decimal(18,2), found ""12x50""",');
  });

  test("each flag's base and contributions add up to its score, exactly in decimals", async () => {
    const billionths = (x: number): bigint => BigInt(Math.round(x * 1e9));
    for (const flag of await explanations('run')) {
      const sum = flag.contributions.reduce(
        (total, one) => total + billionths(one.contribution),
        billionths(flag.base),
      );
      expect(sum).toBe(billionths(flag.score));
      expect(flag.contributions.map((one) => Math.abs(one.contribution))).toEqual(
        flag.contributions.map((one) => Math.abs(one.contribution)).sort((a, b) => b - a),
      );
    }
  });

  test('decisions stand in input order, and a flag is a score at or above the threshold or a flagging rule', async () => {
    const rows = await query<{ record_id: string; score: number; flagged: boolean }>(
      `SELECT record_id, score, flagged FROM read_parquet(${quoteText(at('run', 'decisions.parquet'))})`,
    );
    const ids = (await readFile(sample.fresh, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect(rows.map((row) => row.record_id)).toEqual(ids.filter((id) => id !== 'BAD1'));
    for (const row of rows) if (row.score >= 0.2) expect(row.flagged).toBe(true);
  });

  test('no cell of flagged_risks.csv starts a formula, and the input columns are there', async () => {
    const [header, first] = (await readFile(sample.fresh, 'utf8')).split('\n');
    const place = header!.split(',').indexOf('counterparty_id');
    const cells = first!.split(',').with(0, '@FORMULA').with(place, '=HYPERLINK(x)');
    await writeFile(at('formula.csv'), `${header}\n${cells.join(',')}\n`);
    const shared = ['--domain', 'finance', '--model', at('model'), '--data', at('formula.csv')];
    await ok(
      'score',
      ...shared,
      '--history',
      sample.labelled,
      '--threshold',
      '0',
      '--out',
      at('run-formula'),
    );
    const csv = await readFile(at('run-formula', 'flagged_risks.csv'), 'utf8');
    expect(csv).toContain("\n'@FORMULA,");
    expect(csv).toContain(",'=HYPERLINK(x),");
    expect(csv).toMatch(
      /^transaction_id,timestamp,account_id,.*,score,threshold,rule_hits,reasons,decision_id\n/,
    );
    expect(csv).not.toMatch(/(^|,|\n)"?[=+@]/);
  });

  test('gives the same decisions, explanations and audit again, whatever the number of threads', async () => {
    const shared = ['--domain', 'finance', '--model', at('model'), '--data', sample.fresh];
    await ok(
      'score',
      ...shared,
      '--history',
      sample.labelled,
      '--threshold',
      '0.2',
      '--out',
      at('run-1'),
      '--threads',
      '1',
    );
    for (const name of [
      'decisions.parquet',
      'explanations.jsonl',
      'audit.jsonl',
      'flagged_risks.csv',
      'records.parquet',
    ]) {
      expect(bytesHash(at('run-1', name)), name).toBe(bytesHash(at('run', name)));
    }
  });

  test('a record has the same score and reasons when it comes alone, with its past as history', async () => {
    const [flag] = await explanations('run');
    const lines = (await readFile(sample.fresh, 'utf8')).trimEnd().split('\n');
    const own = lines.find((line) => line.startsWith(`${flag!.record_id},`))!;
    const earlier = lines.slice(0, lines.indexOf(own));
    await writeFile(at('one.csv'), `${lines[0]}\n${own}\n`);
    await writeFile(at('past.csv'), `${earlier.join('\n')}\n`);
    const shared = ['--domain', 'finance', '--model', at('model'), '--data', at('one.csv')];
    await ok(
      'score',
      ...shared,
      '--history',
      at('past.csv'),
      sample.labelled,
      '--threshold',
      '0.2',
      '--out',
      at('run-one'),
    );
    expect(await explanations('run-one')).toEqual([flag]);
  });

  test('never writes over a run', async () => {
    const ran = await runAssay(
      'score',
      '--domain',
      'finance',
      '--model',
      at('model'),
      '--data',
      sample.fresh,
      '--out',
      at('run'),
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('already holds a run');
  });

  test('refuses a model folder whose files do not belong together', async () => {
    await mkdir(at('mixed'), { recursive: true });
    await copyFile(at('model', 'card.json'), at('mixed', 'card.json'));
    await writeFile(at('mixed', 'model.onnx'), 'something else');
    const ran = await runAssay(
      'score',
      '--domain',
      'finance',
      '--model',
      at('mixed'),
      '--data',
      sample.fresh,
      '--out',
      at('never'),
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('not the model that card.json describes');
  });
});

describe('assay verify', () => {
  test('finds the untouched log sound', async () => {
    expect(await ok('verify', at('run', 'audit.jsonl'))).toContain('unbroken');
  });

  test.each([
    ['changed', (lines: string[]) => lines.with(4, lines[4]!.replace(/"score":0\.\d/, '"score":0.9')), 5],
    ['dropped', (lines: string[]) => lines.toSpliced(4, 1), 5],
    ['inserted', (lines: string[]) => lines.toSpliced(4, 0, lines[4]!.replace('"seq":4', '"seq":9999')), 5],
    ['duplicate', (lines: string[]) => lines.toSpliced(4, 0, lines[5]!), 5],
    ['reordered', (lines: string[]) => lines.with(4, lines[5]!).with(5, lines[4]!), 6],
  ])('names a line that was %s', async (kind, tamper, line) => {
    const copy = at(`tampered-${kind}`);
    await mkdir(copy, { recursive: true });
    for (const name of await readdir(at('run'))) {
      if (name !== 'model') await copyFile(at('run', name), join(copy, name));
    }
    const lines = (await readFile(at('run', 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    await writeFile(join(copy, 'audit.jsonl'), `${tamper(lines).join('\n')}\n`);
    const ran = await runAssay('verify', join(copy, 'audit.jsonl'));
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(new RegExp(`line ${line}: ${kind}`));
  });

  test('names a file beside the log that is not what was sealed', async () => {
    const copy = at('touched');
    await mkdir(join(copy, 'model'), { recursive: true });
    for (const name of await readdir(at('run')))
      if (name !== 'model') await copyFile(at('run', name), join(copy, name));
    for (const name of await readdir(at('run', 'model')))
      await copyFile(at('run', 'model', name), join(copy, 'model', name));
    await appendFile(join(copy, 'explanations.jsonl'), ' ');
    const ran = await runAssay('verify', join(copy, 'audit.jsonl'));
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('explanations.jsonl: changed');
    expect(ran.stdout).toMatch(/explanations.jsonl line \d+: inserted/);
  });
});

describe('assay replay and explain', () => {
  test('recompute flags byte for byte, and records that were not flagged too', async () => {
    const flags = await explanations('run');
    const flagged = new Set(flags.map((flag) => flag.record_id));
    const rows = await query<{ record_id: string }>(
      `SELECT record_id FROM read_parquet(${quoteText(at('run', 'decisions.parquet'))})`,
    );
    const quiet = rows.find((row) => !flagged.has(row.record_id))!.record_id;
    for (const id of [flags[0]!.record_id, flags.at(-1)!.record_id, quiet]) {
      expect(await ok('replay', '--run', at('run'), '--record', id)).toContain('identical');
    }
  });

  test('replay names what differs', async () => {
    const copy = at('forged');
    await mkdir(join(copy, 'model'), { recursive: true });
    for (const name of await readdir(at('run')))
      if (name !== 'model') await copyFile(at('run', name), join(copy, name));
    for (const name of await readdir(at('run', 'model')))
      await copyFile(at('run', 'model', name), join(copy, 'model', name));
    const [flag] = await explanations('run');
    const text = await readFile(join(copy, 'explanations.jsonl'), 'utf8');
    await writeFile(join(copy, 'explanations.jsonl'), text.replace(/"value":[^,]+/, '"value":123456'));
    const ran = await runAssay('replay', '--run', copy, '--record', flag!.record_id);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('contributions[0].value: stored "123456"');
  });

  test('explain gives words and a plot', async () => {
    const [flag] = await explanations('run');
    const text = await ok('explain', '--run', at('run'), '--record', flag!.record_id, '--svg', at('why.svg'));
    expect(text).toContain(flag!.record_id);
    expect(await readFile(at('why.svg'), 'utf8')).toMatch(/^<svg/);
  });

  test('an unknown record is reported', async () => {
    const ran = await runAssay('explain', '--run', at('run'), '--record', 'no one');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('no record "no one" was scored');
  });
});

describe('assay report', () => {
  test('draws a run and a model again', async () => {
    for (const [kind, name] of [
      ['--run', 'run'],
      ['--model', 'model'],
    ] as const) {
      const before = await readFile(at(name, 'report.html'), 'utf8');
      await ok('report', kind, at(name), '--out', at('again.html'));
      expect(await readFile(at('again.html'), 'utf8')).toBe(before);
    }
  });
});
