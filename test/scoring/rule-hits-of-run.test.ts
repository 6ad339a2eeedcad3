import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { flagsByItself, withFlagsOf } from '../../lib/packs/rule-flags.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { makeOrders, scoreOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const orders = makeOrders(200, 5, '2025-01-20');
/** `large` says nothing of flags, and is of high severity. */
const pack = parsePack(shopPack.source.replace(', flag: true', ''), 'shop.yaml');
let folder: string;
let model: Model;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-hits-'));
  model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)), { pack });
  await scoreOrders(model, await writeOrders(folder, 'fresh.csv', orders), join(folder, 'run'), {
    threshold: 0.999,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function hitsIn(run: string) {
  const [header, ...lines] = (await readFile(join(run, 'rule_hits.csv'), 'utf8')).trimEnd().split('\n');
  expect(header).toBe('decision_id,record_id,rule,severity,words,score,flagged');
  return lines.map((line) => {
    const [decision, record, rule, severity] = line.split(',');
    return { decision: decision!, record: record!, rule: rule!, severity: severity!, line };
  });
}

async function decisionsOf(run: string): Promise<Map<string, { flagged: boolean; decision_id: string }>> {
  const session = await Session.open();
  try {
    const rows = await session.rows<{ record_id: string; flagged: boolean; decision_id: string }>(
      `SELECT record_id, flagged, decision_id FROM read_parquet('${join(run, 'decisions.parquet')}')`,
    );
    return new Map(rows.map((row) => [row.record_id, row]));
  } finally {
    await session.close();
  }
}

describe('rule_hits.csv', () => {
  test('has every hit, of flagged records and of others, in input order', async () => {
    const hits = await hitsIn(join(folder, 'run'));
    const decisions = await decisionsOf(join(folder, 'run'));
    const large = orders.filter(({ amount }) => Number(amount) > 900).map(({ id }) => id);
    expect(large.length).toBeGreaterThan(5);
    expect(hits.filter(({ rule }) => rule === 'large').map(({ record }) => record)).toEqual(large);
    const hasty = hits.filter(({ rule }) => rule === 'hasty');
    const unflagged = hasty.filter(({ record }) => !decisions.get(record)!.flagged);
    expect(unflagged.length).toBeGreaterThan(0);
    for (const { record, decision, line } of hits) {
      expect(decisions.get(record)!.decision_id).toBe(decision);
      expect(line.endsWith(`,${decisions.get(record)!.flagged}`)).toBe(true);
    }
    const places = hits.map(({ record }) => orders.findIndex(({ id }) => id === record));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('is sealed: a line that is taken out is found by verify', async () => {
    const copy = join(folder, 'copy');
    await scoreOrders(model, join(folder, 'fresh.csv'), copy, { threshold: 0.999 });
    const path = join(copy, 'rule_hits.csv');
    expect((await verifyRun(copy)).findings).toEqual([]);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.split('\n').toSpliced(1, 1).join('\n'));
    const { findings } = await verifyRun(copy);
    expect(findings).toMatchObject([{ file: 'rule_hits.csv', kind: 'changed' }]);
    const { record } = (await hitsIn(join(folder, 'run')))[0]!;
    const { identical, differences } = await replayDecision(copy, record, 1);
    expect(identical).toBe(false);
    expect(differences[0]!.field).toContain('rule_hits');
  });
});

describe('a rule of high or critical severity', () => {
  test('flags what it hits, though the score is low', async () => {
    const decisions = await decisionsOf(join(folder, 'run'));
    for (const { id, amount } of orders)
      if (Number(amount) > 900) expect(decisions.get(id)!.flagged).toBe(true);
    expect([...decisions.values()].filter(({ flagged }) => !flagged).length).toBeGreaterThan(0);
  });

  test.each([
    [{ severity: 'critical', flag: null }, true],
    [{ severity: 'high', flag: null }, true],
    [{ severity: 'medium', flag: null }, false],
    [{ severity: 'critical', flag: false }, false],
    [{ severity: 'low', flag: true }, true],
  ] as const)('%j → %s', (rule, expected) => expect(flagsByItself(rule)).toBe(expected));

  test('replays as it was decided, also in a run of a version that flagged by `flag: true` alone', async () => {
    const run = join(folder, 'old');
    const old = { ...model, pack: withFlagsOf(model.pack, null) };
    await scoreOrders(old, join(folder, 'fresh.csv'), run, { threshold: 0.999 });
    // Such a version wrote neither the rules that flag nor the file of hits.
    await rm(join(run, 'rule_hits.csv'));
    const audit = await readFile(join(run, 'audit.jsonl'), 'utf8');
    await writeFile(join(run, 'audit.jsonl'), audit.replace('"rules_flag":[],', ''));
    const large = orders.find(({ amount }) => Number(amount) > 900)!;
    expect((await decisionsOf(run)).get(large.id)!.flagged).toBe(false);
    expect(await replayDecision(run, large.id, 1)).toMatchObject({ identical: true, flagged: false });
    expect(await replayDecision(join(folder, 'run'), large.id, 1)).toMatchObject({
      identical: true,
      flagged: true,
    });
  });
});
