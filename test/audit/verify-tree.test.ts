/** The stored tree of a domain's log, tampered with in every kind of object, with and without the key. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type AuditAct, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { extendLog } from '../../lib/audit/extend-log.ts';
import { leafOf, signCheckpoint } from '../../lib/audit/log-tree.ts';
import { checkpointKey } from '../../lib/audit/stored-log.ts';
import { verifyTree } from '../../lib/audit/verify-tree.ts';
import { sealOf } from '../../lib/drops/sealed-drop.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';

const signer = secretKey('assay.example/finance', 'ed25519', Buffer.alloc(32, 9));
const thief = secretKey('assay.example/finance', 'ed25519', Buffer.alloc(32, 8));
const [at, drop, SIZE] = ['2026-03-01T00:00:00Z', `d-${'1'.repeat(20)}`, 300];
type Objects = Map<string, Buffer>;

function chain(acts: readonly AuditAct[]): string[] {
  let prev = GENESIS;
  return acts.map((act, seq) => {
    const { line, hash } = writeEntry(act, seq, prev);
    prev = hash;
    return line;
  });
}

const dropLines: string[] = [];
const dropLog = new AuditLog((text) => void dropLines.push(text));
dropLog.seal('assay', 'run', {});
const { entries, head, root } = sealOf({ id: drop, domain: 'finance' }, dropLog, new Date(at));
const acts = (who = 'ana') =>
  Array.from(
    { length: SIZE },
    (_, n): AuditAct =>
      n === 7
        ? { event: 'drop_sealed', actor: 'assay', subject: drop, at, data: { entries, head, root } }
        : { event: 'approved', actor: who, subject: `m${n}`, at, data: { model: `m${n}` } },
  );
const lines = chain(acts());

const stored = (objects: Objects) => ({
  list: async (prefix: string) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
  readBytes: async (key: string) => objects.get(key) ?? null,
});

const whole: Objects = new Map();
beforeAll(async () => {
  whole.set(`finance/${drop}/audit.jsonl`, Buffer.from(dropLines.join('')));
  for (const size of [200, SIZE])
    await extendLog(
      {
        lines: async (_, from, max) =>
          lines
            .slice(0, size)
            .slice(from, from + max)
            .map((line) => ({ line })),
        takeDue: async () => {},
        stored: stored(whole),
        put: async (key, bytes) => void whole.set(key, Buffer.from(bytes)),
        signer: async () => signer,
      },
      'finance',
    );
});

async function found(
  change: (objects: Objects) => unknown,
  log = lines,
  keys = [signer.key],
): Promise<string[]> {
  const objects = new Map(whole);
  await change(objects);
  const { problems } = await verifyTree(stored(objects), 'finance', { lines: async () => log, keys });
  return problems.map(({ where, kind }) => `${where.replace('finance/', '')}: ${kind}`);
}

const flip = (key: string, byte: number) => (objects: Objects) => {
  const bytes = Buffer.from(objects.get(key)!);
  bytes[byte]! ^= 1;
  objects.set(key, bytes);
};
const last = checkpointKey('finance', SIZE);
const short = last.replace('finance/', '');
const tiles = () => [...whole.keys()].filter((key) => key.includes('/tile/') && !key.includes('.p/200'));

async function forge(objects: Objects, log: readonly string[], by: typeof signer): Promise<void> {
  const tree = new MemoryTree();
  for (const line of log) tree.append(leafOf(line));
  objects.set(last, Buffer.from(await signCheckpoint(by, signer.key.name, tree.head())));
}

describe('the tree of a log', () => {
  test('that is whole has no problems, also where acts came since its checkpoint', async () => {
    expect(await found(() => {})).toEqual([]);
    expect(await found(() => {}, chain([...acts(), ...acts()]))).toEqual([]);
    const facts = await verifyTree(stored(whole), 'finance', { lines: async () => lines, keys: [] });
    expect(facts).toEqual({ signed: SIZE, drops: 1, problems: [] });
  });

  test('shows each tile and bundle that was changed in any byte, or is gone, by its name', async () => {
    expect(tiles().length).toBeGreaterThan(4);
    for (const key of tiles()) {
      const name = key.replace('finance/', '');
      for (const byte of [0, 40, whole.get(key)!.length - 1]) {
        if (byte >= whole.get(key)!.length) continue;
        expect(await found(flip(key, byte)), key).toEqual([`${name}: changed`]);
      }
      expect(await found((objects) => objects.delete(key))).toEqual([`${name}: missing`]);
    }
  });

  test('shows a table that was written anew or rolled back', async () => {
    const anew = chain(acts('eve'));
    const kinds = await found(() => {}, anew);
    expect(kinds).toContain(`${short}: rewritten`);
    expect(kinds.filter((kind) => kind.includes('tile/')).length).toBeGreaterThan(0);
    expect(await found(() => {}, lines.slice(0, 250))).toEqual([`${short}: truncated`]);
  });

  test('shows a log of a drop that was changed or is gone', async () => {
    const key = `finance/${drop}/audit.jsonl`;
    expect(await found(flip(key, 20))).toEqual([`${drop}/audit.jsonl: changed`]);
    expect(await found((objects) => objects.delete(key))).toEqual([`${drop}/audit.jsonl: missing`]);
  });

  test('shows a checkpoint by another key, of another log, unsigned or no checkpoint at all', async () => {
    expect(await found((objects) => forge(objects, lines, thief))).toEqual([`${short}: other key`]);
    expect(await found((objects) => forge(objects, chain(acts('eve')), signer))).toEqual([
      `${short}: rewritten`,
    ]);
    expect(await found((objects) => objects.set(last, Buffer.from('none')))).toEqual([
      'log/checkpoint: malformed',
    ]);
    const none = (objects: Objects) => {
      for (const key of objects.keys()) if (key.includes('/checkpoint/')) objects.delete(key);
    };
    expect(await found(none)).toEqual(['log/checkpoint: unsigned']);
    expect(await found(none, lines, [])).toEqual([]);
  });

  test('that someone with the key wrote anew whole is found by nothing here: only what others have shows it', async () => {
    const anew = chain(acts('eve'));
    const objects: Objects = new Map([
      [`finance/${drop}/audit.jsonl`, whole.get(`finance/${drop}/audit.jsonl`)!],
    ]);
    await extendLog(
      {
        lines: async (_, from, max) => anew.slice(from, from + max).map((line) => ({ line })),
        takeDue: async () => {},
        stored: stored(objects),
        put: async (key, bytes) => void objects.set(key, Buffer.from(bytes)),
        signer: async () => signer,
      },
      'finance',
    );
    const { problems } = await verifyTree(stored(objects), 'finance', {
      lines: async () => anew,
      keys: [signer.key],
    });
    expect(problems).toEqual([]);
    expect(parseEntry(anew[0]!).entry!.actor).toBe('eve');
  });
});
