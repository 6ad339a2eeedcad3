/** A model's bill of materials is one by CycloneDX's own schema, and says what the card says. */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { ModelCard } from '../../lib/models/card.ts';
import { hashCard } from '../../lib/models/card-schema.ts';
import { mlBom } from '../../lib/models/ml-bom.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

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

/** A card in which whatever may be there or not is there in both ways. */
function smallCard(): ModelCard {
  const { card } = fakeTrainingReport(1);
  const { evaluation, dataset } = card;
  return {
    ...card,
    version: '0123456789ab',
    onnx: { sha256: 'a'.repeat(64), bytes: 12 },
    pack: { version: 3, hash: 'b'.repeat(64), source: '' },
    fitted: { ...card.fitted, inputs: card.fitted.inputs.slice(0, 2) },
    hyperParameters: { trees: 3, maxLeaves: null, bootstrap: true },
    seed: 7,
    dataset: {
      ...{ ...dataset, received: 20, rejected: 1, labelled: 19, positives: 4, hash: 'c'.repeat(64) },
      files: [
        { name: 'old.csv', sha256: 'd'.repeat(64), bytes: 10, history: true },
        { name: 'new.csv', sha256: 'e'.repeat(64), bytes: 11 },
      ],
    },
    split: {
      method: 'by time',
      ...{ train: 12, trainPositives: 3, heldOut: 5, heldOutPositives: 1, unused: 2, cutTime: null },
    },
    evaluation: {
      ...evaluation!,
      rocAuc: { value: 0.9, low: 0.8, high: 0.95 },
      prAuc: { value: 0.5, low: null, high: null },
    },
    training: {
      rocAuc: { value: 0.99, low: 0.98, high: null },
      prAuc: { value: 0.8, low: null, high: 0.9 },
      logLoss: 0.1,
    },
    libraries: { assay: '1.2.3', engine: '4.5' },
    warnings: ['little data'],
  };
}

test('what each place of it says, of a small card', () => {
  const card = smallCard();
  const property = (name: string, value: string) => ({ name: `assay:${name}`, value });
  const data = (at: number, name: string, sha256: string, bytes: string, use: string) => ({
    ...{ type: 'data', 'bom-ref': `data-${at}`, name },
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    data: [{ type: 'dataset', name, classification: 'confidential' }],
    properties: [property('bytes', bytes), property('use', use)],
  });
  const bom = mlBom(card);
  expect(bom).toEqual({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: expect.stringMatching(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    version: 1,
    metadata: { component: expect.objectContaining({ 'bom-ref': 'model', version: '0123456789ab' }) },
    components: [
      data(1, 'old.csv', 'd'.repeat(64), '10', 'past of others'),
      data(2, 'new.csv', 'e'.repeat(64), '11', 'training and held-out part'),
      { type: 'application', 'bom-ref': 'assay@1.2.3', name: 'assay', version: '1.2.3' },
      { type: 'library', 'bom-ref': 'engine@4.5', name: 'engine', version: '4.5' },
    ],
    dependencies: [{ ref: 'model', dependsOn: ['data-1', 'data-2', 'assay@1.2.3', 'engine@4.5'] }],
  });
  // The digits of the hash are those of the card, in their order, but for the version and the variant.
  const digits = String(bom.serialNumber).slice('urn:uuid:'.length).replaceAll('-', '');
  const hash = hashCard(card);
  for (const [from, to] of [
    [0, 12],
    [13, 16],
    [17, 32],
  ])
    expect(digits.slice(from, to)).toBe(hash.slice(from, to));
  const { component } = bom.metadata as { component: object };
  expect(component).toEqual({
    type: 'machine-learning-model',
    'bom-ref': 'model',
    name: 'assay-finance',
    version: '0123456789ab',
    hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
    modelCard: {
      modelParameters: {
        approach: { type: 'supervised' },
        task: 'classification',
        architectureFamily: 'random forest',
        datasets: [{ ref: 'data-1' }, { ref: 'data-2' }],
        inputs: [{ format: '2 numbers of float32 a record' }],
        outputs: [{ format: 'a score from 0 to 1, and a contribution of each input to it' }],
      },
      quantitativeAnalysis: {
        performanceMetrics: [
          {
            ...{ type: 'ROC-AUC', slice: 'held-out part', value: '0.9' },
            confidenceInterval: { lowerBound: '0.8', upperBound: '0.95' },
          },
          { type: 'PR-AUC', slice: 'held-out part', value: '0.5' },
          { type: 'ROC-AUC', slice: 'training part', value: '0.99' },
          { type: 'PR-AUC', slice: 'training part', value: '0.8' },
        ],
      },
      considerations: {
        useCases: ['To flag records for a person to review; the person decides.'],
        technicalLimitations: ['little data'],
      },
      properties: [
        property('trees', '3'),
        property('bootstrap', 'true'),
        property('seed', '7'),
        property('threshold', '0.437'),
        property('threshold chosen on', 'out-of-fold scores'),
        property('records received', '20'),
        property('records rejected', '1'),
        property('records labelled', '19'),
        property('positives', '4'),
        property('dataset sha256', 'c'.repeat(64)),
        property('pack version', '3'),
        property('pack sha256', 'b'.repeat(64)),
        property('card sha256', hash),
        property('split', 'by time'),
        property('train', '12'),
        property('held out', '5'),
      ],
    },
  });
});

test('a card without warnings has no limitations, and without figures no figures', () => {
  const { warnings: _, ...card } = smallCard();
  const bom = mlBom({ ...card, evaluation: null, training: null });
  expect(bom).toMatchObject({
    metadata: {
      component: {
        modelCard: {
          considerations: { technicalLimitations: [] },
          quantitativeAnalysis: { performanceMetrics: [] },
        },
      },
    },
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
