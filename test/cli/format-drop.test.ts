import { expect, test } from 'vitest';
import { dropDone, formatDrop } from '../../lib/cli/format-drop.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';

const done: DropStatus = {
  ...{ id: 'd-1', domain: 'shop', state: 'done', key: 'drops/shop/a.csv', version: 'v', bytes: 1 },
  ...{
    receivedAt: '',
    updatedAt: '',
    by: null,
    attempt: 1,
    model: 'm',
    progress: null,
    reason: null,
    results: 'r',
    waiting: null,
  },
  summary: { received: 3, scored: 2, rejected: 1, flagged: 1, unexplained: 0 },
  warnings: ['a.csv: the header "AMOUNT" is read as "amount" (it differs in case)', 'a.csv: odd\u0007'],
};

test('a drop that is done says what was odd about its file, a line each, and nothing that a terminal obeys', () => {
  const lines = dropDone(done, 's3://data/r/').split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'd-1  a.csv: 3 received = 2 scored + 1 rejected; 1 flagged (50.0%)',
    'warning      a.csv: the header "AMOUNT" is read as "amount" (it differs in case)',
    'warning      a.csv: odd\ufffd',
  ]);
  expect(formatDrop(done, '', () => null)).toContain('warning      a.csv: the header');
  expect(dropDone({ ...done, warnings: [] }, '')).not.toContain('warning');
});
