/** The log of acts as it is put away in parts: sound, and every way in which it may not be. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readActsFolder, writeActsFolder } from '../../lib/audit/acts-folder.ts';
import { type AuditAct, GENESIS, writeEntry } from '../../lib/audit/audit-entry.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { type ActsLog, verifyActs } from '../../lib/audit/verify-acts.ts';
import { runAssayHere } from '../helpers/command-line.ts';

interface Chained {
  readonly line: string;
  readonly hash: string;
}

function chainOf(count: number, who = 'ana'): Chained[] {
  let prev = GENESIS;
  return Array.from({ length: count }, (_, seq) => {
    const act: AuditAct = {
      ...{ event: 'approved', actor: who, subject: `m${seq}`, at: '2026-03-01T00:00:00.000Z' },
      data: { model: `m${seq}` },
    };
    const entry = writeEntry(act, seq, prev);
    prev = entry.hash;
    return entry;
  });
}

const bytesOf = (lines: readonly Chained[]) => Buffer.from(lines.map(({ line }) => `${line}\n`).join(''));

/** `sizes` of the sealed parts; what is left of the chain is live only. */
function logOf(chain: readonly Chained[], sizes: readonly number[]): ActsLog {
  let first = 0;
  const segments = sizes.map((size) => {
    const name = String(first).padStart(12, '0');
    const lines = chain.slice(first, first + size);
    first += size;
    const sealed = { head: chain[first - 1]!.hash, entries: first, sealed_at: '2026-03-02T00:00:00.000Z' };
    return { name, lines: bytesOf(lines), seal: makeSeal({ ...sealed, by: 'assay', versions: {} }) };
  });
  const head = { entries: chain.length, hash: chain.at(-1)?.hash ?? GENESIS };
  return { segments, live: { lines: bytesOf(chain), head }, findings: [] };
}

const kindsOf = async (log: ActsLog, hash?: string) =>
  (await verifyActs(log, hash)).problems.map(({ where, kind }) => `${where}: ${kind}`);

test('a log that is whole has no problems, however it was put away', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(3), async (parts, later) => {
      const sealed = parts.reduce((sum, size) => sum + size, 0);
      const chain = chainOf(sealed + later);
      const verdict = await verifyActs(logOf(chain, parts));
      expect(verdict).toMatchObject({ entries: chain.length, sealed, problems: [] });
      expect(verdict.head).toBe(chain.at(-1)?.hash ?? GENESIS);
    }),
    { numRuns: 40 },
  );
});

test('a changed byte is found, in whichever part it is', async () => {
  const whole = logOf(chainOf(6), [2, 1, 2]);
  const place = fc.tuple(fc.nat(3), fc.nat(10_000));
  await fc.assert(
    fc.asyncProperty(place, async ([part, at]) => {
      const change = (bytes: Uint8Array) => {
        const copy = Buffer.from(bytes);
        copy[at % copy.length]! ^= 1;
        return copy;
      };
      const log: ActsLog =
        part === 3
          ? { ...whole, live: { ...whole.live!, lines: change(whole.live!.lines) } }
          : {
              ...whole,
              segments: whole.segments.map((one, n) =>
                n === part ? { ...one, lines: change(one.lines) } : one,
              ),
            };
      expect((await verifyActs(log)).problems).not.toEqual([]);
    }),
    { numRuns: 200 },
  );
});

describe('a problem is named where', () => {
  const chain = chainOf(6);
  const whole = logOf(chain, [2, 1, 2]);
  const [a, b, c] = [whole.segments[0]!, whole.segments[1]!, whole.segments[2]!];
  const other = chainOf(6, 'eve');

  test('a part is gone', async () => {
    expect(await kindsOf({ ...whole, segments: [a, c] })).toContain('000000000003.jsonl: dropped');
    // Nothing shows that there was a last part, but that the live log of today is longer.
    expect(await kindsOf({ ...whole, segments: [a, b] })).toEqual([]);
  });
  test('a seal is gone', async () => {
    expect(await kindsOf({ ...whole, segments: [a, { ...b, seal: null }, c] })).toEqual([
      '000000000002.seal.json: missing',
    ]);
    // Not yet: the lines are put away before their seal.
    expect(await kindsOf({ ...whole, segments: [a, b, { ...c, seal: null }] })).toEqual([]);
  });
  test('a seal is no seal, or that of something else', async () => {
    expect(await kindsOf({ ...whole, segments: [{ ...a, seal: '{}' }, b, c] })).toEqual([
      '000000000000.seal.json: malformed',
    ]);
    expect(await kindsOf({ ...whole, segments: [{ ...a, seal: b.seal }, b, c] })).toEqual([
      '000000000000.seal.json: truncated',
    ]);
    const forged = logOf(other, [2, 1, 2]).segments[0]!;
    expect(await kindsOf({ ...whole, segments: [{ ...a, seal: forged.seal }, b, c] })).toEqual([
      '000000000000.seal.json: rewritten',
    ]);
  });
  test('the live log was rewritten as a whole, with a head that fits', async () => {
    const { live } = logOf(other, []);
    expect(await kindsOf({ ...whole, live })).toEqual(['live log, line 1: rewritten']);
  });
  test('the live log was cut, with or without its head', async () => {
    const cut = bytesOf(chain.slice(0, 4));
    const kinds = await kindsOf({ ...whole, live: { lines: cut, head: whole.live!.head } });
    expect(kinds).toEqual(['live log, line 5: truncated', 'live log: truncated']);
    const head = { entries: 4, hash: chain[3]!.hash };
    expect(await kindsOf({ ...whole, live: { lines: cut, head } })).toEqual(['live log: truncated']);
    const none = { lines: Buffer.alloc(0), head: { entries: 0, hash: GENESIS } };
    expect(await kindsOf({ ...whole, live: none })).toEqual(['live log: truncated']);
  });
  test('an object was written more than once', async () => {
    const findings = [{ key: 'finance/acts/000000000000.jsonl', message: '2 versions' }];
    expect(await kindsOf({ ...whole, findings })).toEqual([
      'finance/acts/000000000000.jsonl: second version',
    ]);
  });
  test('a hash that was kept elsewhere is not in it', async () => {
    expect(await kindsOf(whole, chain[3]!.hash)).toEqual([]);
    expect(await kindsOf(whole, other[3]!.hash)).toEqual(['the log: rewritten']);
  });
});

describe('a folder', () => {
  let folder: string;
  const log = logOf(chainOf(5), [2, 2]);
  beforeAll(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'assay-acts-')), 'acts');
    await writeActsFolder(folder, 'finance', log);
  });
  afterAll(() => rm(join(folder, '..'), { recursive: true }));

  test('holds what was written to it, and is not written over', async () => {
    expect(await verifyActs(await readActsFolder(folder))).toEqual(await verifyActs(log));
    await expect(writeActsFolder(folder, 'finance', log)).rejects.toThrow('already holds a log of acts');
  });

  test('is verified by the command line, and so is a single part of it by assay verify', async () => {
    for (const args of [
      ['audit', 'verify', folder],
      ['verify', join(folder, '000000000002.jsonl')],
    ]) {
      const { code, stdout } = await runAssayHere(...args);
      expect([code, stdout]).toEqual([0, expect.stringContaining('5 entries, unbroken; 4 sealed')]);
    }
    const seal = join(folder, '000000000000.seal.json');
    const sealed = await readFile(seal);
    await rm(seal);
    const gone = await runAssayHere('audit', 'verify', folder, '--json');
    expect([gone.code, JSON.parse(gone.stdout)]).toMatchObject([4, { ok: false, verdict: 'incomplete' }]);
    await writeFile(seal, sealed);
    expect((await runAssayHere('audit', 'verify', folder, '--key', 'k.pub')).code).toBe(2);
    const live = await readFile(join(folder, 'live.jsonl'), 'utf8');
    await writeFile(join(folder, 'live.jsonl'), live.replace('"actor":"ana"', '"actor":"eve"'));
    const { code, stdout } = await runAssayHere('audit', 'verify', folder, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { ok: false, verdict: 'damaged', entries: 5 }]);
    await rm(join(folder, 'acts.json'));
    expect((await runAssayHere('audit', 'verify', folder)).stdout).toContain('the live log is not here');
  });

  test('is not followed where a link stands in the place of a part of it', async () => {
    for (const name of ['000000000000.jsonl', '000000000000.seal.json', 'live.jsonl', 'acts.json']) {
      const copy = await mkdtemp(join(tmpdir(), 'assay-acts-'));
      await writeActsFolder(join(copy, 'acts'), 'finance', log);
      await rm(join(copy, 'acts', name));
      await symlink('/dev/zero', join(copy, 'acts', name));
      await expect(readActsFolder(join(copy, 'acts'))).rejects.toThrow(
        `${name} is a symbolic link, not a file: it is not opened`,
      );
      await rm(copy, { recursive: true });
    }
  });

  test('that holds no log is refused', async () => {
    const { code, stderr } = await runAssayHere('audit', 'verify', join(folder, 'none'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('holds no log of acts')]);
    expect((await runAssayHere('audit', 'verify')).code).toBe(2);
  });
});
