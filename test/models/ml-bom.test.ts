/** A model's bill of materials is one by CycloneDX's own schema, and says what the card says. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { ModelCard } from '../../lib/models/card.ts';
import { mlBom } from '../../lib/models/ml-bom.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { runAssayHere } from '../helpers/command-line.ts';

const schema = (name: string) =>
  JSON.parse(readFileSync(`test/fixtures/cyclonedx/${name}.SNAPSHOT.schema.json`, 'utf8')) as object;
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: true });
addFormats.default(ajv);
ajv.addFormat('iri-reference', true).addFormat('idn-email', true);
for (const name of ['spdx', 'jsf-0.82'])
  ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const validate = ajv.compile(schema('bom-1.6'));
const problems = (bom: unknown): ErrorObject[] => (validate(bom) ? [] : [...(validate.errors ?? [])]);

describe.each(['finance', 'pharma'])('the bill of materials of the shipped model of %s', (domain) => {
  test('is one by the schema of CycloneDX 1.6, which refuses it with a figure that is no text', async () => {
    const bom = mlBom((await loadShippedChampion(domain)).card);
    expect(problems(bom)).toEqual([]);
    const text = JSON.stringify(bom).replace(/"value":"(0\.\d+)"/, '"value":$1');
    expect(problems(JSON.parse(text))).not.toEqual([]);
  });

  test('names data, libraries, figures and settings as the card does', async () => {
    const { card } = await loadShippedChampion(domain);
    const text = JSON.stringify(mlBom(card));
    for (const { name, sha256 } of card.dataset.files)
      expect(text).toContain(`"name":"${name}","hashes":[{"alg":"SHA-256","content":"${sha256}"}]`);
    for (const [name, version] of Object.entries(card.libraries))
      expect(text).toContain(`"${name}@${version}"`);
    const { value, low, high } = card.evaluation!.prAuc;
    expect(text).toContain(
      `"value":"${value}","confidenceInterval":{"lowerBound":"${low}","upperBound":"${high}"}`,
    );
    expect(text).toContain(`{"name":"assay:seed","value":"${card.seed}"}`);
    expect(text).toContain(`{"name":"assay:threshold","value":"${card.threshold.value}"}`);
  });
});

test('a card without figures, seed or split still gives one, and another card another serial number', async () => {
  const { card } = await loadShippedChampion('finance');
  const bare: ModelCard = { ...card, evaluation: null, training: null, split: null, seed: null };
  expect(problems(mlBom(bare))).toEqual([]);
  expect(mlBom(bare).serialNumber).not.toBe(mlBom(card).serialNumber);
  expect(mlBom(card).serialNumber).toBe(mlBom({ ...card }).serialNumber);
});

test('assay bom prints it, and says what is wrong with a folder that holds no model', async () => {
  const { stdout, code } = await runAssayHere('bom', 'model-artifacts/finance/b042d3599090', '--json');
  const { card } = await loadShippedChampion('finance');
  expect([code, JSON.parse(stdout)]).toEqual([0, JSON.parse(JSON.stringify(mlBom(card)))]);
  const none = await runAssayHere('bom', 'test/models');
  expect([none.code, none.stderr]).toEqual([
    1,
    expect.stringContaining('a model folder holds model.onnx and card.json'),
  ]);
});
