import { expect, test } from 'vitest';
import { provenanceOf } from '../../lib/models/provenance.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

const files = [{ name: 'model.onnx', sha256: 'f'.repeat(64) }];

test('a provenance names what the model was made of, by what and for what', () => {
  const { card } = fakeTrainingReport(1);
  const split = card.split;
  const provenance = provenanceOf(
    {
      ...card,
      version: '0123456789ab',
      hyperParameters: { trees: 3 },
      pack: { version: 3, hash: 'b'.repeat(64), source: '' },
      dataset: {
        ...{ ...card.dataset, labelled: 19, hash: 'c'.repeat(64) },
        files: [
          { name: 'old.csv', sha256: 'd'.repeat(64), bytes: 10, history: true },
          { name: 'new.csv', sha256: 'e'.repeat(64), bytes: 11 },
        ],
      },
      libraries: { assay: '1.2.3', engine: '4.5' },
    },
    files,
  );
  expect(provenance).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'model.onnx', digest: { sha256: 'f'.repeat(64) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:assay:train:1',
        externalParameters: {
          ...{ domain: 'finance', algorithm: 'forest', seed: 7 },
          hyperParameters: { trees: 3 },
        },
        internalParameters: { split, records: { sha256: 'c'.repeat(64), labelled: 19 } },
        resolvedDependencies: [
          {
            name: 'old.csv',
            digest: { sha256: 'd'.repeat(64) },
            annotations: { use: 'past of others' },
          },
          { name: 'new.csv', digest: { sha256: 'e'.repeat(64) }, annotations: { use: 'records' } },
          { name: 'finance.yaml', digest: { sha256: 'b'.repeat(64) }, annotations: { use: 'pack' } },
          { name: 'engine@4.5', annotations: { use: 'library' } },
        ],
      },
      runDetails: {
        builder: { id: 'urn:assay', version: { assay: '1.2.3' } },
        metadata: { invocationId: '0123456789ab' },
      },
    },
  });
});

test('a model trained elsewhere was imported, and a period that was asked for is named', () => {
  const { card } = fakeTrainingReport(1);
  const period = { from: '2024-01-01', until: null };
  const made = provenanceOf({ ...card, algorithm: 'imported', dataset: { ...card.dataset, period } }, files);
  expect(made).toMatchObject({
    predicate: {
      buildDefinition: { buildType: 'urn:assay:import:1', externalParameters: { period } },
    },
  });
});
