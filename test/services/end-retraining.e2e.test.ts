import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { RetrainingTable } from '../../lib/aws/retraining-table.ts';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import type { RetrainingOutcome } from '../../lib/retraining/outcome.ts';
import { type EndDeps, endRetraining } from '../../lib/services/end-retraining.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
const tables: string[] = [];
let table: RetrainingTable;
let audit: AuditChain;
beforeAll(async () => {
  tables.push(await makeTable('Models'), await makeTable('Drops'));
  const [models, drops] = tables as [string, string];
  table = new RetrainingTable(documents, models, Date.now);
  audit = new AuditChain(documents, drops);
});
afterAll(() => Promise.all(tables.map(dropTable)));

const published: AssayEvent[] = [];
const finalizing = {
  now: () => '2026-03-01T00:00:00.000Z',
};
const publish = async (event: AssayEvent) => void published.push(event);

function end(id: string, outcome: RetrainingOutcome) {
  const deps = { table, audit, finalizing, publish } as unknown as EndDeps;
  const retraining = { id, request: { domain: id, startedBy: 'ann' }, startedAt: finalizing.now() };
  return endRetraining(deps, { step: 'end', retraining, end: { outcome, reason: `It is ${outcome}.` } });
}

describe('endRetraining', () => {
  it('ends a retraining once, with one entry in the audit log, however often it is published', async () => {
    await table.start({ id: 'r-1', domain: 'r-1', startedBy: 'ann' });
    await Promise.all([end('r-1', 'gate_failed'), end('r-1', 'gate_failed'), end('r-1', 'gate_failed')]);
    await end('r-1', 'failed');
    expect(await table.get('r-1')).toMatchObject({ state: 'gate_failed', reason: 'It is gate_failed.' });
    const entries = await audit.about('r-1');
    expect(entries.map(({ entry }) => [entry.event, entry.data])).toEqual([
      ['retraining_ended', { outcome: 'gate_failed', reason: 'It is gate_failed.' }],
    ]);
    expect(published.map(({ detail }) => detail)).toMatchObject([
      { retraining: 'r-1', outcome: 'gate_failed' },
    ]);
  });

  it('leaves the entry of a promotion to the promotion, and a log that begins later whole', async () => {
    await end('r-2', 'promoted');
    expect(await table.get('r-2')).toMatchObject({ state: 'promoted' });
    expect(await audit.lines('r-2')).toEqual([]);
    await end('r-3', 'leak_found');
    expect(await audit.lines('r-3')).toHaveLength(1);
    const act = {
      event: 'approved',
      actor: 'ben',
      subject: 'm',
      at: finalizing.now(),
      data: { model: 'm' },
    } as const;
    await audit.append('r-2', act);
    expect(await audit.lines('r-2')).toHaveLength(1);
  });
});
