import { expect, test } from 'vitest';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { groupWarnings } from '../../lib/packs/reason-groups.ts';

const pack = (features: string) =>
  parsePack(
    `domain: loans\ncolumns: { amount: number, term: number, channel: string }\nfeatures:\n${features}\ncategories:\n  channel: { group: The channel, context: true }\n`,
    'loans.yaml',
  );

test('a group with one member is warned of: its name may be spelt in two ways', () => {
  const found = groupWarnings(
    pack(`  a: { is: amount, group: The amount }
  b: { is: amount * 2, group: The amount }
  c: { is: term, group: The amuont }`),
  );
  expect(found).toEqual([
    'the group "The amuont" has one member, c; a group adds up several: is it spelt like another?',
    'the group "The channel" has one member, channel; a group adds up several: is it spelt like another?',
  ]);
});

test('group and context are read of features and categories, and refused with line and key otherwise', () => {
  const { features, categories } = pack('  a: { is: amount, group: The amount }');
  expect(features[0]!.shown).toEqual({ group: 'The amount', context: false });
  expect(categories[0]!.shown).toEqual({ group: 'The channel', context: true });
  expect(() => pack('  a: { is: amount, group: 5, context: maybe }')).toThrow(
    /loans\.yaml:4: features\.a\.group: found 5[\s\S]*features\.a\.context: found "maybe", expected true or false/,
  );
});
