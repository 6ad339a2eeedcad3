/**
 * Champion and challenger on the same held-out records, each with its own pack, inputs and threshold; the gate's result out. The
 * champion's inputs are computed anew from the dataset's records: it may look at them in another way than the challenger.
 */

import { join } from 'node:path';
import { Session } from '../engine/session.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { AtThreshold, Evaluation } from '../evaluation/evaluation.ts';
import { buildFeatures } from '../features/build-features.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import { loadModel, type Model, thresholdOf } from '../models/model-folder.ts';
import { count } from '../registry/acceptance.ts';
import { type GateResult, runGate } from '../registry/gate.ts';
import type { ScoredBy } from '../registry/gate-input.ts';
import { type DatasetPart, dependenceOf, writeRowTable } from '../training/dataset.ts';
import { type Matrix, readMatrix } from '../training/read-matrix.ts';
import { countNewLabels } from './count-new-labels.ts';
import { packOfDataset, readDatasetVersion } from './dataset-version.ts';
import { compareFlags, type FlagChanges } from './flag-changes.ts';
import { loadRecords } from './load-records.ts';
import { readPart } from './part-files.ts';
import type { Machine } from './training-plan.ts';
import { FILES, writeWorkJson } from './work-files.ts';

/** What a model is worth on the held-out part, at its own threshold. */
export type HeldOutFigures = Pick<Evaluation, 'rocAuc' | 'prAuc'> &
  Pick<AtThreshold, 'threshold' | 'precision' | 'recall' | 'falsePositiveRate' | 'flaggedShare'>;

export interface Compared {
  readonly gate: GateResult;
  readonly figures: { readonly champion: HeldOutFigures | null; readonly challenger: HeldOutFigures };
  /** Null: there is no champion. */
  readonly flags: FlagChanges | null;
  /** What a person should know of the comparison. */
  readonly notes: readonly string[];
}

/** `champion`: its folder; null: the domain has none yet. `inForce`: its threshold, where that is not its card's. */
export async function compareModels(
  folder: string,
  champion: string | null,
  machine: Machine,
  inForce?: number,
): Promise<Compared> {
  const version = await readDatasetVersion(folder);
  const { segments, ...heldOut } = await readPart(folder, FILES.heldOut);
  const { data } = heldOut;
  const challenger = await loadModel(join(folder, FILES.model));
  const present = champion === null ? null : await loadModel(champion);
  machine.progress.stage('comparing champion and challenger');
  const scored = {
    challenger: scoredBy(challenger, await scoreMatrix(challenger.onnx, data)),
    champion:
      present &&
      scoredBy(
        { ...present, ...(inForce !== undefined && { threshold: inForce }) },
        await scoreByPast(folder, present, heldOut, machine),
      ),
  };
  const gate = runGate({
    ...scored,
    labels: data.labels,
    ...(data.weights && { weights: data.weights }),
    entity: heldOut.entity,
    segments,
    dataset: version.counts,
    acceptance: packOfDataset(version).acceptance,
  });
  const flags =
    scored.champion &&
    compareFlags({
      recordIds: heldOut.id,
      champion: scored.champion.scores,
      challenger: scored.challenger.scores,
      thresholds: { champion: scored.champion.threshold, challenger: scored.challenger.threshold },
    });
  const figures = {
    champion: scored.champion && measure(scored.champion, heldOut),
    challenger: measure(scored.challenger, heldOut),
  };
  const newLabels =
    present &&
    (await countNewLabels({
      ...machine,
      records: join(folder, FILES.records),
      pack: packOfDataset(version),
      champion: present.card.dataset,
    }));
  const compared = { gate, figures, flags, notes: notesOn(present, challenger, newLabels) };
  await writeWorkJson(folder, FILES.gate, compared);
  return compared;
}

function measure({ scores, threshold }: ScoredBy, heldOut: DatasetPart): HeldOutFigures {
  const { labels, weights } = heldOut.data;
  const { rocAuc, prAuc, atThreshold } = evaluate(scores, labels, threshold, {
    ...(weights && { weights }),
    dependence: dependenceOf(heldOut),
  });
  const { precision, recall, falsePositiveRate, flaggedShare } = atThreshold;
  return { rocAuc, prAuc, threshold, precision, recall, falsePositiveRate, flaggedShare };
}

function scoredBy(model: Model, scores: Float32Array): ScoredBy {
  return { version: model.card.version, scores, threshold: thresholdOf(model) };
}

/** Scores of the held-out records as the model would have given them when they came. */
async function scoreByPast(
  folder: string,
  { card, pack, onnx }: Model,
  { seq }: DatasetPart,
  { threads, memoryLimitMb }: Machine,
): Promise<Float32Array> {
  const session = await Session.open({ threads, memoryLimitMb });
  try {
    const records = await loadRecords(session, pack, join(folder, FILES.records));
    const features = await buildFeatures(records, pack, { usual: false });
    const heldOut = await writeRowTable(session, seq);
    return await scoreMatrix(onnx, await readMatrix(features, pack, card.fitted, 'score', heldOut));
  } finally {
    await session.close();
  }
}

function scoreMatrix(
  onnx: Uint8Array,
  { values, rows }: Pick<Matrix, 'values' | 'rows'>,
): Promise<Float32Array> {
  return ModelScorer.use(onnx, (scorer) => scorer.score(values, rows));
}

/** `newLabels`: those that the champion was not trained with; null: not known. */
function notesOn(champion: Model | null, challenger: Model, newLabels: number | null): string[] {
  if (champion === null)
    return ['The domain has no champion: there is nothing to compare the new model with.'];
  const [was, is] = [champion.card, challenger.card];
  const notes = [];
  if (was.pack.hash !== is.pack.hash) {
    notes.push(`The pack has changed: version ${was.pack.version} before, version ${is.pack.version} now.`);
  }
  if (was.dataset.hash === is.dataset.hash) {
    notes.push('Both were trained on the same records and labels: the challenger learned from nothing new.');
  } else if (newLabels === 0) {
    notes.push('No label has come since the champion was trained: the challenger learned from nothing new.');
  } else if (newLabels !== null) {
    notes.push(
      `${count(newLabels)} of ${count(is.dataset.labelled)} labels have come since the champion was trained.`,
    );
  }
  const [cut, held] = [was.split?.cutTime ?? null, is.split?.cutTime ?? null];
  if (cut !== null && held !== null && isLater(cut, held)) {
    notes.push(
      `The champion was trained on records up to ${cut}, the held-out part begins at ${held}: the champion may have seen some of it, which is to its advantage.`,
    );
  }
  return notes;
}

/** Times as a card writes them: ISO 8601, or the steps of a pack that counts its own. */
function isLater(one: string, other: string): boolean {
  const number = (text: string) => (/^-?\d+$/.test(text) ? Number(text) : Date.parse(text));
  return number(one) > number(other);
}
