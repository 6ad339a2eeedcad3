import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { eventDocument } from '../../lib/events/event-document.ts';
import { EVENT_SCHEMAS, makeEvent } from '../../lib/events/event-schemas.ts';

const at = '2026-03-01T00:00:00.000Z';
const flag = {
  ...{ at, domain: 'finance', flag: 'f'.repeat(32), drop: 'd-1', score: 0.9, threshold: 0.5 },
  ...{ severity: 'high' as const, rules: ['structuring'], model: 'a'.repeat(12) },
};

describe('makeEvent', () => {
  it('gives the same event the same id, however often and whenever it is told', () => {
    const { detail } = makeEvent('FlagRaised', flag);
    expect(detail.id).toMatch(/^[0-9a-f]{32}$/);
    const later = makeEvent('FlagRaised', { ...flag, at: '2026-03-02T00:00:00.000Z', score: 0.8 });
    expect(later.detail.id).toBe(detail.id);
  });

  it('gives events of another kind, domain or subject another id', () => {
    const drop = { at, domain: 'finance', drop: 'd-1' };
    const counts = { model: 'a'.repeat(12), received: 1, scored: 1, rejected: 0, flagged: 0 };
    const events = [
      makeEvent('FlagRaised', flag),
      makeEvent('FlagRaised', { ...flag, flag: 'e'.repeat(32) }),
      makeEvent('FlagRaised', { ...flag, domain: 'pharma' }),
      makeEvent('DropDone', { ...drop, ...counts }),
      makeEvent('DropFailed', { ...drop, attempt: 1, fault: 'sender' }),
      makeEvent('DropFailed', { ...drop, attempt: 2, fault: 'sender' }),
    ];
    expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length);
  });

  it('lets nothing through that its schema does not name', () => {
    const named = { ...flag, record_id: 'T-1', entity: 'ACC-1' };
    expect(() => makeEvent('FlagRaised', named)).toThrow(/record_id/);
    expect(() => makeEvent('FlagRaised', { ...flag, score: Number.NaN })).toThrow();
  });

  it('has no field that could hold a record, a person or their words', () => {
    for (const schema of Object.values(EVENT_SCHEMAS)) {
      for (const name of Object.keys(schema.shape)) {
        expect(['record', 'record_id', 'entity', 'by', 'actor', 'reason', 'note', 'reasons']).not.toContain(
          name,
        );
      }
    }
  });
});

describe('docs/events.md', () => {
  it('holds the fields of every event as the schemas have them', async () => {
    const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
    expect(page).toContain(eventDocument());
  });
});
