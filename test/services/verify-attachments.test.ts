import { expect, it } from 'vitest';
import type { AuditEntry } from '../../lib/audit/audit-entry.ts';
import { AttachmentTable } from '../../lib/aws/attachment-table.ts';
import type { Attachment } from '../../lib/cases/attachment.ts';
import { verifyAttachments } from '../../lib/services/verify-attachments.ts';

const letter: Attachment = {
  ...{ id: 'a'.repeat(24), caseId: 'c1', domain: 'finance', name: 'letter.pdf', type: 'pdf', bytes: 9 },
  ...{ sha256: 'ab', by: 'ann', at: '2026-03-01T00:00:00.000Z' },
};

/** The row and the entry that the table writes in one transaction. */
async function written(attachment: Attachment): Promise<{ row: Attachment; entry: AuditEntry }> {
  let found: { row: Attachment; entry: AuditEntry } | undefined;
  const table = new AttachmentTable(undefined as never, 'flags', {
    appendWith: async (_, [act], [write]) => {
      const { flag, item, ...row } = (write as { Put: { Item: Record<string, unknown> } }).Put.Item;
      expect([flag, item]).toEqual(['c1', `attachment#${attachment.id}`]);
      found = { row: row as unknown as Attachment, entry: { ...act!, seq: 7 } as unknown as AuditEntry };
      return true;
    },
  });
  await table.add(attachment);
  return found!;
}

async function verify(rows: readonly Attachment[], before: readonly AuditEntry[], now = before) {
  const sources = {
    attachments: { of: async (id: string) => rows.filter(({ caseId }) => caseId === id) },
    entries: async () => now,
  };
  return (await verifyAttachments(sources, ['c1'], before)).map(({ kind, message }) => `${kind}: ${message}`);
}

it('a row is as its entry says; changed, taken out or added, it is named', async () => {
  const { row, entry } = await written(letter);
  expect(JSON.stringify(entry)).not.toContain('letter');
  expect(await verify([row], [entry])).toEqual([]);
  expect(await verify([{ ...row, name: 'passport.pdf' }], [entry])).toEqual([
    'mismatch: its name is not what entry 7 has the hash of',
  ]);
  expect(await verify([{ ...row, sha256: 'cd' }], [entry])).toEqual([
    'mismatch: sha256 cd in the table; entry 7 says ab',
  ]);
  expect(await verify([], [entry])).toEqual(['missing: entry 7 has it; the table does not']);
  expect(await verify([row], [])).toEqual(['inserted: the table has it, by ann; no entry does']);
  // Attached while the table was read.
  expect(await verify([row], [], [entry])).toEqual([]);
});

it('two rows of one content and name have different hashes in the log', async () => {
  const [one, other] = [await written(letter), await written(letter)];
  expect(one.entry.data.row).not.toBe(other.entry.data.row);
});
