import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { leafOf, runOrigin, signCheckpoint } from '../../lib/audit/log-tree.ts';
import { makeSeal } from '../../lib/audit/seal.ts';
import { parseCheckpoint } from '../../lib/tlog/checkpoint.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { secretKey, signNote } from '../../lib/tlog/note-key.ts';
import { formatSignature } from '../../lib/tlog/signed-note.ts';
import { type VerifiedRun, verifyRun } from '../../lib/verification/verify-run.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

const signer = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 1));
const thief = secretKey('example.org/assay', 'ed25519', Buffer.alloc(32, 2));
const witness = secretKey('witness.example', 'cosignature-ed25519', Buffer.alloc(32, 3));
const KEYS = [signer.key];

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-signed-'));
  const model = await trainShop(await writeOrders(folder, 'labelled.csv', makeOrders(300, 1)));
  run = join(folder, 'run');
  await scoreOrders(model, await writeOrders(folder, 'fresh.csv', makeOrders(60, 2)), run, {
    ...{ threshold: 0.1, signer },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const copyRun = async (): Promise<string> => {
  const copy = await mkdtemp(join(folder, 'copy-'));
  await cp(run, copy, { recursive: true });
  return copy;
};
const verify = (path: string, keys = KEYS) => verifyRun(path, { keys });
const found = ({ checkpoint, findings }: VerifiedRun) => [
  checkpoint.state,
  ...findings
    .filter(({ file }) => ['checkpoint', 'seal.json', 'audit.jsonl'].includes(file))
    .map(({ file, kind }) => `${file}: ${kind}`),
];
const linesOf = async (path: string) =>
  (await readFile(join(path, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');

/** The attack that a chain alone does not find: the log without one act, all hashes made to fit, and a new seal. */
async function rewrite(path: string): Promise<AuditLog> {
  let text = '';
  const log = new AuditLog((line) => {
    text += line;
  });
  const lines = await linesOf(path);
  const hidden = lines.findIndex((line) => line.includes('"event":"flagged"'));
  for (const [at, line] of lines.entries()) {
    const { event, actor, subject, data } = JSON.parse(line);
    if (event === 'sealed') log.seal(actor, subject, data.files);
    else if (at !== hidden) log.append({ event, actor, subject, data });
  }
  const seal = JSON.parse(await readFile(join(path, 'seal.json'), 'utf8'));
  const { head, entries, tree } = log;
  await writeFile(join(path, 'audit.jsonl'), text);
  const root = Buffer.from(tree.root).toString('base64');
  await writeFile(join(path, 'seal.json'), makeSeal({ ...seal, head, entries, root }));
  return log;
}

describe('a signed run', () => {
  it('verifies as signed by its key, and its checkpoint is of the tree of its entries', async () => {
    expect(found(await verify(run))).toEqual(['signed']);
    expect(found(await verify(run, []))).toEqual(['not checked']);
    const tree = new MemoryTree();
    const lines = await linesOf(run);
    for (const line of lines) tree.append(leafOf(line));
    const text = await readFile(join(run, 'checkpoint'), 'utf8');
    const { origin, size, root } = parseCheckpoint(text.slice(0, text.indexOf('\n\n') + 1), 'checkpoint');
    const { hash } = JSON.parse(lines.at(-1)!);
    expect([origin, size]).toEqual([`example.org/assay/runs/shop/${hash.slice(0, 32)}`, lines.length]);
    expect(Buffer.from(root)).toEqual(Buffer.from(tree.head().root));
    const seal = JSON.parse(await readFile(join(run, 'seal.json'), 'utf8'));
    expect(seal.root).toBe(Buffer.from(root).toString('base64'));
  });

  it('is found where it was chained and sealed anew without the key', async () => {
    const copy = await copyRun();
    await rewrite(copy);
    expect(found(await verify(copy, []))).toEqual(['not checked', 'checkpoint: rewritten']);
    expect(found(await verify(copy))).toEqual(['signed', 'checkpoint: rewritten']);
  });

  it('is found where it was signed anew by another key of the same name', async () => {
    const copy = await copyRun();
    const { tree, head } = await rewrite(copy);
    await writeFile(
      join(copy, 'checkpoint'),
      await signCheckpoint(thief, runOrigin('example.org/assay', 'shop', head), tree),
    );
    expect(found(await verify(copy))).toEqual(['signed by another key', 'checkpoint: other key']);
    expect(found(await verify(copy, []))).toEqual(['not checked']);
  });

  it('is found where its checkpoint was taken away', async () => {
    const copy = await copyRun();
    await rm(join(copy, 'checkpoint'));
    expect(found(await verify(copy))).toEqual(['unsigned', 'checkpoint: unsigned']);
    expect(found(await verify(copy, []))).toEqual(['unsigned']);
  });

  it('is found where a checkpoint claims the key and another tree', async () => {
    const copy = await copyRun();
    const { tree } = await rewrite(copy);
    const note = await readFile(join(copy, 'checkpoint'), 'utf8');
    const root = Buffer.from(tree.root).toString('base64');
    const [origin, , , ...rest] = note.split('\n');
    await writeFile(join(copy, 'checkpoint'), [origin, tree.size, root, ...rest].join('\n'));
    expect(found(await verify(copy))).toEqual(['unsigned', 'checkpoint: forged']);
  });

  it('is not passed by the signature of a witness alone, and shows one beside its own', async () => {
    const copy = await copyRun();
    const note = await readFile(join(copy, 'checkpoint'), 'utf8');
    const text = note.slice(0, note.indexOf('\n\n') + 1);
    const line = formatSignature(await signNote(witness, text, 1_700_000_000));
    await writeFile(join(copy, 'checkpoint'), `${note}${line}`);
    const { checkpoint } = await verify(copy, [...KEYS, witness.key]);
    expect(checkpoint.valid.map(({ key, seconds }) => [key.name, seconds])).toEqual([
      ['example.org/assay', null],
      ['witness.example', 1_700_000_000],
    ]);
    await writeFile(join(copy, 'checkpoint'), `${text}\n${line}`);
    expect(found(await verify(copy, [...KEYS, witness.key]))).toEqual([
      'signed by another key',
      'checkpoint: other key',
    ]);
  });

  it('is found with any byte of the checkpoint or of the seal’s root changed', async () => {
    const copy = await copyRun();
    const note = await readFile(join(run, 'checkpoint'));
    for (let at = 0; at < note.length; at += 7) {
      await writeFile(
        join(copy, 'checkpoint'),
        note.map((byte, n) => (n === at ? byte ^ 1 : byte)),
      );
      const { findingCount, checkpoint } = await verifyRun(copy, { keys: KEYS, logOnly: true });
      expect(findingCount, `byte ${at}: ${checkpoint.state}`).toBeGreaterThan(0);
    }
    await writeFile(join(copy, 'checkpoint'), note);
    const seal = JSON.parse(await readFile(join(run, 'seal.json'), 'utf8'));
    await writeFile(
      join(copy, 'seal.json'),
      makeSeal({ ...seal, root: Buffer.alloc(32).toString('base64') }),
    );
    expect(found(await verify(copy))).toEqual(['signed', 'seal.json: mismatch', 'seal.json: changed']);
  });

  it('is found with another time, person or version in its seal', async () => {
    const seal = JSON.parse(await readFile(join(run, 'seal.json'), 'utf8'));
    for (const other of [
      { sealed_at: '2024-01-01T00:00:00.000Z' },
      { by: 'x' },
      { versions: { assay: '9' } },
    ]) {
      const copy = await copyRun();
      await writeFile(join(copy, 'seal.json'), makeSeal({ ...seal, ...other }));
      expect(found(await verify(copy))).toEqual(['signed', 'seal.json: changed']);
    }
  });

  it('of an earlier version, without a root in its seal, verifies as unsigned', async () => {
    const copy = await copyRun();
    await rm(join(copy, 'checkpoint'));
    const { root: _, ...seal } = JSON.parse(await readFile(join(run, 'seal.json'), 'utf8'));
    await writeFile(join(copy, 'seal.json'), makeSeal(seal));
    expect(found(await verify(copy, []))).toEqual(['unsigned']);
  });
});

describe('the leaf of an entry', () => {
  it('is its line, and of one too long for a bundle its hash', () => {
    expect(leafOf('é')).toEqual(Buffer.from('é'));
    expect(leafOf('x'.repeat(65_535))).toHaveLength(65_535);
    expect(Buffer.from(leafOf('x'.repeat(65_536))).toString()).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
