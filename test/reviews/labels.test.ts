import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabelsRefused, readLabels } from '../../lib/reviews/read-labels.ts';
import { claimOfReviews, type LabelClaim, resolveLabels } from '../../lib/reviews/resolve-labels.ts';
import type { Review } from '../../lib/reviews/review.ts';

const now = '2026-06-01T00:00:00Z';
const claim = (changes: Partial<LabelClaim>): LabelClaim => ({
  recordId: 'r1',
  label: 1,
  source: 'drop',
  at: '2026-05-01T00:00:00Z',
  by: null,
  from: 'd-1',
  ...changes,
});
const resolved = (...claims: LabelClaim[]) => resolveLabels(claims, now);

describe('the label of a record', () => {
  test('is that of the review, then of a labels file, then of the drop', () => {
    const drop = claim({ label: 0 });
    const file = claim({ label: 1, source: 'labels_file', from: 'a.csv', at: '2026-04-01T00:00:00Z' });
    const review = claim({ label: 0, source: 'review', from: 'f1', at: '2026-03-01T00:00:00Z' });
    expect(resolved(drop).labels.get('r1')).toMatchObject({ label: 0, source: 'drop' });
    expect(resolved(drop, file).labels.get('r1')).toMatchObject({
      label: 1,
      source: 'labels_file',
      from: 'a.csv',
    });
    expect(resolved(file, review, drop).labels.get('r1')).toMatchObject({ label: 0, source: 'review' });
    expect(resolved(file, review, drop).bySource).toEqual({ review: 1, labels_file: 0, drop: 0 });
  });

  test('is the last of equal sources, and at the same time that named last', () => {
    const early = claim({ label: 0, at: '2026-01-01T00:00:00Z' });
    const late = claim({ label: 1, at: '2026-01-02T00:00:00+00:00' });
    expect(resolved(late, early).labels.get('r1')?.label).toBe(1);
    expect(resolved(late, { ...late, label: 0 }).labels.get('r1')?.label).toBe(0);
  });

  test('leaves out what became known after the moment asked for', () => {
    const late = claim({ label: 0, source: 'review', at: '2026-06-01T00:00:01Z' });
    expect(resolved(claim({}), late).labels.get('r1')?.label).toBe(1);
    expect(resolved(late).labels.size).toBe(0);
  });

  test('is none where no one spoke of it, nor where the standing review is inconclusive, whatever others say', () => {
    expect(resolved().labels.get('r1')).toBeUndefined();
    const unsure = claim({ label: null, source: 'review' });
    const result = resolved(
      unsure,
      claim({ source: 'labels_file', at: '2026-05-31T00:00:00Z' }),
      claim({ label: 0 }),
    );
    expect(result.labels.size).toBe(0);
    expect([...result.inconclusive]).toEqual(['r1']);
  });

  test('contradictions are reported, with the claim that counts first', () => {
    const result = resolved(
      claim({ label: 0 }),
      claim({ label: 1, source: 'labels_file' }),
      claim({ recordId: 'r2' }),
    );
    expect(result.conflicts).toHaveLength(1);
    expect(result.conflicts[0]!.claims.map(({ source }) => source)).toEqual(['labels_file', 'drop']);
    expect(resolved(claim({}), claim({ source: 'labels_file' })).conflicts).toEqual([]);
  });

  test('has the largest chance that any source had to speak of it', () => {
    const drawn = claim({ source: 'review', chance: 0.02 });
    expect(resolved(drawn).labels.get('r1')?.chance).toBe(0.02);
    expect(resolved(drawn, claim({ label: 0 })).labels.get('r1')).toMatchObject({ label: 1, chance: 1 });
  });

  test('never comes from nothing: every resolved label is one that was claimed, of the strongest source there is', () => {
    const claims = fc.array(
      fc.record({
        recordId: fc.constantFrom('a', 'b', 'c'),
        label: fc.constantFrom(0, 1, null),
        source: fc.constantFrom('review', 'labels_file', 'drop'),
        at: fc.constantFrom('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', '2026-07-01T00:00:00Z'),
        by: fc.constant(null),
        from: fc.constantFrom('x', 'y'),
      }),
    ) as fc.Arbitrary<LabelClaim[]>;
    fc.assert(
      fc.property(claims, (all) => {
        const order = ['review', 'labels_file', 'drop'];
        for (const [id, label] of resolveLabels(all, now).labels) {
          const own = all.filter((one) => one.recordId === id && one.at <= now);
          expect(own.some((one) => one.label === label.label && one.source === label.source)).toBe(true);
          const strongest = Math.min(...own.map((one) => order.indexOf(one.source)));
          expect(label.source).toBe(order[strongest]);
        }
      }),
    );
  });
});

test('the claim of reviews is that of the standing one as of the moment', () => {
  const review: Review = {
    flag: 'f1',
    version: 1,
    kind: 'open',
    verdict: 'false_positive',
    reason: 'salary',
    note: null,
    by: 'ann',
    at: '2026-05-01T00:00:00Z',
  };
  expect(claimOfReviews('r1', [review], now)).toEqual(
    claim({ label: 0, source: 'review', by: 'ann', from: 'f1', chance: 1 }),
  );
  expect(claimOfReviews('r1', [{ ...review, verdict: 'inconclusive' }], now)?.label).toBeNull();
  expect(claimOfReviews('r1', [review], '2026-04-01T00:00:00Z')).toBeNull();
});

describe('a labels file', () => {
  const read = (text: string) =>
    readLabels({ bytes: Buffer.from(text), name: 'l.csv', receivedAt: '2026-05-05T00:00:00.000Z' });

  test('claims a label a line, known when it was received unless it says when', () => {
    const text = '\ufefflabel;record_id;labelled_at;by\r\n1;"T;1";2026-04-01;ann\r\nno;T2;;\r\n;T3;;\r\n';
    expect(read(text)).toEqual([
      claim({
        recordId: 'T;1',
        source: 'labels_file',
        from: 'l.csv',
        at: '2026-04-01T00:00:00.000Z',
        by: 'ann',
      }),
      claim({
        recordId: 'T2',
        label: 0,
        source: 'labels_file',
        from: 'l.csv',
        at: '2026-05-05T00:00:00.000Z',
      }),
    ]);
  });

  test.each([
    ['', 'l.csv: empty; expected a header'],
    ['id,label\n', 'l.csv:1: an unknown column "id"'],
    ['record_id\n', 'l.csv:1: no column "label"'],
    ['record_id,label,label\n', 'l.csv:1: the column "label" stands twice'],
    [
      'record_id,label\na,1\n\nb,2\n',
      'l.csv:4: label: expected 1, 0, or nothing where it is not known, found "2"',
    ],
    ['record_id,label\n,1\n', 'l.csv:2: record_id: expected the id of a record, found none'],
    ['record_id,label\na,1\nb,0\na,0\n', 'l.csv:4: record_id: "a" stands in line 2 already'],
    ['record_id,label\na,1,x\n', 'l.csv:2: expected 2 fields, found 3'],
    ['record_id,label\n"a,1\n', 'l.csv:2: unterminated quote'],
    [
      'record_id,label,labelled_at\na,1,2026-06-31\n',
      'l.csv:2: labelled_at: expected a date or time (ISO 8601), found "2026-06-31"',
    ],
    [
      'record_id,label,labelled_at\na,1,1/6/2026\n',
      'l.csv:2: labelled_at: expected a date or time (ISO 8601), found "1/6/2026"',
    ],
  ])('%j is refused: %s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('everything wrong in it is reported at once', () => {
    expect(() => read('record_id,label\na,2\nb,3\n')).toThrow(/l\.csv:2: .*\nl\.csv:3: /);
  });

  test('bytes that are no UTF-8 are refused', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x0a);
    expect(() => readLabels({ bytes, name: 'l.csv', receivedAt: now })).toThrow('l.csv: not UTF-8');
  });

  test('times are brought to UTC', () => {
    const [one] = read('record_id,label,labelled_at\na,1,2026-01-01 00:30+02:00\n');
    expect(one?.at).toBe('2025-12-31T22:30:00.000Z');
    expect(read('record_id,label,labelled_at\na,1,2026-01-01 00:30\n')[0]?.at).toBe(
      '2026-01-01T00:30:00.000Z',
    );
  });
});

describe('a labels file made to break its reader', () => {
  const read = (text: string) => readLabels({ bytes: Buffer.from(text), name: 'a.csv', receivedAt: now });
  const refusalOf = (text: string): LabelsRefused => {
    try {
      read(text);
    } catch (error) {
      if (error instanceof LabelsRefused) return error;
      throw error;
    }
    throw new Error('it was taken');
  };

  test('with a million faults is refused with a thousand of them and their number', () => {
    const { faults, count, message } = refusalOf(`record_id,label\n${'x\n'.repeat(400_000)}`);
    expect([faults.length, count]).toEqual([1_000, 400_000]);
    expect(message).toContain('and 399980 more');
  });

  test('with more lines than a file may have is refused, and the rest is not held', () => {
    const { faults } = refusalOf(
      `record_id,label\n${Array.from({ length: 500_001 }, (_, n) => `${n},1`).join('\n')}`,
    );
    expect(faults).toEqual([
      { line: null, column: null, detail: '500001 lines; expected at most 500000: send it in parts' },
    ]);
  });

  test('with long names and ids is refused in words that an item of a table holds', () => {
    const id = 'r'.repeat(60_000);
    const twice = refusalOf(`record_id,label\n${`${id},1\n`.repeat(40)}`);
    expect(JSON.stringify(twice.faults).length).toBeLessThan(10_000);
    expect(refusalOf(`record_id,label,${id}\n`).message.length).toBeLessThan(300);
  });
});
