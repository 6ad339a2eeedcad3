/**
 * Where a model comes from, as SLSA provenance v1: of which records, pack, settings and seed training made these very files. It is made of
 * the card and the hashes of the files alone: who trains the same again gets the same statement.
 */
import type { ModelCard } from './card.ts';
import { STATEMENT } from './signed-statement.ts';

export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

export interface HashedFile {
  readonly name: string;
  /** In hex. */
  readonly sha256: string;
}

export function provenanceOf(card: ModelCard, files: readonly HashedFile[]): object {
  const { domain, algorithm, seed, hyperParameters, dataset, pack, split, libraries } = card;
  const { assay: version, ...others } = libraries;
  return {
    _type: STATEMENT,
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: `urn:assay:${algorithm === 'imported' ? 'import' : 'train'}:1`,
        externalParameters: {
          // Where no period was asked for, JSON leaves it out.
          ...{ domain, algorithm, seed, hyperParameters, period: dataset.period },
        },
        internalParameters: { split, records: { sha256: dataset.hash, labelled: dataset.labelled } },
        resolvedDependencies: [
          ...dataset.files.map(({ name, sha256, history }) => ({
            name,
            digest: { sha256 },
            annotations: { use: history === true ? 'past of others' : 'records' },
          })),
          { name: `${domain}.yaml`, digest: { sha256: pack.hash }, annotations: { use: 'pack' } },
          ...Object.entries(others).map(([name, release]) => ({
            name: `${name}@${release}`,
            annotations: { use: 'library' },
          })),
        ],
      },
      runDetails: {
        builder: { id: 'urn:assay', version: { assay: version } },
        metadata: { invocationId: card.version },
      },
    },
  };
}
