/** Proofs of single entries, and witnesses, on files: made and checked as people do. */
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditAct, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { formatEntryProof, verifyEntryProof } from '../../lib/audit/entry-proof.ts';
import { extendLog } from '../../lib/audit/extend-log.ts';
import { FolderObjects } from '../../lib/audit/folder-objects.ts';
import { leafOf, signCheckpoint } from '../../lib/audit/log-tree.ts';
import { lastCheckpoint, tileReader } from '../../lib/audit/stored-log.ts';
import { proveLine } from '../../lib/scoring/prove-entry.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { proveInclusion } from '../../lib/tlog/merkle.ts';
import { formatVerifierKey, secretKey, signNote } from '../../lib/tlog/note-key.ts';
import { formatSignature } from '../../lib/tlog/signed-note.ts';
import { runAssayHere } from '../helpers/command-line.ts';

const signer = secretKey('assay.example/shop', 'ed25519', Buffer.alloc(32, 1));
const thief = secretKey('assay.example/shop', 'ed25519', Buffer.alloc(32, 2));
const mine = secretKey('witness.example/me', 'cosignature-ed25519', Buffer.alloc(32, 3));
const KEY = formatVerifierKey(signer.key);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-proof-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The log of a drop with so many flags. */
function dropLog(flags: number): { readonly lines: string[]; readonly log: AuditLog } {
  const lines: string[] = [];
  const log = new AuditLog((text) => void lines.push(text.trimEnd()));
  for (let n = 0; n < flags; n++) {
    const data = {
      decision_id: String(n).padStart(64, '0'),
      record_id: `T-${n}`,
      score: 0.123456789,
      sha256: 'a'.repeat(64),
    };
    log.append({ event: 'flagged', actor: 'assay', subject: `T-${n}`, data });
  }
  log.seal('assay', 'run of shop', {});
  return { lines, log };
}

/** A stack's chain and bucket as a folder. */
class Domain {
  readonly lines: string[] = [];
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  act(act: AuditAct): void {
    const prev = this.lines.length === 0 ? GENESIS : parseEntry(this.lines.at(-1)!).entry!.hash;
    this.lines.push(writeEntry(act, this.lines.length, prev).line);
  }

  approve(count: number): void {
    for (let n = 0; n < count; n++)
      this.act({
        event: 'approved',
        actor: 'ana',
        subject: `m${n}`,
        at: '2026-03-01T00:00:00Z',
        data: { model: `m${n}` },
      });
  }

  async drop(id: string, flags = 3): Promise<string[]> {
    const { lines, log } = dropLog(flags);
    await this.put(`shop/${id}/audit.jsonl`, Buffer.from(lines.map((line) => `${line}\n`).join('')));
    const root = Buffer.from(log.tree.root).toString('base64');
    const data = { entries: log.entries, head: log.head, root };
    this.act({ event: 'drop_sealed', actor: 'assay', subject: id, at: '2026-03-01T00:00:00Z', data });
    return lines;
  }

  readonly put = async (key: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(this.folder, key)), { recursive: true });
    await writeFile(join(this.folder, key), bytes);
  };

  async publish(by = signer): Promise<void> {
    const stored = new FolderObjects(this.folder);
    const lines = async (_: string, from: number, max: number) =>
      this.lines.slice(from, from + max).map((line) => ({ line }));
    await extendLog(
      { lines, takeDue: async () => {}, stored, put: this.put, signer: async () => by },
      'shop',
    );
  }
}

async function newDomain(name: string): Promise<Domain> {
  const path = join(folder, name);
  await mkdir(path);
  return new Domain(path);
}

describe('a proof', () => {
  test('of a flag of a signed run is checked offline, alone, and refused with any byte changed', async () => {
    const { lines, log } = dropLog(40);
    const note = await signCheckpoint(signer, 'assay.example/shop/runs/x', log.tree);
    const text = formatEntryProof(proveLine(lines, { record: 'T-17' }, 'log'), note);
    const file = join(folder, 'flag.tlog-proof');
    await writeFile(file, text);
    const ran = await runAssayHere('verify', file, '--key', KEY);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain(
      'flagged T-17 by assay, in assay.example/shop/runs/x (41 entries); signed by assay.example/shop',
    );
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = Buffer.from(bytes.map((byte, n) => (n === at ? byte ^ 1 : byte))).toString('utf8');
      let problems: readonly unknown[] = ['refused'];
      try {
        ({ problems } = verifyEntryProof(changed, [signer.key], 'x'));
      } catch (error) {
        expect((error as Error).name).toBe('InputError');
      }
      expect(problems.length, `byte ${at}`).toBeGreaterThan(0);
    }
  });

  test('says so where it is by another key, or no key is given', async () => {
    const { lines, log } = dropLog(5);
    const note = await signCheckpoint(thief, 'assay.example/shop/runs/x', log.tree);
    const text = formatEntryProof(proveLine(lines, { entry: 2 }, 'log'), note);
    expect(verifyEntryProof(text, [signer.key], 'x').problems).toMatchObject([{ kind: 'other key' }]);
    expect(verifyEntryProof(text, [], 'x').signature.state).toBe('not checked');
    expect(() => proveLine(lines, { record: 'none' }, 'log')).toThrow('log has no flag of the record none');
  });

  test('of a flag among 5,000 of a drop, in a log of 70,000 entries, with a cosignature, takes at most 4 kB', async () => {
    const { lines, log } = dropLog(5_000);
    const inner = proveLine(lines, { record: 'T-3210' }, 'log');
    const tree = new MemoryTree();
    const root = Buffer.from(log.tree.root).toString('base64');
    const data = { entries: log.entries, head: log.head, root };
    const sealed = {
      event: 'drop_sealed',
      actor: 'assay',
      subject: `d-${'0'.repeat(64)}`,
      at: '2026-03-01T00:00:00.000Z',
      data,
    } as const;
    const index = 34_567;
    const { line } = writeEntry(sealed, index, 'f'.repeat(64));
    for (let n = 0; n < 70_000; n++) tree.append(leafOf(n === index ? line : `entry ${n}`));
    const note = await signCheckpoint(signer, 'assay-prod.eu-central-1.123456789012/shop', tree.head());
    const cosigned =
      note + formatSignature(await signNote(mine, note.slice(0, note.indexOf('\n\n') + 1), 1_700_000_000));
    const outer = { line, index, hashes: proveInclusion(index, 70_000, tree.node) };
    const text = formatEntryProof(outer, cosigned, inner);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const verdict = verifyEntryProof(text, [signer.key, mine.key], 'x');
    expect(verdict).toMatchObject({ problems: [], drop: sealed.subject, entry: { subject: 'T-3210' } });
    expect(verdict.signature.valid.map(({ seconds }) => seconds)).toEqual([null, 1_700_000_000]);
    // Another flag than the one that the way leads from.
    const other = formatEntryProof(outer, cosigned, { ...inner, line: lines[7]! });
    expect(verifyEntryProof(other, [signer.key], 'x').problems).toMatchObject([{ kind: 'not proved' }]);
    const noDrop = formatEntryProof({ ...outer, line: lines[3]! }, cosigned, inner);
    expect(verifyEntryProof(noDrop, [signer.key], 'x').problems).toHaveLength(2);
  });
});

describe('assay witness', () => {
  async function open(name: string) {
    const domain = await newDomain(name);
    const key = join(folder, `${name}.key`);
    await writeFile(key, mine.secret);
    const run = (...more: string[]) =>
      runAssayHere(
        ...['witness', '--domain', 'shop', '--folder', domain.folder, '--log-key', KEY, '--sign-key', key],
        ...['--state', join(folder, `${name}.json`), ...more],
      );
    return { domain, run };
  }

  test('cosigns a log that grows, and a proof shows when it was seen', async () => {
    const { domain, run } = await open('grows');
    domain.approve(300);
    await domain.drop('d-1');
    await domain.publish();
    const out = join(folder, 'grows.checkpoint');
    const first = await run('--out', out);
    expect(first.stderr).toBe('');
    expect(first.stdout).toContain('301 entries, 301 new, 1 drop checked; cosigned');
    domain.approve(500);
    const lines = await domain.drop('d-2');
    await domain.publish();
    expect((await run('--out', out)).stdout).toContain('802 entries, 501 new, 1 drop checked');
    expect((await run()).stdout).toContain('802 entries, 0 new, 0 drops checked');
    const note = await readFile(out, 'utf8');
    const head = (await lastCheckpoint(new FolderObjects(domain.folder), 'shop'))!;
    const tree = new MemoryTree();
    for (const line of domain.lines) tree.append(leafOf(line));
    const outer = { line: domain.lines[801]!, index: 801, hashes: proveInclusion(801, head.size, tree.node) };
    const verdict = verifyEntryProof(
      formatEntryProof(outer, note, proveLine(lines, { record: 'T-1' }, 'x')),
      [signer.key, mine.key],
      'x',
    );
    expect(verdict.problems).toEqual([]);
    expect(verdict.signature.valid.map(({ key }) => key.name)).toEqual([
      'assay.example/shop',
      'witness.example/me',
    ]);
  });

  const cases: [string, (domain: Domain) => Promise<void>, RegExp][] = [
    [
      'the bucket was rolled back to an earlier checkpoint',
      async ({ folder: path }) => rm(join(path, 'shop/log/checkpoint/000000000600')),
      /was rolled back: its checkpoint has 300 entries; one of 600/,
    ],
    [
      'the log is gone',
      async ({ folder: path }) => rm(join(path, 'shop/log'), { recursive: true }),
      /is gone/,
    ],
    [
      'the log was made anew with one act changed, signed by the stolen key',
      async (domain) => {
        const acts = domain.lines.map((line) => parseEntry(line).entry! as unknown as AuditAct);
        await rm(join(domain.folder, 'shop/log'), { recursive: true });
        domain.lines.length = 0;
        for (const [n, act] of acts.entries()) domain.act(n === 123 ? { ...act, actor: 'eve' } : act);
        domain.approve(10);
        await domain.publish();
      },
      /was forked: its 610 entries do not begin with the 600 that were signed before/,
    ],
    [
      'the log was made anew in the same size',
      async (domain) => {
        await rm(join(domain.folder, 'shop/log'), { recursive: true });
        domain.lines.splice(599);
        domain.act({
          event: 'approved',
          actor: 'eve',
          subject: 'x',
          at: '2026-03-01T00:00:00Z',
          data: { model: 'x' },
        });
        await domain.publish();
      },
      /was forked: its 600 entries/,
    ],
    [
      'a drop was removed whole',
      async (domain) => {
        await domain.drop('d-9');
        await domain.publish();
        await rm(join(domain.folder, 'shop/d-9'), { recursive: true });
      },
      /d-9\/audit.jsonl: missing|not cosigned: 1 problem/,
    ],
    [
      'the log of a drop was chained anew',
      async (domain) => {
        await domain.drop('d-9');
        await domain.publish();
        const other = dropLog(2)
          .lines.map((line) => `${line}\n`)
          .join('');
        await writeFile(join(domain.folder, 'shop/d-9/audit.jsonl'), other);
      },
      /not cosigned: 1 problem/,
    ],
    [
      'a bundle has another entry than its tile',
      async (domain) => {
        domain.approve(3);
        await domain.publish();
        const file = join(domain.folder, 'shop/log/tile/entries/002.p/91');
        await writeFile(
          file,
          Buffer.from((await readFile(file, 'latin1')).replace(/ana(?!.*ana)/s, 'eve'), 'latin1'),
        );
      },
      /are not those that its checkpoint was signed over/,
    ],
    [
      'the checkpoint is by another key of the same name',
      async (domain) => {
        await rm(join(domain.folder, 'shop/log'), { recursive: true });
        domain.approve(1);
        await domain.publish(thief);
      },
      /is not signed by assay.example\/shop/,
    ],
  ];
  test.each(cases)('signs nothing, and remembers what it signed, where %s', async (title, harm, message) => {
    const { domain, run } = await open(`harm-${cases.findIndex(([one]) => one === title)}`);
    domain.approve(300);
    await domain.publish();
    domain.approve(300);
    await domain.publish();
    expect((await run()).code).toBe(0);
    const state = join(folder, `${domain.folder.split('/').at(-1)}.json`);
    const before = await readFile(state, 'utf8');
    await harm(domain);
    const ran = await run('--out', join(folder, 'never'));
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(message);
    expect(await readFile(state, 'utf8')).toBe(before);
    await expect(readFile(join(folder, 'never'))).rejects.toThrow('ENOENT');
  });

  test('reads nothing outside the folder, whatever a log names', async () => {
    const { domain, run } = await open('outside');
    domain.act({
      event: 'drop_sealed',
      actor: 'assay',
      subject: '../../../dev/zero',
      at: '2026-03-01T00:00:00Z',
      data: { entries: 1, head: 'x', root: 'y' },
    });
    await domain.publish();
    const ran = await run();
    expect(ran.stdout).toContain('shop/../../../dev/zero/audit.jsonl: missing');
  });

  test('does not begin anew where its state is damaged', async () => {
    const { domain, run } = await open('damaged');
    domain.approve(3);
    await domain.publish();
    await run();
    await appendFile(join(folder, 'damaged.json'), '}');
    expect((await run()).stderr).toContain('a witness that forgets what it signed is none');
    await expect(tileReader(new FolderObjects(domain.folder), 'shop')('nowhere')).rejects.toThrow(
      'is missing',
    );
  });
});
