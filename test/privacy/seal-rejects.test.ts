/** Rejected lines of records that are erasable: whose erasure makes them unreadable. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import type { RejectEntities } from '../../lib/intake/records.ts';
import { createRejectsTable } from '../../lib/intake/rejects.ts';
import { openRejected, sealRejects, sealTexts } from '../../lib/privacy/seal-rejects.ts';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';
import { MemoryKeys } from '../helpers/memory-keys.ts';

const text = 'T1,AC1,paid to AC2';
const column = { file: 0, line: 3 };
let session: Session;
beforeAll(async () => {
  session = await Session.open();
});
afterAll(() => session.close());

/** What a store holds of a line of AC1 that was rejected. */
async function storedOf(keys: MemoryKeys, subjects: readonly string[]): Promise<string> {
  const { file, line } = column;
  const rejects = await createRejectsTable(session, [
    `SELECT ${file} AS file, ${line} AS line, 'amount' AS "column", 'is no number' AS reason, '${text}' AS text`,
  ]);
  const rejectEntities: RejectEntities = await createTable(
    session,
    'entities',
    `SELECT ${file}::INTEGER AS file, ${line}::BIGINT AS line, 'AC1' AS entity`,
  );
  await sealRejects({ rejects, rejectEntities }, keys, { ciphers: new Map(), names: [], subjects });
  return (await session.rows<{ text: string }>(`SELECT text FROM ${rejects}`))[0]!.text;
}

async function readable(keys: MemoryKeys, cell: string): Promise<string | null> {
  const sealed = openRejected(cell, column.line)!;
  const key = (await keys.findByPseudonym([sealed.pseudonym])).get(sealed.pseudonym);
  return key === undefined ? null : sealed.open(new SubjectCipher(key));
}

async function keysOf(...ids: readonly string[]): Promise<MemoryKeys> {
  const keys = new MemoryKeys('finance');
  await keys.take(new Map(ids.map((id) => [id, null])));
  return keys;
}

test('a line is readable until its subject is erased, or any that it may name', async () => {
  for (const [subjects, erased, expected] of [
    [['account_id'], [], text],
    [['account_id'], ['AC2'], text],
    [['account_id'], ['AC1'], null],
    [['account_id', 'counterparty_id'], [], text],
    [['account_id', 'counterparty_id'], ['AC2'], null],
  ] as const) {
    const keys = await keysOf('AC1', 'AC2');
    const cell = await storedOf(keys, subjects);
    for (const id of erased) keys.destroy(id);
    expect([subjects, erased, await readable(keys, cell)]).toEqual([subjects, erased, expected]);
  }
});

test('the line of a subject that was erased since it was read is not stored under any key', async () => {
  const keys = await keysOf('AC1', 'AC2');
  const found = await keys.find(['AC1', 'AC2']);
  keys.destroy('AC1');
  const line = (at: number, id: string) =>
    `SELECT ${at} AS line, '${text}' AS text, '${found.get(id)!.pseudonym}' AS pseudonym`;
  for (const subjects of [['account_id'], ['account_id', 'counterparty_id']]) {
    const texts = `${line(3, 'AC1')} UNION ALL ${line(4, 'AC2')}`;
    const sealed = await sealTexts(session, keys, { texts, subjects });
    const [own, other] = await session.rows<{ text: string }>(`SELECT text FROM ${sealed} ORDER BY line`);
    expect(own!.text).toBe('erased');
    expect(openRejected(other!.text, 4)).not.toBeNull();
  }
});
