import { describe, expect, test } from 'vitest';
import { type AuditEntry, parseEntry, writeEntry } from '../../lib/audit/audit-entry.ts';
import { checkPointer } from '../../lib/registry/check-pointer.ts';

const [one, two] = ['a'.repeat(12), 'b'.repeat(12)];
const card = 'c'.repeat(64);

function logOf(...acts: readonly [event: 'promoted' | 'rolled_back' | 'threshold_changed', data: object][]) {
  return acts.map(([event, data], seq): AuditEntry => {
    const act = { event, actor: 'ana', subject: 'm', at: '2026-03-01T00:00:00Z', data } as never;
    return parseEntry(writeEntry(act, seq, '0'.repeat(64)).line).entry!;
  });
}

const log = logOf(
  ['promoted', { model: one, from: null }],
  ['threshold_changed', { model: one, from: 0.2, to: 0.3, reason: 'r' }],
  ['promoted', { model: two, from: one, card }],
);
const kinds = (...given: Parameters<typeof checkPointer>) =>
  checkPointer(...given).map(({ kind, message }) => `${kind}: ${message}`);

describe('the pointer to a champion', () => {
  test('is what the log put in force last; a threshold stays with its model through a rollback', () => {
    expect(kinds('d', { model: two, card }, log)).toEqual([]);
    const back = logOf(
      ['promoted', { model: one, from: null }],
      ['threshold_changed', { model: one, from: 0.2, to: 0.3, reason: 'r' }],
      ['promoted', { model: two, from: one, card }],
      ['rolled_back', { model: one, from: two, reason: 'r' }],
    );
    expect(kinds('d', { model: one, threshold: 0.3 }, back)).toEqual([]);
    expect(kinds('d', { model: one }, back)).toEqual([
      'mismatch: threshold none in the table; the log says 0.3',
    ]);
    expect(kinds('d', null, [])).toEqual([]);
  });

  test('to another model, card or threshold, or none, is found', () => {
    expect(kinds('d', { model: one, card }, log)).toEqual([
      `mismatch: model ${one} in the table; the log says ${two}`,
    ]);
    expect(kinds('d', { model: two, card: 'd'.repeat(64) }, log)).toEqual([
      `mismatch: card ${'d'.repeat(64)} in the table; the log says ${card}`,
    ]);
    expect(kinds('d', { model: two }, log)).toEqual([
      `mismatch: card none in the table; the log says ${card}`,
    ]);
    expect(kinds('d', { model: two, card, threshold: 0.9 }, log)).toEqual([
      'mismatch: threshold 0.9 in the table; the log says none',
    ]);
    expect(checkPointer('d', null, log)).toEqual([
      {
        ...{ where: 'the champion of d', kind: 'missing' },
        message: `entry 2 put ${two} in force; the table has none`,
      },
    ]);
  });

  test('has the card of the last promotion that names one, and any card where none does', () => {
    const again = logOf(
      ['promoted', { model: two, from: null, card }],
      ['promoted', { model: one, from: two }],
      ['rolled_back', { model: two, from: one, reason: 'r', card: 'e'.repeat(64) }],
    );
    expect(kinds('d', { model: two, card }, again)).toEqual([]);
    const bare = logOf(
      ['promoted', { model: two, from: null, card }],
      ['promoted', { model: two, from: two }],
    );
    expect(kinds('d', { model: two, card }, bare)).toEqual([]);
    expect(kinds('d', { model: two, card: 'd'.repeat(64) }, bare)).toEqual([
      `mismatch: card ${'d'.repeat(64)} in the table; the log says ${card}`,
    ]);
    expect(kinds('d', { model: one, card }, logOf(['promoted', { model: one, from: null }]))).toEqual([]);
  });

  test('to another model says nothing of its threshold, which is its own', () => {
    expect(kinds('d', { model: one, threshold: 0.3 }, log)).toEqual([
      `mismatch: model ${one} in the table; the log says ${two}`,
    ]);
  });
});
