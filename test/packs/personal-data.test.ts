import { describe, expect, it } from 'vitest';
import { isPersonalFile, RESULT_FILES } from '../../lib/drops/result-files.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import {
  ALL_PERSONAL,
  MASKED,
  maskRecord,
  personalDataOf,
  personalHeaders,
} from '../../lib/packs/personal-data.ts';

/** Its id, entity, a text and a number are personal. */
const pack = (features: string, rules = 'r1') => `domain: people
record: { id: id, time: at, entity: who, label: y }
columns:
  id: { type: string, required: true, pii: true }
  at: { type: timestamp, required: true }
  who: { type: string, pii: true }
  name: { type: string, pii: true, aliases: [Full Name] }
  a: { type: number, pii: true }
  b: number
  y: boolean
windows: { past: all, byname: { by: name, over: all } }
features:
  b: b
${features}
rules:
  - { id: ${rules}, when: "name = 'Name17' or a > 0.9", because: "b is {b}", flag: true }
`;
const parse = (features: string) => parsePack(pack(features), 'p.yaml');

describe('a column that is pii', () => {
  it.each([
    ['  a: { is: a, words: "value {value}" }', 'features.a.is', 'a'],
    ['  twice: a * 2', 'features.twice', 'a'],
    ["  is_ann: name = 'Ann'", 'features.is_ann', 'name'],
    ['  letters: length("name")', 'features.letters', 'name'],
    ['  mean: avg(a) over past', 'features.mean', 'a'],
    ['  top: max(case when a > 1 then b end) over past', 'features.top', 'a'],
    ['  some: count(*) filter (where a > 0.5) over past', 'features.some', 'a'],
    ['  c: { is: b + 1, usual: avg(a) over past }', 'features.c.usual', 'a'],
  ])('is refused as an input of the model: %s', (feature, key, column) => {
    expect(() => parse(feature)).toThrow(
      new RegExp(
        `p\\.yaml:\\d+: ${key.replaceAll('.', '\\.')}: uses "${column}", which is pii: its values would stand in the model`,
      ),
    );
  });

  it('may be what windows go by, be counted, and be met by a rule', () => {
    const { features } = parse('  n: count(*) over byname\n  names: count(distinct name) over past');
    expect(features.map(({ name }) => name)).toEqual(['b', 'n', 'names']);
  });
});

describe('masking', () => {
  const personal = personalDataOf(parse(''));

  it('knows which parts of a record are personal', () => {
    expect(personal).toMatchObject({ id: true, entity: true, time: false });
    expect([...personal.columns!]).toEqual(['id', 'who', 'name', 'a']);
  });

  it('leaves the marker for every value that is personal, and empty what is empty', () => {
    const record = { id: 'T1', at: '2026-01-01', who: null, name: 'Ann', a: 0, b: 2 };
    expect(maskRecord(record, personal)).toEqual({ ...record, id: MASKED, name: MASKED, a: MASKED });
    expect(maskRecord({ b: 2, c: null }, ALL_PERSONAL)).toEqual({ b: MASKED, c: null });
  });

  it('knows a column by its aliases and in another case', () => {
    const isPersonal = personalHeaders(parse(''), []);
    for (const header of ['name', 'NAME', 'full name', ' Full Name ', 'a', 'A'])
      expect(isPersonal(header)).toBe(true);
    const placed = pack('').replace(
      'who: { type: string, pii: true }',
      'who: { type: string, pii: true, position: 2 }',
    );
    const inPlace = personalHeaders(
      parsePack(placed.replace('aliases: [Full Name]', 'from: [First, Last]'), 'p.yaml'),
      [['x', 'Customer', 'y']],
    );
    for (const header of ['Customer', 'First', 'last', 'who']) expect(inPlace(header)).toBe(true);
    for (const header of ['x', 'y', 'b']) expect(inPlace(header)).toBe(false);
    for (const header of ['b', 'names', '', 'full']) expect(isPersonal(header)).toBe(false);
  });
});

describe('the files of a drop', () => {
  const none = { columns: new Set<string>(), id: false, entity: false, time: false };
  const personal = (of: Parameters<typeof isPersonalFile>[1]) =>
    RESULT_FILES.filter((name) => isPersonalFile(name, of));

  it('are personal where they hold a personal column, and with personal ids also where they name records', () => {
    expect(personal(none)).toEqual([]);
    const columns = ['flagged_risks.csv', 'rejects.csv', 'records.parquet'];
    expect(personal({ ...none, columns: new Set(['name']) }).toSorted()).toEqual(columns.toSorted());
    const free = ['summary.json', 'seal.json'];
    const rest = RESULT_FILES.filter((name) => !free.includes(name));
    for (const data of [{ ...none, columns: new Set(['id']), id: true }, ALL_PERSONAL])
      expect(personal(data)).toEqual(rest);
  });
});
