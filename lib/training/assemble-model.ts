/** Trees and what is known of them, put together: measured on the held-out part, described by a card, ready to be saved. */
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { readOnnx } from '../forest/onnx/onnx-read.ts';
import { createExplainer, toProbabilityContributions } from '../forest/shap/tree-shap.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import type { CandidateResult, ModelCard } from '../models/card.ts';
import { sealCard } from '../models/card-schema.ts';
import { libraryVersions } from '../models/library-versions.ts';
import { modelVersion, sha256 } from '../models/model-folder.ts';
import type { ReportData } from '../report/report-data.ts';
import type { Dataset } from './dataset.ts';
import { leakWarnings } from './leak-warnings.ts';
import { type Measured, type MeasureInput, measureModel } from './measure-model.ts';

export interface TrainedModel {
  readonly onnx: Uint8Array;
  readonly card: ModelCard;
  readonly report: ReportData;
  readonly warnings: readonly string[];
}

export interface Assembly extends MeasureInput {
  readonly dataset: Dataset;
  /** What the threshold was chosen on. */
  readonly chosenOn: string;
  readonly algorithm: ModelCard['algorithm'];
  readonly hyperParameters: ModelCard['hyperParameters'];
  readonly crossValidation: readonly CandidateResult[];
  /** What the card is to warn of, beside inputs that may know the label. */
  readonly warnings?: readonly string[];
  readonly outOfBag?: NonNullable<ModelCard['outOfBag']>;
}

export async function assembleModel(assembly: Assembly): Promise<TrainedModel> {
  const { dataset, onnx } = assembly;
  // As the file holds it, in float32: what is measured and explained is the artifact.
  const { ensemble } = readOnnx(onnx);
  const measured = await measureModel(ensemble, assembly);
  const suspects = leakWarnings({
    inputs: dataset.fitted.inputs,
    train: dataset.train.data,
    importances: measured.importances,
    heldOutAuc: measured.evaluation.rocAuc.value,
  });
  const warnings = [...suspects, ...(assembly.warnings ?? [])];
  return describeModel({ ...assembly, ensemble, measured, warnings });
}

/** What a card and a report say; figures are null where there were no labels. */
export interface Description
  extends Pick<
    Assembly,
    | 'pack'
    | 'onnx'
    | 'threshold'
    | 'chosenOn'
    | 'algorithm'
    | 'hyperParameters'
    | 'crossValidation'
    | 'outOfBag'
    | 'seed'
  > {
  readonly ensemble: TreeEnsemble;
  readonly dataset: Pick<Dataset, 'manifest' | 'fitted' | 'rejects' | 'warnings'> & {
    readonly split: ModelCard['split'];
  };
  readonly measured: Omit<Measured, 'evaluation' | 'training'> & Pick<ModelCard, 'evaluation' | 'training'>;
  readonly warnings: readonly string[];
}

export function describeModel(assembly: Description): TrainedModel {
  const { pack, dataset, onnx, ensemble, measured, warnings } = assembly;
  const { base } = createExplainer(ensemble);
  const card: ModelCard = sealCard({
    format: 'assay-model-card/1',
    domain: pack.domain,
    version: modelVersion(onnx, dataset.fitted, pack.hash),
    algorithm: assembly.algorithm,
    pack: { version: pack.version, hash: pack.hash, source: pack.source },
    onnx: { sha256: sha256(onnx), bytes: onnx.length },
    fitted: dataset.fitted,
    base: toProbabilityContributions(base, new Float64Array(0), ensemble.link).base,
    threshold: {
      value: roundToBillionths(assembly.threshold),
      policy: pack.threshold,
      chosenOn: assembly.chosenOn,
    },
    hyperParameters: assembly.hyperParameters,
    seed: assembly.seed,
    dataset: dataset.manifest,
    split: dataset.split,
    evaluation: measured.evaluation,
    training: measured.training,
    ...(assembly.outOfBag && { outOfBag: assembly.outOfBag }),
    crossValidation: assembly.crossValidation,
    importances: measured.importances,
    profiles: measured.profiles,
    ...(measured.reference !== null && { reference: measured.reference }),
    libraries: libraryVersions(),
    approvedBy: null,
    ...(warnings.length > 0 && { warnings }),
  });
  const report: ReportData = {
    kind: 'training',
    title: pack.title,
    card,
    beeswarm: measured.beeswarm,
    rejects: dataset.rejects,
    scoring: null,
  };
  return { onnx, card, report, warnings: [...dataset.warnings, ...warnings] };
}
