import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventDocument } from '../../lib/events/event-document.ts';
import { EVENT_SCHEMAS, makeEvent } from '../../lib/events/event-schemas.ts';

const at = '2026-03-01T00:00:00.000Z';
const flags = {
  ...{ at, domain: 'finance', drop: 'd-1', batch: 'b1', model: 'a'.repeat(12), threshold: 0.5, count: 1 },
  by_severity: { critical: 0, high: 1, medium: 0, low: 0, none: 0 },
  flags: [{ flag: 'f'.repeat(32), score: 0.9, severity: 'high' as const, rules: ['structuring'] }],
};

describe('makeEvent', () => {
  it('gives the same event the same id, however often and whenever it is reported', () => {
    const { detail } = makeEvent('FlagsRaised', flags);
    expect(detail.id).toMatch(/^[0-9a-f]{32}$/);
    const later = makeEvent('FlagsRaised', { ...flags, at: '2026-03-02T00:00:00.000Z' });
    expect(later.detail.id).toBe(detail.id);
  });

  it('gives events of another kind, domain or subject another id', () => {
    const drop = { at, domain: 'finance', drop: 'd-1' };
    const counts = {
      model: 'a'.repeat(12),
      received: 1,
      scored: 1,
      rejected: 0,
      flagged: 0,
      mostly_rejected: false,
    };
    const events = [
      makeEvent('FlagsRaised', flags),
      makeEvent('FlagsRaised', { ...flags, batch: 'b2' }),
      makeEvent('FlagsRaised', { ...flags, domain: 'pharma' }),
      makeEvent('DropDone', { ...drop, ...counts }),
      makeEvent('DropFailed', { ...drop, attempt: 1, fault: 'sender' }),
      makeEvent('DropFailed', { ...drop, attempt: 2, fault: 'sender' }),
    ];
    expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(events.length);
  });

  it('lets nothing through that its schema does not name', () => {
    const named = { ...flags, flags: [{ ...flags.flags[0]!, record_id: 'T-1', entity: 'ACC-1' }] };
    expect(() => makeEvent('FlagsRaised', named)).toThrow(/record_id/);
    expect(() => makeEvent('FlagsRaised', { ...flags, threshold: Number.NaN })).toThrow();
  });

  it('has no field that could hold a record, a person or their words', () => {
    for (const schema of Object.values(EVENT_SCHEMAS)) {
      const names = JSON.stringify(z.toJSONSchema(schema)).matchAll(/"([a-z_]+)":\{/g);
      for (const [, name] of names) {
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
