/** The page on the log against the events that there are. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/audit.md says of each event what it says of itself, and names no other', () => {
  const source = /export interface AuditEvents \{\n(.*?)\n\}/s.exec(read('lib/audit/audit-entry.ts'))![1]!;
  const events = [...source.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name!);
  const table = /^\| event \| `data` \|\n(.*?)\n\n/ms.exec(read('docs/audit.md'))![1]!;
  const named = table
    .split('\n')
    .flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(events).toContain('sealed');
  expect([...new Set(named)].toSorted()).toEqual(events.toSorted());
});
