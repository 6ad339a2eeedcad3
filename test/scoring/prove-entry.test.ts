import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { formatEntryProof } from '../../lib/audit/entry-proof.ts';
import { leafOf } from '../../lib/audit/log-tree.ts';
import { InputError } from '../../lib/errors.ts';
import { LogProver, proveEntryOfRun, proveLine } from '../../lib/scoring/prove-entry.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { hashLeaf, isIncluded } from '../../lib/tlog/merkle.ts';

/** Two flags, one of them told twice, and an entry that only speaks of flags. */
function log(): string[] {
  const lines: string[] = [];
  const audit = new AuditLog((text) => void lines.push(text.trimEnd()));
  const flag = (record_id: string, score: number) =>
    audit.append({
      event: 'flagged',
      actor: 'assay',
      subject: record_id,
      data: { decision_id: 'd'.repeat(64), record_id, score, sha256: 'a'.repeat(64) },
    });
  audit.append({
    event: 'view_shared',
    actor: 'ann',
    subject: 'v',
    data: { view: 'v', version: 1, filter: { event: 'flagged' }, record_id: 'T-9' },
  });
  flag('T-1', 0.1);
  flag('T-2', 0.2);
  flag('T-1', 0.3);
  audit.seal('assay', 'run of shop', {});
  return lines;
}

describe('the proof of an entry of a log', () => {
  test('is of the flag of a record, the first of it, or of any entry by its number', () => {
    const lines = log();
    const tree = new MemoryTree();
    for (const line of lines) tree.append(leafOf(line));
    const prover = new LogProver(lines, 'audit.jsonl');
    for (const [wanted, index] of [
      [{ record: 'T-1' }, 1],
      [{ record: 'T-2' }, 2],
      [{ entry: 0 }, 0],
      [{ entry: 4 }, 4],
    ] as const) {
      const proof = prover.prove(wanted);
      expect(proof).toMatchObject({ index, line: lines[index] });
      expect(proveLine(lines, wanted, 'audit.jsonl')).toEqual(proof);
      const leaf = hashLeaf(leafOf(lines[index]!));
      expect(isIncluded(leaf, index, tree.head(), proof.hashes)).toBe(true);
    }
  });

  test('of what is not in the log is refused by name', () => {
    const lines = log();
    for (const [wanted, message] of [
      [{ record: 'T-9' }, 'audit.jsonl has no flag of the record T-9'],
      [{ entry: 5 }, 'audit.jsonl has no entry 5'],
      [{ entry: -1 }, 'audit.jsonl has no entry -1'],
    ] as const) {
      expect(() => proveLine(lines, wanted, 'audit.jsonl')).toThrow(InputError);
      expect(() => proveLine(lines, wanted, 'audit.jsonl')).toThrow(message);
    }
  });

  test('of a run is read from its folder, which must be signed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-prove-'));
    try {
      const lines = log();
      for (const name of ['summary.json', 'decisions.parquet', 'records.parquet', 'explanations.jsonl'])
        await writeFile(join(folder, name), '');
      await writeFile(join(folder, 'audit.jsonl'), lines.map((line) => `${line}\n`).join(''));
      const wanted = { record: 'T-2' };
      await expect(proveEntryOfRun(folder, wanted)).rejects.toThrow(
        `${folder} is not signed: there is no checkpoint to prove anything by (score --sign-key)`,
      );
      await writeFile(join(folder, 'checkpoint'), 'the signed note\n');
      expect(await proveEntryOfRun(folder, wanted)).toBe(
        formatEntryProof(proveLine(lines, wanted, 'audit.jsonl'), 'the signed note\n'),
      );
      await expect(proveEntryOfRun(folder, { record: 'T-9' })).rejects.toThrow(
        `${join(folder, 'audit.jsonl')} has no flag of the record T-9`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
