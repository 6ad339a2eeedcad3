import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditAct, GENESIS, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let table: string;
let chain: AuditChain;
beforeAll(async () => {
  table = await makeTable('Drops');
  chain = new AuditChain(documents, table);
});
afterAll(() => dropTable(table));

const approved = (n: number, subject = `model-${n}`): AuditAct => ({
  event: 'approved',
  actor: `person-${n}`,
  subject,
  at: `2026-03-01T00:00:${String(n).padStart(2, '0')}.000Z`,
  data: { model: subject },
});

/** The naive twin: the same acts, one after the other, in memory. */
function chainOf(acts: readonly AuditAct[]): string[] {
  let prev = GENESIS;
  return acts.map((act, seq) => {
    const { line, hash } = writeEntry(act, seq, prev);
    prev = hash;
    return line;
  });
}

describe('AuditChain', () => {
  it('writes the lines that an audit file would hold, one after the other and several at once', async () => {
    const acts = [0, 1, 2, 3].map((n) => approved(n));
    await chain.append('order', acts[0]!);
    await chain.append('order', acts[1]!, acts[2]!);
    await chain.append('order', acts[3]!);
    const lines = await chain.lines('order');
    expect(lines.map(({ line }) => line)).toEqual(chainOf(acts));
    expect(lines.map(({ seq, at }) => [seq, at])).toEqual(acts.map(({ at }, n) => [n, at]));
    expect(await chain.lines('order', 2)).toEqual(lines.slice(2));
    expect(await chain.head('order')).toEqual({
      entries: 4,
      hash: parseEntry(lines.at(-1)!.line).entry!.hash,
    });
    expect(await chain.head('nothing')).toEqual({ entries: 0, hash: GENESIS });
  });

  it('keeps one chain where twelve people act at the same moment, and loses no act', async () => {
    const acts = Array.from({ length: 12 }, (_, n) => approved(n));
    await Promise.all(acts.map((act) => chain.append('rush', act)));
    const lines = await chain.lines('rush');
    let prev = GENESIS;
    for (const [n, { line }] of lines.entries()) {
      const { entry, fault } = parseEntry(line);
      expect([fault, entry?.seq, entry?.prev]).toEqual([undefined, n, prev]);
      prev = entry!.hash;
    }
    const actors = lines.map(({ line }) => parseEntry(line).entry!.actor);
    expect(actors.toSorted()).toEqual(acts.map(({ actor }) => actor).toSorted());
  });

  it('finds what was said of a subject in all domains, however long its id is', async () => {
    for (const subject of ['T-1', 'x'.repeat(3_000)]) {
      await chain.append('one', approved(1, subject));
      await chain.append('two#b', approved(2, subject));
      const found = await chain.about(subject);
      expect(found.map(({ domain, entry }) => [domain, entry.actor])).toEqual([
        ['one', 'person-1'],
        ['two#b', 'person-2'],
      ]);
    }
    expect(await chain.about('T-2')).toEqual([]);
  });

  it('writes an act and what was done, or neither', async () => {
    const put = (pk: string) => ({
      Put: { TableName: table, Item: { pk, sk: 'x' }, ConditionExpression: 'attribute_not_exists(pk)' },
    });
    expect(await chain.appendWith('both', [approved(1)], [put('a')])).toBe(true);
    expect(await chain.appendWith('both', [approved(2)], [put('b'), put('a')])).toBe(false);
    expect(await chain.lines('both')).toHaveLength(1);
    expect(await chain.appendWith('both', [approved(2)], [put('b')])).toBe(true);
  });

  it('takes no act without a time', async () => {
    const { at: _, ...timeless } = approved(1);
    await expect(chain.append('timeless', timeless)).rejects.toThrow('says no time');
  });

  it('says so where an entry was changed behind its back', async () => {
    await chain.append('changed', approved(1, 'T-9'));
    const [first] = await chain.lines('changed');
    const line = first!.line.replace('person-1', 'person-2');
    const Item = { pk: 'audit-subject#T-9', sk: 'changed#000000000000', line };
    await documents.send(new PutCommand({ TableName: table, Item }));
    await expect(chain.about('T-9')).rejects.toThrow(/was changed: .*hash/);
  });
});
