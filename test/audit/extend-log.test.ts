import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditAct, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { extendLog, type LogDeps } from '../../lib/audit/extend-log.ts';
import { leafOf } from '../../lib/audit/log-tree.ts';
import { checkpointKey, lastCheckpoint, tileReader } from '../../lib/audit/stored-log.ts';
import { parseCheckpoint } from '../../lib/tlog/checkpoint.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { hashLeaf, isConsistent, isIncluded } from '../../lib/tlog/merkle.ts';
import { secretKey } from '../../lib/tlog/note-key.ts';
import { readConsistency, readEntries, readEntry, readInclusion } from '../../lib/tlog/tile-reader.ts';
import { tilePath, tilesOf } from '../../lib/tlog/tiles.ts';

const signer = secretKey('assay.example/finance', 'ed25519', Buffer.alloc(32, 9));

/** What is stored where nothing can be changed, and the chain in its table: the model of bucket and table. */
class Model {
  readonly objects = new Map<string, Buffer>();
  lines: string[] = [];
  due: string[] = [];

  add(...names: string[]): void {
    for (const name of names) {
      const prev = this.lines.length === 0 ? GENESIS : parseEntry(this.lines.at(-1)!).entry!.hash;
      const act: AuditAct = {
        event: 'approved',
        actor: 'ana',
        subject: name,
        at: '2026-03-01T00:00:00Z',
        data: { model: name },
      };
      this.lines.push(writeEntry(act, this.lines.length, prev).line);
    }
  }

  /** `step` is where another may come between, or the function be ended. */
  deps(step: (what: string) => Promise<void> = async () => {}): LogDeps {
    return {
      lines: async (_, from, max) => {
        await step('lines');
        return this.lines.slice(from, from + max).map((line) => ({ line }));
      },
      takeDue: async () => {
        await step('take');
        this.add(...this.due.splice(0));
      },
      stored: {
        list: async (prefix) => {
          await step('list');
          return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
        },
        readBytes: async (key) => {
          await step('read');
          return this.objects.get(key) ?? null;
        },
      },
      put: async (key, bytes) => {
        await step('put');
        const there = this.objects.get(key);
        if (there !== undefined && !there.equals(bytes)) throw new Error(`other bytes are under ${key}`);
        this.objects.set(key, Buffer.from(bytes));
      },
      signer: async () => signer,
    };
  }

  tree(): MemoryTree {
    const tree = new MemoryTree();
    for (const line of this.lines) tree.append(leafOf(line));
    return tree;
  }

  /** Every checkpoint ever signed, as it stands: none contradicts the chain, and each has all its tiles. */
  expectSound(): void {
    const tree = this.tree();
    for (const [key, bytes] of this.objects) {
      if (!key.includes('/checkpoint/')) continue;
      const { size, root } = parseCheckpoint(`${bytes.toString().split('\n\n')[0]}\n`, key);
      expect(Buffer.from(root), key).toEqual(Buffer.from(tree.head(size).root));
      const missing = tilesOf(size)
        .map((tile) => `finance/log/${tilePath(tile)}`)
        .filter((path) => !this.objects.has(path));
      // A tile that was partial then may be there as a full one alone, where it was full by the next checkpoint.
      expect(missing, key).toEqual([]);
    }
  }
}

const names = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `act-${from + n}`);
const extend = (model: Model, step?: (what: string) => Promise<void>) =>
  extendLog(model.deps(step), 'finance');

describe('the log of a domain', () => {
  it('is brought up to the chain, at any two sizes, with every entry proved by its tiles', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(700), fc.nat(), async (first, more, place) => {
        const model = new Model();
        model.add(...names(first));
        expect(await extend(model)).toEqual({ entries: first, added: first });
        model.add(...names(more, first));
        expect(await extend(model)).toEqual({ entries: first + more, added: more });
        expect(await extend(model)).toEqual({ entries: first + more, added: 0 });
        model.expectSound();
        const size = first + more;
        if (size === 0) return;
        const { stored } = model.deps();
        const head = (await lastCheckpoint(stored, 'finance'))!;
        const read = tileReader(stored, 'finance');
        const again = new MemoryTree();
        for await (const entry of readEntries(read, 0, size)) again.append(entry);
        expect(Buffer.from(again.head().root)).toEqual(Buffer.from(head.root));
        const index = place % size;
        const entry = await readEntry(read, index, size);
        expect(Buffer.from(entry).toString()).toBe(model.lines[index]);
        expect(isIncluded(hashLeaf(entry), index, head, await readInclusion(read, index, size))).toBe(true);
        if (first > 0)
          expect(isConsistent(model.tree().head(first), head, await readConsistency(read, first, size))).toBe(
            true,
          );
      }),
      { numRuns: 10 },
    ));

  it('loses nothing and never forks, however writers and three extenders interleave and wherever they are ended', () =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
        async (scheduler, batches, lives) => {
          const model = new Model();
          let named = 0;
          const write = batches.map((count, n) =>
            scheduler.schedule(Promise.resolve(), 'write').then(() => {
              const added = names(count, named);
              named += count;
              if (n % 2 === 0) model.add(...added);
              else model.due.push(...added);
            }),
          );
          const extenders = lives.map(async (life) => {
            let left = life;
            await extend(model, async (what) => {
              await scheduler.schedule(Promise.resolve(), what);
              if (left-- === 0) throw new Error('ended');
            }).catch((error: Error) => expect(error.message).toBe('ended'));
          });
          await scheduler.waitFor(Promise.all([...write, ...extenders]));
          model.expectSound();
          await extend(model);
          model.expectSound();
          const subjects = model.lines.map((line) => parseEntry(line).entry!.subject);
          expect(new Set(subjects)).toEqual(new Set(names(named)));
          expect(subjects).toHaveLength(named);
          expect((await lastCheckpoint(model.deps().stored, 'finance'))!.size).toBe(named);
        },
      ),
      { numRuns: 25 },
    ));

  it.each([
    [
      'was rolled back',
      (model: Model) => model.lines.splice(250),
      /ends before entry 300, which its checkpoint has: it was rolled back/,
    ],
    [
      'was forked after an old entry',
      (model: Model) => {
        model.lines.splice(290);
        model.add(...names(20, 900));
      },
      /differs from what its checkpoint of 300 entries has: a fork/,
    ],
    [
      'was forked before what is read',
      (model: Model) => {
        const kept = model.lines.slice(256);
        model.lines.splice(100);
        model.add(...names(156, 900));
        model.lines.push(...kept);
        model.add('later');
      },
      undefined,
    ],
    [
      'has an entry changed',
      (model: Model) => model.lines.splice(299, 1, model.lines[299]!.replace('ana', 'eve')),
      /entry 299 .*not sound/,
    ],
  ])('is not signed any further where the chain %s', async (_, harm, message) => {
    const model = new Model();
    model.add(...names(300));
    await extend(model);
    harm(model);
    model.add('one more');
    const before = new Set(model.objects.keys());
    // What is not read again was read when it was signed: its tiles are what counts, and they stand.
    if (message === undefined) await extend(model);
    else {
      await expect(extend(model)).rejects.toThrow(message);
      expect(new Set(model.objects.keys())).toEqual(before);
    }
  });

  it.each([
    [
      'a tile is gone',
      (model: Model) => model.objects.delete('finance/log/tile/0/001.p/44'),
      /001.p\/44 is missing/,
    ],
    [
      'a tile was changed',
      (model: Model) => model.objects.get('finance/log/tile/0/001.p/44')!.fill(7, 0, 1),
      /do not give the root/,
    ],
    [
      'the last checkpoint is by another key',
      (model: Model) =>
        model.objects.set(
          checkpointKey('finance', 400),
          Buffer.from(
            model.objects.get(checkpointKey('finance', 300))!.toString().replace('\n300\n', '\n400\n'),
          ),
        ),
      /is not signed by assay.example\/finance/,
    ],
  ])('is not signed any further where %s', async (_, harm, message) => {
    const model = new Model();
    model.add(...names(300));
    await extend(model);
    harm(model);
    model.add('one more');
    await expect(extend(model)).rejects.toThrow(message);
  });
});
