import { describe, expect, test } from 'vitest';
import { type ChangeRecordInput, makeChangeRecord } from '../../lib/retraining/change-record.ts';
import { renderChangeRecord } from '../../lib/retraining/change-record-page.ts';
import { fakeChange } from '../helpers/change-record.ts';

const input = fakeChange();
const record = makeChangeRecord(input);

describe('a change record', () => {
  test('says what differs between the two models, and nothing else', () => {
    const names = record.changes.map(({ what }) => what);
    expect(names).toEqual(
      expect.arrayContaining(['Model', 'Threshold', 'Setting trees', 'Inputs added', 'Inputs taken away']),
    );
    expect(names).not.toContain('Algorithm');
    expect(record.changes.every(({ before, after }) => before !== after)).toBe(true);
    expect(record.changes.find(({ what }) => what === 'Setting trees')).toEqual({
      what: 'Setting trees',
      before: '100',
      after: '200',
    });
  });

  test('names who started, who approved and when, and what a rollback goes back to', () => {
    expect(record).toMatchObject({
      format: 'assay-change-record/1',
      rollbackTo: input.before!.version,
      startedBy: 'ann',
      promotedAt: '2026-03-05T10:22:31.000Z',
      proposedAt: '2026-03-02T06:00:00.000Z',
    });
    expect(record.approvals.map(({ by }) => by)).toEqual(['ben', 'eve']);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  test('is refused of a model that was never promoted', () => {
    const entry = { ...input.entry, history: [] };
    expect(() => makeChangeRecord({ ...input, entry })).toThrow('was never promoted');
  });
});

describe('its page', () => {
  const page = renderChangeRecord(record);

  test('shows every criterion, approver, segment and object, loads nothing and runs nothing', () => {
    for (const { sentence } of record.comparison.gate.criteria) expect(page).toContain(sentence.slice(0, 40));
    for (const { by } of record.approvals) expect(page).toContain(by);
    for (const { key } of record.dataset.objects) expect(page).toContain(key);
    for (const { value } of record.comparison.gate.segments) expect(page).toContain(value);
    expect(page).not.toMatch(/<script|src=|href="http|url\(/);
  });

  test('shows what the comparison notes', () => {
    const note = 'No label has come since the champion was trained: the challenger learned from nothing new.';
    const comparison = { ...record.comparison, notes: [note] };
    expect(renderChangeRecord({ ...record, comparison })).toContain(note);
  });

  test('escapes what people wrote', () => {
    const approvals = [
      { by: '<b>ben</b>', at: '2026-03-04T08:00:00.000Z', comment: '</td><script>alert(1)</script>' },
    ];
    const spoiled = renderChangeRecord({ ...record, approvals });
    expect(spoiled).not.toContain('<script>');
    expect(spoiled).toContain('&lt;b&gt;ben&lt;/b&gt;');
  });

  test('of a first model has nothing before', () => {
    const first: ChangeRecordInput = {
      ...input,
      before: null,
      comparison: {
        ...input.comparison,
        flags: null,
        figures: { ...input.comparison.figures, champion: null },
        gate: {
          ...input.comparison.gate,
          champion: null,
          segments: [],
          criteria: input.comparison.gate.criteria.slice(0, 3),
        },
      },
      entry: { ...input.entry, comparedWith: null },
    };
    const text = renderChangeRecord(makeChangeRecord(first));
    expect(text).toContain('There was no model before to compare it with.');
    expect(text).not.toContain('id="flags"');
  });
});
