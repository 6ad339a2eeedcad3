import { expect, test } from 'vitest';
import { mentioned, nameBegun, offered } from '../../console/state/mentions.ts';

const people = [
  { person: 'p1', name: 'Ann' },
  { person: 'p2', name: 'Ann Lee' },
  { person: 'p3', name: 'Ben Roth-Kern' },
  { person: 'p4', name: 'Ben Roth-Kern' },
];

test('a text speaks to those whose whole name stands in it, the longer name first', () => {
  expect(mentioned('@Ann Lee, see above', people)).toEqual(['p2']);
  expect(mentioned('@Ann and @Ann Lee', people)).toEqual(['p2', 'p1']);
  // Nothing distinguishes two of one name.
  expect(mentioned('(@Ben Roth-Kern)', people)).toEqual(['p3', 'p4']);
  expect(mentioned('ann@example.com, Ann Lee', people)).toEqual([]);
  const many = Array.from({ length: 12 }, (_, at) => ({ person: `q${at}`, name: `Q${at}` }));
  expect(mentioned(many.map(({ name }) => `@${name}`).join(' '), many)).toHaveLength(10);
});

test('a name begins after a space or at the start, and not within a word', () => {
  expect(nameBegun('see @An')).toBe('An');
  expect(nameBegun('@')).toBe('');
  expect(nameBegun('(@Ben Ro')).toBe('Ben Ro');
  expect(nameBegun('ann@example')).toBe(null);
  expect(nameBegun('@Ann\nnext')).toBe(null);
});

test('names are offered by the beginning of any part, few at a time', () => {
  const names = (begun: string) => offered(begun, people).map(({ person }) => person);
  expect(names('ker')).toEqual(['p3', 'p4']);
  expect(names('ann l')).toEqual(['p2']);
  expect(names('oth')).toEqual([]);
  expect(
    offered(
      '',
      Array.from({ length: 9 }, (_, at) => ({ person: `${at}`, name: 'x' })),
    ),
  ).toHaveLength(6);
});
