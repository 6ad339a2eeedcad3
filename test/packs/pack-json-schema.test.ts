/** What an editor completes is what `domain check` accepts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packJsonSchema } from '../../lib/packs/pack-json-schema.ts';

const file = 'docs/pack.schema.json';
const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')));
const shipped = 'lib/packs/shipped-packs';
const finance = readFileSync(join(shipped, 'finance.yaml'), 'utf8');
const accepts = (yaml: string) => schema.safeParse(parse(yaml)).success;

test('docs/pack.schema.json is the one that the schemas give (node bin/openapi.ts)', () => {
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(packJsonSchema())));
});

test.each(readdirSync(shipped))('the shipped pack %s is accepted', (name) => {
  expect(accepts(readFileSync(join(shipped, name), 'utf8'))).toBe(true);
});

describe('every form of a pack is accepted', () => {
  const base = 'domain: d\ncolumns: { a: string, b: { type: "decimal(18,2)", notation: "1.234,56" } }\n';
  test.each([
    'features: { a: 1, b: { is: b, words: "B is {value}" } }',
    'record: { id: [a, b], label: { of: a, positive: [SAR], negative: [cleared] } }',
    'record: { id: a }\nwindows: { day: 24 hours, past: all, other: { by: a, over: 24 } }',
    'categories: [a]',
    'categories: { a: {} }',
    'parameters: { limit: 5, list: [a, b], on: true }',
    'header: none',
  ])('%s', (more) => {
    expect(accepts(base + more)).toBe(true);
  });
});

describe('a broken pack is refused', () => {
  test.each([
    ['domain: finance', 'domain: Finance AML'],
    ['domain: finance', 'domian: finance'],
    ['record:', 'recrod:'],
    ['severity: high', 'severity: grave'],
    ['threshold: {', 'threshold: { polcy: max_f1,'],
    ['because:', 'becuase:'],
    ['required: true', 'required: yes please'],
  ])('%s → %s', (from, to) => {
    expect(finance).toContain(from);
    expect(accepts(finance.replace(from, to))).toBe(false);
  });
});
