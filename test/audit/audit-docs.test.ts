/** What says something of each event, against the events that there are. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { enMore } from '../../console/words/en-more.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const source = /export interface AuditEvents \{\n(.*?)\n\}/s.exec(read('lib/audit/audit-entry.ts'))![1]!;
const events = [...source.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name!);
test('the console says each event of a domain in words', () => {
  const unsaid = events.filter((name) => !(`event.${name}` in enMore));
  expect(unsaid).toEqual([]);
});

test('docs/audit.md says of each event what it says of itself, and names no other', () => {
  const table = /^\| event \| `data` \|\n(.*?)\n\n/ms.exec(read('docs/audit.md'))![1]!;
  const named = table
    .split('\n')
    .flatMap((row) => [...row.split(' | ')[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(events).toContain('sealed');
  expect([...new Set(named)].toSorted()).toEqual(events.toSorted());
});
