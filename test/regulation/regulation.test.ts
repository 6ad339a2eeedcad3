import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { readMapping } from '../../lib/regulation/mapping.ts';
import { readRegulations } from '../../operations/regulation/read-controls.ts';
import { regulationFiles } from '../../operations/regulation/regulation-files.ts';
import { ROOMS } from '../tidy/rooms.ts';

const files = new Map(regulationFiles().map(({ name, content }) => [name, content]));
const json = (name: string) => JSON.parse(files.get(name)!) as unknown;
const controls = readMapping(json('regulation.catalog.json'), json('regulation.json'));

/** What NIST's schema finds; its licence and source stand beside it. */
function problems(schemaFile: string, document: unknown): (ErrorObject | string)[] {
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const schema = JSON.parse(readFileSync(`test/fixtures/oscal/${schemaFile}`, 'utf8')) as object;
  const validate = ajv.compile(schema);
  return validate(document) ? [] : (validate.errors ?? ['not valid']);
}

describe('the mapping of regulations', () => {
  test('in docs/ is the one that operations/regulation/controls gives: node bin/regulation.ts writes it again', () => {
    for (const [name, content] of files) expect(readFileSync(`docs/${name}`, 'utf8'), name).toBe(content);
  });

  test('is an OSCAL catalog and an OSCAL component definition, by NIST’s schemas', () => {
    expect(problems('oscal_catalog_schema.json', json('regulation.catalog.json'))).toEqual([]);
    expect(problems('oscal_component_schema.json', json('regulation.json'))).toEqual([]);
  });

  test('would be found invalid by these schemas without an id, or with a word that OSCAL does not know', () => {
    const definition = json('regulation.json') as Record<string, Record<string, unknown>>;
    const own = definition['component-definition']!;
    const { uuid: _, ...without } = own;
    expect(problems('oscal_component_schema.json', { 'component-definition': without })).not.toEqual([]);
    const more = { 'component-definition': { ...own, compliant: true } };
    expect(problems('oscal_component_schema.json', more)).not.toEqual([]);
  });

  test('has sixty controls or more, each once, of every regulation that is promised', () => {
    const ids = controls.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(60);
    expect(new Set(ids).size).toBe(ids.length);
    const regulations = [...new Set(controls.map(({ regulation }) => regulation.id))];
    expect(regulations).toEqual([
      ...['aia', 'cfr11', 'annex11', 'annex11draft', 'annex22', 'sr262'],
      ...['amlr', 'sec17a4', 'gdpr', 'dora', 'eba'],
    ]);
  });

  test('has a test for each control that is served, and none for one that is not', () => {
    const odd = controls.filter(({ status, tests }) => (status === 'none') !== (tests.length === 0));
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  test('says of every control what stays with the customer, and what is missing where it is not served in full', () => {
    expect(controls.filter(({ customer }) => customer === '').map(({ id }) => id)).toEqual([]);
    const odd = controls.filter(({ status, missing }) => (status === 'full') !== (missing === null));
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  test('names rooms and folders that are there, and related controls that are', () => {
    const places = new Set([...Object.keys(ROOMS), 'operations', 'console']);
    const ids = new Set(controls.map(({ id }) => id));
    expect(controls.flatMap(({ parts }) => parts).filter((part) => !places.has(part))).toEqual([]);
    expect(controls.flatMap(({ related }) => related).filter((id) => !ids.has(id))).toEqual([]);
  });

  test('never says that anyone is compliant', () => {
    for (const [name, content] of files) expect(content, name).not.toMatch(/\bcompliant\b/i);
  });

  test('gives both documents the text of the controls, word by word', () => {
    const written = readRegulations().flatMap((regulation) =>
      regulation.controls.map(({ tests, missing = null, ...control }) => ({
        ...{ ...control, missing },
        tests: tests.map((one) => one.replace(' › ', '\n')),
      })),
    );
    const read = controls.map(({ regulation: _, tests, ...control }) => ({
      ...control,
      tests: tests.map(({ file, title }) => `${file}\n${title}`),
    }));
    expect(read).toEqual(written);
  });
});
