import { describe, expect, test } from 'vitest';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { erasableColumns } from '../../lib/privacy/erasable-columns.ts';

const COLUMNS = `
  id: { type: string, required: true }
  at: { type: timestamp, required: true }
  who: { type: string, required: true }
  name: { type: string, pii: true }
  phone: { type: string, pii: true }
  desk: { type: string }
  born: { type: date, pii: true }
  a: number
  y: boolean`;

const packOf = (more: string, { record = '', columns = COLUMNS } = {}) =>
  parsePack(
    `domain: people\nrecord: { id: id, time: at, entity: who, label: y${record} }\ncolumns:${columns}\n${more}`,
    'people.yaml',
  );

const FINE = `windows: { past: all, byphone: { by: phone, over: all }, bydesk: { by: desk, over: all } }
features: { a: a, n: count(*) over byphone, d: count(distinct who) over bydesk, p: count(distinct phone) over past }
rules: [{ id: r, when: a > 1, because: "{who} has {a}" }]`;

test('the entity, personal keys of windows and what the register names are subjects; other personal columns and the id are sealed', () => {
  expect(erasableColumns(packOf(FINE), [])).toEqual({
    subjects: ['who', 'phone'],
    sealed: ['id', 'name', 'born'],
  });
  expect(erasableColumns(packOf(FINE), ['desk']).subjects).toEqual(['who', 'phone', 'desk']);
});

describe('a pack is refused where a decision would silently be another', () => {
  test.each([
    ['features: { f: length(id) }', 'features.f looks at id, which is sealed'],
    [
      "features: { a: a }\nrules: [{ id: r, when: name = 'x', because: b }]",
      'rules.r.when looks at name, which is sealed',
    ],
    ['features: { f: length(who) }', 'features.f looks at who, whose values are pseudonyms'],
    [
      'windows: { past: all }\nfeatures: { f: "count(*) filter (where id is null) over past" }',
      'features.f looks at id, which is sealed',
    ],
    [
      'windows: { past: all }\nfeatures: { f: count(distinct name) over past }',
      'features.f looks at name, which is sealed',
    ],
    ['features: { f: { is: a, words: "{id} has {value}" } }', 'features.f.words shows id, which is sealed'],
    [
      'features: { a: a }\ncategories: { who: { keep: 3 } }',
      'categories has who, whose values are pseudonyms',
    ],
    [
      'features: { a: a }\nencodings: { e: { of: who } }',
      'encodings.e is of who, whose values are pseudonyms',
    ],
    ['features: { a: a }\nsegments: [id]', 'segments has id, which is sealed'],
    [
      'windows: { w: { by: born, over: all } }\nfeatures: { f: count(*) over w }',
      'born holds subjects and is no plain text',
    ],
  ])('%s', (more, message) => {
    expect(() => erasableColumns(packOf(more), [])).toThrow(message);
  });

  test('an entity that may be missing, a personal time, a column that is not there, and no entity at all', () => {
    const fine = 'features: { a: a }';
    const optional = COLUMNS.replace('who: { type: string, required: true }', 'who: { type: string }');
    expect(() => erasableColumns(packOf(fine, { columns: optional }), [])).toThrow('who may be missing');
    const timed = COLUMNS.replace(
      'at: { type: timestamp, required: true }',
      'at: { type: timestamp, pii: true }',
    );
    expect(() => erasableColumns(packOf(fine, { columns: timed }), [])).toThrow('the time of records is at');
    expect(() => erasableColumns(packOf(fine), ['desc'])).toThrow(
      'a column desc, which the pack does not have',
    );
    const { record, ...pack } = packOf(fine);
    expect(() => erasableColumns({ ...pack, record: { ...record, entity: null } }, [])).toThrow(
      'names no entity',
    );
  });
});
