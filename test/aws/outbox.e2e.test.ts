import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditAct } from '../../lib/audit/audit-entry.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { EventBus } from '../../lib/aws/event-bus.ts';
import { Outbox } from '../../lib/aws/outbox.ts';
import { type AssayEvent, makeEvent } from '../../lib/events/event-schemas.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';
import { makeBus } from '../helpers/local-events.ts';

const documents = localDocuments();
const tables: string[] = [];
let table: string;
beforeEach(async () => {
  table = await makeTable('Drops');
  tables.push(table);
});
afterAll(() => Promise.all(tables.map(dropTable)));

const at = (n: number) => `2026-03-01T00:00:${String(n).padStart(2, '0')}.000Z`;
const rolledBack = (n: number): AssayEvent =>
  makeEvent('ModelRolledBack', { at: at(n), domain: 'finance', model: `m${n}`, from: 'm' });
const act = (n: number): AuditAct => ({
  ...{ event: 'rolled_back', actor: 'eve', subject: `m${n}`, at: at(n) },
  data: { model: `m${n}`, from: 'm', reason: 'Too many flags' },
});

/** A bus that takes what `takes` says. */
function busOf(takes: (event: AssayEvent) => boolean) {
  const published: string[] = [];
  const publish = async (events: readonly AssayEvent[]) => {
    for (const event of events) {
      if (!takes(event)) throw new Error('the bus takes nothing');
      published.push(event.detail.id);
    }
  };
  const complaints: string[] = [];
  const complain = ({ detail }: AssayEvent) => void complaints.push(detail.id);
  return { published, complaints, outbox: new Outbox(documents, table, { publish }, complain) };
}

async function kept(): Promise<string[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :outbox',
      ExpressionAttributeValues: { ':outbox': 'outbox' },
    }),
  );
  return Items.map(({ sk }) => String(sk));
}

const idsOf = (...numbers: number[]) => numbers.map((n) => rolledBack(n).detail.id);

describe('Outbox', () => {
  it('stores an event with the act that it is of, or neither', async () => {
    const audit = new AuditChain(documents, table);
    const once = { TableName: table, Item: { pk: 'x', sk: 'x' } };
    const writes = [{ Put: { ...once, ConditionExpression: 'attribute_not_exists(pk)' } }];
    expect(await audit.appendWith('finance', [act(1)], writes, [rolledBack(1)])).toBe(true);
    expect(await audit.appendWith('finance', [act(2)], writes, [rolledBack(2)])).toBe(false);
    expect(await kept()).toEqual([`${at(1)}#${idsOf(1)}`]);
    expect(await audit.lines('finance')).toHaveLength(1);
  });

  it('is empty once the bus has taken what was stored', async () => {
    const bus = await makeBus();
    const outbox = new Outbox(documents, table, new EventBus(bus.client, bus.name), () => {});
    await outbox.announce(rolledBack(1));
    expect((await bus.heard(1)).map(({ detail }) => detail.id)).toEqual(idsOf(1));
    expect(await kept()).toEqual([]);
  });

  it('stores what a bus refuses, says so, and publishes it later with the same id', async () => {
    let isUp = false;
    const { published, complaints, outbox } = busOf(() => isUp);
    for (const n of [3, 1, 2]) await outbox.announce(rolledBack(n));
    expect([published, complaints]).toEqual([[], idsOf(3, 1, 2)]);
    expect(await outbox.publishPending(at(9))).toEqual({ published: 0, waitingSince: at(1) });
    isUp = true;
    // What is younger is left to anyone who is publishing it.
    expect(await outbox.publishPending(at(3))).toEqual({ published: 2, waitingSince: null });
    expect(published.toSorted()).toEqual(idsOf(1, 2).toSorted());
    expect(await outbox.publishPending(at(9))).toEqual({ published: 1, waitingSince: null });
    expect([published.length, await kept()]).toEqual([3, []]);
  });

  it('publishes the others where the bus refuses one', async () => {
    const { published, outbox } = busOf(({ detail }) => detail.id !== idsOf(1)[0]);
    for (let n = 1; n <= 25; n++) await outbox.announce(rolledBack(n));
    expect(published).toHaveLength(24);
    expect(await outbox.publishPending(at(59))).toEqual({ published: 0, waitingSince: at(1) });
    expect(await kept()).toHaveLength(1);
  });

  it('keeps many only where the bus refuses them', async () => {
    let isUp = true;
    const { published, complaints, outbox } = busOf(() => isUp);
    await outbox.publishOrStore([rolledBack(1), rolledBack(2)]);
    expect([published, await kept()]).toEqual([idsOf(1, 2), []]);
    isUp = false;
    await outbox.publishOrStore([rolledBack(3), rolledBack(4)]);
    expect([await kept(), complaints]).toEqual([[3, 4].map((n) => `${at(n)}#${idsOf(n)}`), idsOf(3)]);
    await outbox.publishOrStore([]);
    expect(complaints).toHaveLength(1);
  });

  it('asks a bus that is down ten times, and not for each of hundreds', async () => {
    const { complaints, outbox } = busOf(() => false);
    for (let n = 1; n <= 25; n++) await outbox.announce(rolledBack(n));
    complaints.length = 0;
    expect(await outbox.publishPending(at(59))).toEqual({ published: 0, waitingSince: at(1) });
    expect(complaints).toHaveLength(10);
  });
});
