import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textTable } from '../../lib/cli/text-table.ts';

const columns = [{ head: 'id' }, { head: 'n', align: 'right' as const }, { head: 'why' }];

test('columns are as wide as their widest cell, and numbers stand right', () => {
  const rows = [
    ['a', '1', 'short'],
    ['long-id', '1,234', 'x'],
  ];
  expect(textTable(columns, rows, 80)).toBe(
    ['id           n  why', '───────  ─────  ─────', 'a            1  short', 'long-id  1,234  x', ''].join(
      '\n',
    ),
  );
});

test('no line is wider than the terminal: the last column gives way, no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.string(), fc.string({ maxLength: 200, size: 'max' }))),
      (rows) => {
        const shown = textTable(
          columns,
          rows.map(([a, b, c]) => [a.slice(0, 9), b.slice(0, 9), c]),
          60,
        );
        for (const line of shown.split('\n')) expect([...line].length).toBeLessThanOrEqual(60);
      },
    ),
  );
});

test('what a terminal would obey is shown, not obeyed', () => {
  expect(textTable([{ head: 'x' }], [['\u001b[2J\u0007a\nb']], 80)).toBe(
    'x\n──────────\n\u{fffd}[2J\u{fffd}a\u{fffd}b\n'.replace('──────────', '─'.repeat(8)),
  );
});
