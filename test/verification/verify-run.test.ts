import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { InputError } from '../../lib/errors.ts';
import { formatCard } from '../../lib/models/card-schema.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { placeOf } from '../../lib/verification/finding.ts';
import { type VerifiedRun, verifyRun } from '../../lib/verification/verify-run.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

const sealedFiles = [
  'decisions.parquet',
  'explanations.jsonl',
  'flagged_risks.csv',
  'model/card.json',
  'model/model.onnx',
  'records.parquet',
  'rejects.csv',
  'report.html',
  'report.json',
  'rule_hits.csv',
  'summary.json',
];
/** As `assay score` left it before format 2 (test/fixtures/earlier-run.md). */
const earlierRun = fileURLToPath(new URL('../fixtures/earlier-run/', import.meta.url));
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
const verify = (path: string, head?: string): Promise<VerifiedRun> =>
  verifyRun(path, head === undefined ? {} : { head });
const found = ({ findings }: VerifiedRun): string[] =>
  findings.map((finding) => `${placeOf(finding)}: ${finding.kind}`);

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
        data: event === 'run_started' ? { ...data, drop: 'another' } : data,
      });
  }
  await writeFile(join(path, 'audit.jsonl'), text);
  return log;
}

describe('a run as it was written', () => {
  test('is sound, with all its files checked', async () => {
    const verified = await verify(run);
    expect([verified.verdict, verified.findings, verified.notes]).toEqual(['intact', [], []]);
    expect(verified.checked.toSorted()).toEqual(sealedFiles);
    expect(verified.seal).toMatchObject({ head, entries });
    expect(verified.log).toMatchObject({ head, entries, sealed: true });
    expect(Object.keys(verified.log.files).sort()).toEqual(sealedFiles);
    expect((await verify(run, head)).findings).toEqual([]);
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

  test('its log alone is incomplete, unless only the log is asked for', async () => {
    const alone = await mkdtemp(join(folder, 'alone-'));
    await cp(join(run, 'audit.jsonl'), join(alone, 'audit.jsonl'));
    const verified = await verify(alone);
    expect(verified.verdict).toBe('incomplete');
    expect(found(verified).toSorted()).toEqual(
      [...sealedFiles, 'seal.json'].map((name) => `${name}: missing`).toSorted(),
    );
    const logOnly = await verifyRun(alone, { logOnly: true, head });
    expect(logOnly).toMatchObject({ verdict: 'intact', findings: [], checked: [] });
    expect(logOnly.notes.map(({ file }) => file)).toEqual(['seal.json']);
  });

  test('a log that is not there is reported as such', async () => {
    await expect(verify(join(folder, 'nowhere'))).rejects.toThrow(InputError);
    await expect(verify(join(folder, 'nowhere'))).rejects.toThrow(/no such file or folder; expected a run/);
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

  test.each(sealedFiles)('%s: that it is gone is found', async (name) => {
    const copy = await copyRun();
    await rm(join(copy, name));
    const verified = await verify(copy);
    expect(found(verified)).toContain(`${name}: missing`);
    expect(verified.verdict).toBe('incomplete');
    expect(verified.checked).toHaveLength(sealedFiles.length - 1);
  });

  test('of explanations, the line that was changed is named, and whose it is', async () => {
    const copy = await copyRun();
    const lines = (await readFile(join(copy, 'explanations.jsonl'), 'utf8')).trimEnd().split('\n');
    const { record_id } = JSON.parse(lines[2]!) as { record_id: string };
    const forged = lines[2]!.replace('"score":0', '"score":1');
    await writeFile(join(copy, 'explanations.jsonl'), `${lines.with(2, forged).join('\n')}\n`);
    const verified = await verify(copy);
    expect(found(verified)).toContain('explanations.jsonl line 3: changed');
    expect(verified.findings.map(({ message }) => message).join('\n')).toContain(
      `the explanation of ${record_id}`,
    );
  });

  test('files that the log does not vouch for are findings', async () => {
    const copy = await copyRun();
    await writeFile(join(copy, 'notes.txt'), 'x');
    await mkdir(join(copy, 'more'));
    expect(found(await verify(copy))).toEqual(['more: extra', 'notes.txt: extra']);
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
    expect(found(await verify(copy))).toEqual([`audit.jsonl line ${entries}: rewritten`]);
    await writeFile(join(copy, 'seal.json'), makeSeal({ ...foreign, entries: entries + 3 }));
    expect((await verify(copy)).findings.length).toBeGreaterThan(0);
  });

  test('that is none is reported by name', async () => {
    const copy = await copyRun();
    await writeFile(join(copy, 'seal.json'), '{"format":"assay-seal/1"}');
    expect((await verify(copy)).findings).toMatchObject([
      { kind: 'malformed', file: 'seal.json', message: expect.stringContaining('"head" is undefined') },
    ]);
  });

  test('finds out a log that was rewritten with all hashes made to fit', async () => {
    const copy = await copyRun();
    await rewriteLog(copy);
    expect(found(await verify(copy))).toEqual([`audit.jsonl line ${entries}: rewritten`]);
  });
});

describe('--head, the hash that was kept elsewhere', () => {
  test('finds out log and seal rewritten together', async () => {
    const copy = await copyRun();
    const log = await rewriteLog(copy);
    const seal = { sealed_at: '2025-01-01T00:00:00Z', by: 'x', versions: {} };
    await writeFile(join(copy, 'seal.json'), makeSeal({ head: log.head, entries: log.entries, ...seal }));
    expect((await verify(copy)).findings.map(({ file }) => file)).not.toContain('audit.jsonl');
    expect(found(await verify(copy, head))).toEqual([
      `audit.jsonl line ${entries}: rewritten`,
      'seal.json: changed',
    ]);
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
      `audit.jsonl line ${entries}: rewritten`,
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

describe('--replay', () => {
  test('makes every decision again, of this run and of one of an earlier version', async () => {
    const { findings, notes } = await verifyRun(run, { replay: true });
    expect([findings, notes.map(({ message }) => message)]).toEqual([
      [],
      [`all 60 decisions are what a replay gives`],
    ]);
    const earlier = await verifyRun(earlierRun, { replay: true });
    expect(earlier.findings).toEqual([]);
    expect(earlier.notes.map(({ message }) => message)).toContain('all 39 decisions are what a replay gives');
  });
});

describe('a run of an earlier version', () => {
  test('still verifies, and what it does not have is said', async () => {
    const { verdict, findings, notes, checked } = await verifyRun(earlierRun);
    expect([verdict, findings]).toEqual(['intact', []]);
    expect(checked).toHaveLength(8);
    expect(notes.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['summary.json', 'report.html', 'report.json']),
    );
  });

  test.each([
    ['summary.json', '"flagged":8', '"flagged":7'],
    ['report.json', '"scored":39', '"scored":38'],
  ])('%s, which nothing seals, must agree with what is sealed', async (name, was, is) => {
    const copy = await mkdtemp(join(folder, 'earlier-'));
    await cp(earlierRun, copy, { recursive: true });
    const text = await readFile(join(copy, name), 'utf8');
    expect(text).toContain(was);
    await writeFile(join(copy, name), text.replace(was, is));
    expect(found(await verify(copy))).toContain(`${name}: mismatch`);
  });
});
