import { createHash } from 'node:crypto';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { InputError } from '../../lib/errors.ts';
import { formatCard } from '../../lib/models/card-schema.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { type VerifiedRun, verifyRun } from '../../lib/scoring/verify-run.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

const sealedFiles = [
  'decisions.parquet',
  'explanations.jsonl',
  'flagged_risks.csv',
  'model/card.json',
  'model/model.onnx',
  'records.parquet',
  'rejects.csv',
  'rule_hits.csv',
];
let folder: string;
let run: string;
let head: string;
let entries: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-verify-'));
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  run = join(folder, 'run');
  await scoreOrders(model, await writeOrders(folder, 'fresh.csv', makeOrders(60, 2)), run, {
    threshold: 0.1,
  });
  ({ head, entries } = JSON.parse(await readFile(join(run, 'seal.json'), 'utf8')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const copyRun = async (): Promise<string> => {
  const copy = await mkdtemp(join(folder, 'copy-'));
  await cp(run, copy, { recursive: true });
  return copy;
};
const verify = (path: string, expectedHead?: string): Promise<VerifiedRun> =>
  verifyRun(join(path, 'audit.jsonl'), expectedHead);
const found = ({ problems }: VerifiedRun): string[] => problems.map(({ where, kind }) => `${where}: ${kind}`);

/** A log of the same acts but one, with all hashes made to fit, as one would write who wants to hide something. */
async function rewriteLog(path: string): Promise<{ head: string; entries: number }> {
  const lines = (await readFile(join(path, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
  let text = '';
  const log = new AuditLog((line) => {
    text += line;
  });
  for (const line of lines) {
    const { event, actor, subject, data } = JSON.parse(line);
    if (event === 'sealed') log.seal(actor, subject, data.files);
    else
      log.append({
        event,
        actor,
        subject,
        data: event === 'run_started' ? { ...data, domain: 'bank' } : data,
      });
  }
  await writeFile(join(path, 'audit.jsonl'), text);
  return log;
}

describe('a run as it was written', () => {
  test('is sound, with all its files checked', async () => {
    const verified = await verify(run);
    expect(verified.problems).toEqual([]);
    expect(verified.filesChecked).toBe(sealedFiles.length);
    expect(verified.seal).toMatchObject({ head, entries });
    expect(verified.verdict).toMatchObject({ head, entries, sealed: true });
    expect(Object.keys(verified.verdict.files).sort()).toEqual(sealedFiles);
    expect((await verify(run, head)).problems).toEqual([]);
  });

  test('its log says by which card it was decided', async () => {
    const first = JSON.parse((await readFile(join(run, 'audit.jsonl'), 'utf8')).split('\n', 1)[0]!);
    const card = await readFile(join(run, 'model', 'card.json'));
    expect(first.data.card).toBe(createHash('sha256').update(card).digest('hex'));
  });

  test('a threshold edited in its card is found by verify, and refused by replay, by the name of the file', async () => {
    const copy = await copyRun();
    const path = join(copy, 'model', 'card.json');
    const card = JSON.parse(await readFile(path, 'utf8'));
    const { sha256: _, ...bare } = { ...card, threshold: { ...card.threshold, value: 0.9 } };
    await writeFile(path, formatCard(bare));
    expect(found(await verify(copy))).toContain('model/card.json: changed');
    const flags = await readFile(join(copy, 'explanations.jsonl'), 'utf8');
    const { record_id: record } = JSON.parse(flags.split('\n', 1)[0]!);
    await expect(replayDecision(copy, record, 1)).rejects.toThrow(/card\.json: not the card/);
  });

  test('its log alone is checked alone', async () => {
    const alone = await mkdtemp(join(folder, 'alone-'));
    await cp(join(run, 'audit.jsonl'), join(alone, 'audit.jsonl'));
    const verified = await verify(alone);
    expect(verified).toMatchObject({ problems: [], filesChecked: 0, seal: undefined });
    expect((await verify(alone, head)).problems).toEqual([]);
  });

  test('a log that is not there is told as such', async () => {
    await expect(verify(join(folder, 'nowhere'))).rejects.toThrow(InputError);
    await expect(verify(join(folder, 'nowhere'))).rejects.toThrow(/no such file; expected an audit log/);
  });
});

describe('the files beside the log', () => {
  test.each(sealedFiles)('%s: a changed byte is found', async (name) => {
    const copy = await copyRun();
    const bytes = await readFile(join(copy, name));
    const middle = bytes.length >> 1;
    bytes[middle] = bytes[middle]! ^ 1;
    await writeFile(join(copy, name), bytes);
    expect(found(await verify(copy))).toContain(`${name}: changed`);
  });

  test.each(sealedFiles)('%s: that it is gone is found, as long as others are there', async (name) => {
    const copy = await copyRun();
    await rm(join(copy, name));
    const verified = await verify(copy);
    expect(found(verified)).toEqual([`${name}: missing`]);
    expect(verified.filesChecked).toBe(sealedFiles.length - 1);
  });

  test('of explanations, the line that was changed is named, and whose it is', async () => {
    const copy = await copyRun();
    const lines = (await readFile(join(copy, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
    const { record_id } = JSON.parse(lines[2]!) as { record_id: string };
    const forged = lines[2]!.replace('"score":0', '"score":1');
    await writeFile(join(copy, 'explanations.jsonl'), `${lines.with(2, forged).join('\n')}\n`);
    const verified = await verify(copy);
    expect(found(verified)).toContain('explanations.jsonl line 3: changed');
    expect(verified.problems.map(({ message }) => message).join('\n')).toContain(
      `the explanation of ${record_id}`,
    );
  });

  test('files that the log does not vouch for do not matter', async () => {
    const copy = await copyRun();
    await appendFile(join(copy, 'report.html'), 'x');
    await writeFile(join(copy, 'notes.txt'), 'x');
    expect((await verify(copy)).problems).toEqual([]);
  });
});

describe('the seal', () => {
  test('of another run is found out', async () => {
    const copy = await copyRun();
    const foreign = {
      head: 'a'.repeat(64),
      entries,
      sealed_at: '2025-01-01T00:00:00Z',
      by: 'x',
      versions: {},
    };
    await writeFile(join(copy, 'seal.json'), makeSeal(foreign));
    expect(found(await verify(copy))).toEqual([`line ${entries}: rewritten`]);
    await writeFile(join(copy, 'seal.json'), makeSeal({ ...foreign, entries: entries + 3 }));
    expect((await verify(copy)).problems.length).toBeGreaterThan(0);
  });

  test('that is none is told by name', async () => {
    const copy = await copyRun();
    await writeFile(join(copy, 'seal.json'), '{"format":"assay-seal/1"}');
    await expect(verify(copy)).rejects.toThrow(
      /seal\.json: "head" is undefined; a sha256 in hex was expected/,
    );
  });

  test('finds out a log that was rewritten with all hashes made to fit', async () => {
    const copy = await copyRun();
    await rewriteLog(copy);
    expect(found(await verify(copy))).toEqual([`line ${entries}: rewritten`]);
  });
});

describe('--head, the hash that was kept elsewhere', () => {
  test('finds out log and seal rewritten together', async () => {
    const copy = await copyRun();
    const log = await rewriteLog(copy);
    const seal = { sealed_at: '2025-01-01T00:00:00Z', by: 'x', versions: {} };
    await writeFile(join(copy, 'seal.json'), makeSeal({ head: log.head, entries: log.entries, ...seal }));
    expect((await verify(copy)).problems).toEqual([]);
    expect(found(await verify(copy, head))).toEqual([`line ${entries}: rewritten`, 'seal.json: changed']);
  });

  test('finds out a seal that is another one, where the log is sound', async () => {
    const copy = await copyRun();
    const foreign = {
      head: 'a'.repeat(64),
      entries,
      sealed_at: '2025-01-01T00:00:00Z',
      by: 'x',
      versions: {},
    };
    await writeFile(join(copy, 'seal.json'), makeSeal(foreign));
    expect(found(await verify(copy, head))).toEqual(['seal.json: changed']);
    await writeFile(join(copy, 'seal.json'), makeSeal({ ...foreign, entries: entries + 3 }));
    expect(found(await verify(copy, head))).toEqual(['seal.json: changed']);
  });

  test('of another run fits neither log nor seal', async () => {
    expect(found(await verify(run, 'b'.repeat(64)))).toEqual([
      `line ${entries}: rewritten`,
      'seal.json: changed',
    ]);
  });

  test('finds out a log that was cut off', async () => {
    const copy = await copyRun();
    await rm(join(copy, 'seal.json'));
    const lines = (await readFile(join(copy, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    await writeFile(join(copy, 'audit.jsonl'), `${lines.slice(0, -2).join('\n')}\n`);
    expect(found(await verify(copy, head)).join()).toContain('truncated');
  });
});
