import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog, openAuditFile } from '../../lib/audit/audit-log.ts';
import { type ByteLine, splitLines } from '../../lib/audit/byte-lines.ts';
import { canonicalJson, type JsonObject } from '../../lib/audit/canonical-json.ts';
import { makeSeal, parseSeal } from '../../lib/audit/seal.ts';
import { verifyAudit } from '../../lib/audit/verify-audit.ts';
import { buildLog, flagged } from './audit-builder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-audit-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('AuditLog', () => {
  it('chains each entry to the one before by the sha256 of its canonical JSON without its hash', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 10 }), (records) => {
        const { lines, head } = buildLog(records);
        let prev = '0'.repeat(64);
        lines.forEach((line, seq) => {
          const { hash, ...content } = JSON.parse(line) as JsonObject & { hash: string };
          expect(canonicalJson({ ...content, hash })).toBe(line);
          expect(hash).toBe(sha256(canonicalJson(content)));
          expect(content).toMatchObject({ seq, prev });
          prev = hash;
        });
        expect(head).toBe(prev);
      }),
    );
  });

  it('can be checked with nothing but text and sha256: cut out the last hash member', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('","hash":"', '\\', '"hash":"x","prev":"y"', 'é')), (records) => {
        for (const line of buildLog(records).lines) {
          const cut = line.lastIndexOf(',"hash":"');
          expect(sha256(line.slice(0, cut) + line.slice(cut + 74))).toBe(line.slice(cut + 9, cut + 73));
        }
      }),
    );
  });

  it('holds the name of who acted where one is known, and a log without names is as it was', () => {
    const act = { event: 'approved', actor: 'sub-1', subject: 'm', data: { model: 'm' } } as const;
    const named = writeEntry({ ...act, actor_name: 'Ann ","hash":"Lee' }, 0, GENESIS);
    expect(Object.keys(JSON.parse(named.line))).toEqual([
      'actor',
      'actor_name',
      'data',
      'event',
      'hash',
      'prev',
      'seq',
      'subject',
    ]);
    expect(parseEntry(named.line)).toMatchObject({ fault: undefined, entry: { hash: named.hash } });
    expect(parseEntry(named.line.replace('Lee', 'Kim')).fault).toContain('does not give its hash');
    // As version 0.1.0 wrote it.
    const old =
      '{"actor":"sub-1","data":{"model":"m"},"event":"approved","hash":"HASH","prev":"PREV","seq":0,"subject":"m"}'
        .replace('PREV', GENESIS)
        .replace('HASH', sha256(canonicalJson({ ...act, prev: GENESIS, seq: 0 })));
    expect(writeEntry(act, 0, GENESIS).line).toBe(old);
    expect(parseEntry(old).fault).toBeUndefined();
  });

  it('keeps its own hash apart from one in the data', () => {
    const log = new AuditLog(() => {});
    const hash = 'b'.repeat(64);
    const data = { action: 'x', role: 'viewer', hash, later: { hash, prev: hash }, prev: hash };
    const line = log.append({ event: 'denied', actor: 'a', subject: 's', data });
    const { hash: own, ...content } = JSON.parse(line) as JsonObject & { hash: string };
    expect([own, log.head]).toEqual([sha256(canonicalJson(content)), own]);
    expect(parseEntry(line).fault).toBeUndefined();
  });

  it('writes a time only where the act has one', () => {
    const log = new AuditLog(() => {});
    const review = { event: 'reviewed', actor: 'ann', subject: 'T1', at: '2026-01-02T03:04:05Z' } as const;
    const line = log.append({ ...review, data: { decision_id: 'd', verdict: 'confirmed' } });
    expect(line).toMatch(/^\{"actor":"ann","at":"2026-01-02T03:04:05Z","data":\{/);
    expect(log.append(flagged('T2'))).not.toContain('"at"');
  });

  it('takes nothing after its seal', () => {
    const log = new AuditLog(() => {});
    log.append(flagged('a'));
    expect(JSON.parse(log.seal('assay', 'run', { f: 'x' }))).toMatchObject({
      seq: 1,
      event: 'sealed',
      data: { entries: 1, files: { f: 'x' } },
    });
    expect(() => log.append(flagged('b'))).toThrow('the audit log is sealed');
    expect(log.entries).toBe(2);
  });

  it('writes a file that verifies, byte for byte the same each time', async () => {
    const write = (name: string) => {
      const file = openAuditFile(join(folder, name));
      for (let i = 0; i < 3000; i++) file.log.append(flagged(`rec-é-${i}`, i / 3000));
      file.log.seal('assay', 'run', { 'rejects.csv': sha256('') });
      file.close();
      return file.log;
    };
    const log = write('a.jsonl');
    write('b.jsonl');
    expect((await readFile(join(folder, 'a.jsonl'))).equals(await readFile(join(folder, 'b.jsonl')))).toBe(
      true,
    );
    const verdict = await verifyAudit(splitLines(createReadStream(join(folder, 'a.jsonl'))), {
      expectedHead: log.head,
    });
    expect(verdict).toEqual({
      entries: 3001,
      head: log.head,
      sealed: true,
      files: { 'rejects.csv': sha256('') },
      problems: [],
      problemCount: 0,
    });
  });
});

describe('splitLines', () => {
  it('gives the same lines however the bytes were cut, and an empty last line as none', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '\uFEFF') });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (content, size) => {
        const bytes = Buffer.from(content);
        async function* chunks() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const lines: ByteLine[] = [];
        for await (const line of splitLines(chunks())) lines.push(line);
        const expected = content
          .split('\n')
          .map((line, index, all) => ({ text: line, ended: index < all.length - 1 }));
        if (expected.at(-1)!.text === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });
});

describe('the seal', () => {
  const seal = { head: 'a'.repeat(64), entries: 3, sealed_at: '2026-01-02T03:04:05.678Z', by: 'me' };

  it('is read back as it was written, versions in order', () => {
    const text = makeSeal({ ...seal, versions: { node: '24', assay: '1' } });
    expect(parseSeal(text)).toEqual({
      format: 'assay-seal/1',
      ...seal,
      versions: { assay: '1', node: '24' },
    });
    expect(text.indexOf('"assay"')).toBeLessThan(text.indexOf('"node"'));
  });

  it.each([
    ['{', 'run/seal.json is not JSON; a seal was expected'],
    ['[]', 'run/seal.json: "format" is undefined; "assay-seal/1" was expected'],
    ['null', 'run/seal.json is not a seal'],
    [
      makeSeal({ ...seal, head: 'x', versions: {} }),
      'run/seal.json: "head" is "x"; a sha256 in hex was expected',
    ],
    [
      makeSeal({ ...seal, entries: 0, versions: {} }),
      'run/seal.json: "entries" is 0; a number of entries was expected',
    ],
    [makeSeal({ ...seal, sealed_at: 'noon', versions: {} }), 'run/seal.json: "sealed_at" is "noon"'],
  ])('%j is refused', (text, message) => expect(() => parseSeal(text, 'run/seal.json')).toThrow(message));
});
