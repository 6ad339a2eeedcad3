/** The log of a domain on a table, a bucket and a key as the stack has them. `ASSAY_LOG_ENTRIES=10000` is the full size. */

import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditAct, parseEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { verifyEntryProof } from '../../lib/audit/entry-proof.ts';
import { extendLog, type LogDeps } from '../../lib/audit/extend-log.ts';
import { leafOf } from '../../lib/audit/log-tree.ts';
import { lastCheckpoint, tileReader } from '../../lib/audit/stored-log.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { DueDrops } from '../../lib/aws/due-drops.ts';
import { KmsSigner } from '../../lib/aws/kms-signer.ts';
import { RetainedReader } from '../../lib/aws/retained-reader.ts';
import { RetainedStore } from '../../lib/aws/retained-store.ts';
import { sealOf } from '../../lib/drops/sealed-drop.ts';
import { proveAct, proveFlag } from '../../lib/services/prove-act.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { hashLeaf, isConsistent, isIncluded } from '../../lib/tlog/merkle.ts';
import { verifyNote } from '../../lib/tlog/note-key.ts';
import { parseNote } from '../../lib/tlog/signed-note.ts';
import { readConsistency, readEntry, readInclusion } from '../../lib/tlog/tile-reader.ts';
import {
  clientSettings,
  dropTable,
  localDocuments,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';

const ENTRIES = Number(process.env.ASSAY_LOG_ENTRIES ?? 300);
const WRITERS = ENTRIES > 1000 ? 50 : 10;
const documents = localDocuments();
const client = localS3();
let table: string;
let bucket: string;
let signer: KmsSigner;
beforeAll(async () => {
  table = await makeTable('Drops');
  bucket = await makeBucket({ lock: true });
  const kms = new KMSClient(clientSettings());
  const made = await kms.send(
    new CreateKeyCommand({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }),
  );
  signer = new KmsSigner(kms, made.KeyMetadata!.Arn!);
}, 60_000);
afterAll(() => dropTable(table));

const chain = () => new AuditChain(documents, table);
const due = () => new DueDrops(documents, table);
const reader = () => new RetainedReader(client, bucket, () => {});

/** As a function has them, which is ended after so many writes. */
function deps(life = Number.POSITIVE_INFINITY): LogDeps {
  const retention = { mode: 'GOVERNANCE', days: 1 } as const;
  const store = new RetainedStore(client, bucket, retention, { now: Date.now, onFinding: () => {} });
  let left = life;
  return {
    lines: (domain, from, max) => chain().lines(domain, from, max),
    takeDue: (domain) => due().take(domain, chain()),
    stored: reader(),
    put: async (key, bytes) => {
      if (left-- <= 0) throw new Error('ended');
      await store.putRetained(key, bytes);
    },
    signer: (domain) => signer.named(`assay-test/${domain}`),
  };
}

const act = (subject: string): AuditAct => ({
  ...{ event: 'approved', actor: 'ana', subject, at: '2026-03-01T00:00:00.000Z', data: { model: subject } },
});
const sealed = (drop: string, domain: string) => ({
  ...{ drop, domain, entries: 3, head: 'f'.repeat(64), root: 'r', sealedAt: '2026-03-01T00:00:00.000Z' },
});

describe('the log of a domain', () => {
  it(`loses none of ${ENTRIES} entries of ${WRITERS} writers at once, and forks nowhere, while those who sign are ended`, async () => {
    const domain = 'rush';
    const each = ENTRIES / WRITERS / 2;
    const began = performance.now();
    let isOver = false;
    const extending = (async () => {
      for (let life = 0; !isOver; life = (life + 1) % 5)
        await Promise.all([
          extendLog(deps(life), domain).catch((error: Error) => expect(error.message).toBe('ended')),
          extendLog(deps(), domain),
        ]);
    })();
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const name = (n: number) => `w${writer}-${n}`;
        for (let n = 0; n < each; n += 10)
          await chain().append(
            domain,
            ...Array.from({ length: Math.min(10, each - n) }, (_, m) => act(name(n + m))),
          );
        for (let n = 0; n < each; n++) await due().note(sealed(`d-${name(n)}`, domain));
      }),
    );
    isOver = true;
    await extending;
    const { entries } = await extendLog(deps(), domain);
    const seconds = (performance.now() - began) / 1000;
    const lines = await chain().lines(domain);
    const subjects = lines.map(({ line }) => parseEntry(line).entry!.subject);
    expect([entries, lines.length, new Set(subjects).size]).toEqual([ENTRIES, ENTRIES, ENTRIES]);
    const tree = new MemoryTree();
    for (const { line } of lines) tree.append(leafOf(line));
    const keys = await reader().list(`${domain}/log/checkpoint/`);
    const read = tileReader(reader(), domain);
    for (const key of keys) {
      const size = Number(key.slice(-12));
      const text = (await reader().readText(key))!.split('\n');
      expect(text[2], key).toBe(Buffer.from(tree.head(size).root).toString('base64'));
      expect(isConsistent(tree.head(size), tree.head(), await readConsistency(read, size, ENTRIES))).toBe(
        true,
      );
    }
    process.stderr.write(`${ENTRIES} entries, ${keys.length} checkpoints, ${seconds.toFixed(1)} s\n`);
  }, 600_000);

  it('is signed by the key of KMS as any verifier of notes checks it, and proves each entry from its tiles', async () => {
    const domain = 'proved';
    for (let n = 0; n < 3; n++) await chain().append(domain, act(`m${n}`));
    await due().note(sealed('d-1', domain));
    expect(await extendLog(deps(), domain)).toEqual({ entries: 4, added: 4 });
    const head = (await lastCheckpoint(reader(), domain))!;
    const key = await signer.publicKey(`assay-test/${domain}`);
    expect(verifyNote(parseNote(head.note, 'note'), [key])).toMatchObject({ valid: [{ key }], broken: [] });
    const read = tileReader(reader(), domain);
    for (let index = 0; index < 4; index++) {
      const entry = await readEntry(read, index, 4);
      expect(isIncluded(hashLeaf(entry), index, head, await readInclusion(read, index, 4))).toBe(true);
    }
    const last = parseEntry(Buffer.from(await readEntry(read, 3, 4)).toString()).entry!;
    expect([last.event, last.subject, last.data]).toEqual([
      'drop_sealed',
      'd-1',
      { entries: 3, head: 'f'.repeat(64), root: 'r' },
    ]);
  });

  it('proves an act, and a flag of a drop that it names, from the bucket alone', async () => {
    const domain = 'proofs';
    const stack = { about: (subject: string) => chain().about(subject), audit: reader() };
    await expect(proveAct(stack, { domain, subject: 'm-1' })).rejects.toThrow('has no checkpoint yet');
    const lines: string[] = [];
    const log = new AuditLog((text) => void lines.push(text));
    const data = { decision_id: 'd', record_id: 'T-1', score: 0.9, sha256: 'a'.repeat(64) };
    log.append({ event: 'flagged', actor: 'assay', subject: 'T-1', data });
    log.seal('assay', 'run', {});
    const drop = 'd-proofs';
    await deps().put(`${domain}/${drop}/audit.jsonl`, Buffer.from(lines.join('')));
    const now = new Date('2026-03-01T00:00:00Z');
    await due().note(sealOf({ id: drop, domain }, log, now));
    await chain().append(domain, act('m-1'));
    await extendLog(deps(), domain);
    const key = await signer.publicKey(`assay-test/${domain}`);
    const ofAct = verifyEntryProof(await proveAct(stack, { domain, subject: 'm-1' }), [key], 'p');
    expect(ofAct).toMatchObject({ problems: [], entry: { event: 'approved', subject: 'm-1' }, drop: null });
    const ofFlag = verifyEntryProof(await proveFlag(stack, { domain, drop, record: 'T-1' }), [key], 'p');
    expect(ofFlag).toMatchObject({ problems: [], entry: { subject: 'T-1' }, drop });
    await expect(proveAct(stack, { domain, subject: 'm-1', event: 'promoted' })).rejects.toThrow(
      'the log of proofs has no promoted of m-1; it has approved',
    );
    await chain().append(domain, act('m-2'));
    await expect(proveAct(stack, { domain, subject: 'm-2' })).rejects.toThrow(
      'the act is entry 2; the checkpoint has 2 entries: wait for the next one',
    );
  });

  it('has a drop once, however often it is noted, also after it was taken in', async () => {
    const domain = 'once';
    for (let n = 0; n < 3; n++) {
      await due().note(sealed('d-2', domain));
      await Promise.all([extendLog(deps(), domain), extendLog(deps(), domain)]);
    }
    expect((await chain().lines(domain)).length).toBe(1);
  });

  it('takes in more drops than a transaction holds', async () => {
    for (let n = 0; n < 65; n++) await due().note(sealed(`d-many-${n}`, 'many'));
    expect(await extendLog(deps(), 'many')).toEqual({ entries: 65, added: 65 });
  });
});
