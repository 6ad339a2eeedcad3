import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetrainingTable } from '../../lib/aws/retraining-table.ts';
import type { Stop } from '../../lib/oversight/stop.ts';
import { startRetraining } from '../../lib/services/start-retraining.ts';
import { wakeRetraining } from '../../lib/services/wake-retraining.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';
import { makeWaitingMachine } from '../helpers/local-events.ts';

let name: string;
let clock = Date.UTC(2026, 2, 1);
let table: RetrainingTable;
beforeAll(async () => {
  name = await makeTable('Models');
  table = new RetrainingTable(localDocuments(), name, () => clock);
});
afterAll(() => dropTable(name));

const start = (id: string, domain: string) => table.start({ id, domain, startedBy: 'ann' });

describe('RetrainingTable', () => {
  it('is followed from its start to its end', async () => {
    expect(await start('r-1', 'one')).toEqual({ isNew: true, running: null });
    const begun = {
      ...{ id: 'r-1', domain: 'one', state: 'running', step: null, started_by: 'ann', reason: null },
      ...{ challenger: null, started_at: '2026-03-01T00:00:00.000Z', updated_at: '2026-03-01T00:00:00.000Z' },
    };
    expect(await table.get('r-1')).toEqual(begun);
    clock += 1_000;
    await table.step('r-1', 'tune');
    expect(await table.get('r-1')).toEqual({
      ...begun,
      step: 'tune',
      updated_at: '2026-03-01T00:00:01.000Z',
    });
    await table.awaiting('r-1', 'token', 'a'.repeat(12));
    expect(await table.get('r-1')).toMatchObject({ state: 'awaiting_approval', challenger: 'a'.repeat(12) });
    expect(await table.token('r-1')).toBe('token');
    await table.step('r-1', 'finalize');
    expect(await table.token('r-1')).toBeNull();
    expect(await table.end('r-1', 'promoted', 'Approved by two.')).toBe(true);
    expect(await table.get('r-1')).toMatchObject({
      state: 'promoted',
      reason: 'Approved by two.',
      step: 'finalize',
    });
  });

  it('is started once, and stays as it ended whatever comes late', async () => {
    await start('r-2', 'two');
    expect(await start('r-2', 'two')).toEqual({ isNew: false, running: null });
    await table.end('r-2', 'gate_failed', 'Recall is too low.');
    expect(await table.step('r-2', 'train')).toBe(false);
    expect(await table.end('r-2', 'failed', 'An error.')).toBe(false);
    expect(await table.awaiting('r-2', 't', 'b'.repeat(12))).toBe(false);
    expect(await table.get('r-2')).toMatchObject({ state: 'gate_failed', reason: 'Recall is too low.' });
  });

  it('is started once of several at the same moment, and again when that one has ended or waits', async () => {
    const ids = Array.from({ length: 8 }, (_, n) => `r-many-${n}`);
    const started = await Promise.all(ids.map((id) => start(id, 'many')));
    const first = ids.filter((_, n) => started[n]!.isNew);
    expect(first).toHaveLength(1);
    for (const { isNew, running } of started) expect(running).toBe(isNew ? null : first[0]);
    expect((await table.list({ domain: 'many', limit: 10 })).items).toHaveLength(1);
    await table.awaiting(first[0]!, 'token', 'a'.repeat(12));
    expect((await start('r-next', 'many')).isNew).toBe(true);
    await table.end('r-next', 'gate_failed', 'Recall is too low.');
    expect((await start('r-last', 'many')).isNew).toBe(true);
    // Broken off a day ago, it stands in the way of none.
    clock += 25 * 3_600_000;
    expect((await start('r-after', 'many')).isNew).toBe(true);
  });

  it('knows nothing of one that was never started', async () => {
    expect(await table.get('r-none')).toBeNull();
    expect(await table.token('r-none')).toBeNull();
    expect(await table.step('r-none', 'tune')).toBe(false);
  });

  it('lists those of a domain, started last first, whatever their ids, page by page', async () => {
    for (const id of ['z', 'a', 'm', 'b', 'y']) {
      clock += 1_000;
      await table.record({ id: `run-${id}`, domain: 'list', startedBy: 'ann' });
    }
    const ids: string[] = [];
    let before: string | undefined;
    do {
      const page = await table.list({ domain: 'list', limit: 2, ...(before !== undefined && { before }) });
      ids.push(...page.items.map(({ id }) => id));
      before = page.next ?? undefined;
    } while (before !== undefined);
    expect(ids).toEqual(['run-y', 'run-b', 'run-m', 'run-a', 'run-z']);
  });
});

const stopOf = async (): Promise<Stop | null> => null;

describe('a retraining in its state machine', () => {
  it('is started under its own id and goes on once it is woken, and only once', async () => {
    const { arn, client, tokenOf, statusOf } = await makeWaitingMachine();
    const starter = {
      table,
      executions: client,
      machineArn: arn,
      stopOf,
      now: () => clock,
      chance: () => 0.5,
    };
    const id = await startRetraining(starter, { domain: 'machine', startedBy: 'ann' });
    expect(await table.get(id)).toMatchObject({ domain: 'machine', state: 'running', started_by: 'ann' });
    const executionArn = `${arn.replace(':stateMachine:', ':execution:')}:${id}`;
    const { input } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(input!)).toEqual({ domain: 'machine', startedBy: 'ann' });
    await wakeRetraining({ table, executions: client }, id);
    await table.awaiting(id, await tokenOf(id), 'c'.repeat(12));
    await wakeRetraining({ table, executions: client }, id);
    await wakeRetraining({ table, executions: client }, id);
    await expect.poll(() => statusOf(id), { timeout: 20_000, interval: 200 }).toBe('SUCCEEDED');
  });

  it('is not started while its domain is stopped, and no trace of it stays', async () => {
    const { arn, client } = await makeWaitingMachine();
    const stop: Stop = {
      domain: 'halted',
      model: null,
      by: 'ann',
      at: '2026-01-01T00:00:00Z',
      reason: 'odd',
    };
    const starter = {
      ...{ table, executions: client, machineArn: arn, now: () => clock, chance: () => 0.1 },
      stopOf: async () => stop,
    };
    await expect(startRetraining(starter, { domain: 'halted', startedBy: 'ann' })).rejects.toThrow(
      'No retraining starts: halted is stopped since 2026-01-01T00:00:00Z: odd',
    );
    expect((await table.list({ domain: 'halted', limit: 5 })).items).toEqual([]);
  });

  it('is on record as failed where its machine cannot be started', async () => {
    const { client } = await makeWaitingMachine();
    const machineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:none';
    const starter = { table, executions: client, machineArn, stopOf, now: () => clock, chance: () => 0.25 };
    await expect(startRetraining(starter, { domain: 'broken', startedBy: 'ann' })).rejects.toThrow(
      /starting a retraining of broken/,
    );
    const { items } = await table.list({ domain: 'broken', limit: 5 });
    expect(items.map(({ state }) => state)).toEqual(['failed']);
  });
});
