/**
 * A model card as a bill of materials of the model: CycloneDX 1.6, whose `modelCard` says what it was trained on, how, and how good it
 * was. It is made of the card alone, so the same card always gives the same bytes.
 */
import type { Estimate } from '../evaluation/evaluation.ts';
import type { ModelCard } from './card.ts';
import { hashCard } from './card-schema.ts';

const FAMILIES = {
  forest: 'random forest',
  boosting: 'gradient-boosted trees',
  imported: 'decision trees',
} as const;
const MODEL = 'model';

/** JSON of CycloneDX's schema 1.6. */
export type MlBom = Readonly<Record<string, unknown>>;

export function mlBom(card: ModelCard): MlBom {
  const files = card.dataset.files.map(({ name, sha256, bytes, history }, at) => ({
    type: 'data',
    'bom-ref': `data-${at + 1}`,
    name,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    data: [{ type: 'dataset', name, classification: 'confidential' }],
    properties: properties({
      bytes,
      use: history === true ? 'past of others' : 'training and held-out part',
    }),
  }));
  const libraries = Object.entries(card.libraries).map(([name, version]) => ({
    type: name === 'assay' ? 'application' : 'library',
    'bom-ref': `${name}@${version}`,
    name,
    version,
  }));
  const parts = [...files, ...libraries];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hashCard(card))}`,
    version: 1,
    metadata: { component: modelOf(card, files) },
    components: parts,
    dependencies: [{ ref: MODEL, dependsOn: parts.map((part) => part['bom-ref']) }],
  };
}

function modelOf(card: ModelCard, files: readonly { readonly 'bom-ref': string }[]) {
  const { domain, version, algorithm, onnx, pack, dataset, split, threshold, seed, warnings = [] } = card;
  return {
    type: 'machine-learning-model',
    'bom-ref': MODEL,
    name: `assay-${domain}`,
    version,
    hashes: [{ alg: 'SHA-256', content: onnx.sha256 }],
    modelCard: {
      modelParameters: {
        approach: { type: 'supervised' },
        task: 'classification',
        architectureFamily: FAMILIES[algorithm],
        datasets: files.map((file) => ({ ref: file['bom-ref'] })),
        inputs: [{ format: `${card.fitted.inputs.length} numbers of float32 a record` }],
        outputs: [{ format: 'a score from 0 to 1, and a contribution of each input to it' }],
      },
      quantitativeAnalysis: { performanceMetrics: metricsOf(card) },
      considerations: {
        useCases: ['To flag records for a person to review; the person decides.'],
        technicalLimitations: [...warnings],
      },
      properties: properties({
        ...card.hyperParameters,
        seed,
        threshold: threshold.value,
        'threshold chosen on': threshold.chosenOn,
        'records received': dataset.received,
        'records rejected': dataset.rejected,
        'records labelled': dataset.labelled,
        positives: dataset.positives,
        'dataset sha256': dataset.hash,
        'pack version': pack.version,
        'pack sha256': pack.hash,
        'card sha256': hashCard(card),
        ...(split !== null && { split: split.method, train: split.train, 'held out': split.heldOut }),
      }),
    },
  };
}

function metricsOf({ evaluation, training }: ModelCard) {
  return [
    ...(evaluation === null
      ? []
      : [
          metric('ROC-AUC', 'held-out part', evaluation.rocAuc),
          metric('PR-AUC', 'held-out part', evaluation.prAuc),
        ]),
    ...(training === null
      ? []
      : [
          metric('ROC-AUC', 'training part', training.rocAuc),
          metric('PR-AUC', 'training part', training.prAuc),
        ]),
  ];
}

function metric(type: string, slice: string, { value, low, high }: Estimate) {
  const interval = low === null || high === null ? null : { lowerBound: `${low}`, upperBound: `${high}` };
  return { type, slice, value: `${value}`, ...(interval !== null && { confidenceInterval: interval }) };
}

/** Of null values there are none. */
function properties(values: Readonly<Record<string, string | number | boolean | null>>) {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [{ name: `assay:${name}`, value: `${value}` }],
  );
}

/** Of version 8 (RFC 9562): 122 bits of a hash. */
function uuidOf(sha256: string): string {
  const variant = ((Number.parseInt(sha256[16]!, 16) & 3) | 8).toString(16);
  return [
    sha256.slice(0, 8),
    sha256.slice(8, 12),
    `8${sha256.slice(13, 16)}`,
    `${variant}${sha256.slice(17, 20)}`,
    sha256.slice(20, 32),
  ].join('-');
}
