/**
 * What a person may ask of a flag beside its reasons, from the stored explanation and the model that decided: how its values compare
 * with what is usual, and the smallest change that would have kept the score under the threshold.
 */
import type { Contribution, Explanation } from '../decisions/explanation.ts';
import { describeFact, type Fields, type Formats } from '../decisions/words.ts';
import type { InputProfile } from '../evaluation/evaluation.ts';
import { treesOf } from '../forest/onnx/onnx-read.ts';
import { predictProbabilities } from '../forest/predict.ts';
import type { Model } from '../models/model-folder.ts';
import { formatValue } from '../packs/format-value.ts';
import type { Feature } from '../packs/pack.ts';
import { flagsByItself } from '../packs/rule-flags.ts';
import type { Shown } from '../packs/shown-value.ts';
import { templateNames } from '../packs/template.ts';
import { sentenceFields } from '../scoring/explain-record.ts';
import { rankOf } from './profile-rank.ts';
import { rowOfExplanation } from './record-row.ts';
import { type Changeable, smallestChange } from './smallest-change.ts';

export interface ChangedFact {
  readonly column: string;
  /** As it would read. */
  readonly words: string;
  /** As it reads. */
  readonly insteadOf: string;
}

export type ChangeAnswer =
  | { readonly found: 'change'; readonly changes: readonly ChangedFact[]; readonly score: number }
  /** Rules alone flag it; no change of one or two features does it; the stored values do not give the score again. */
  | { readonly found: 'below_threshold' | 'none' | 'not_known' };

export interface ComparedValue {
  readonly column: string;
  readonly group: string | null;
  readonly value: string;
  /** For this entity; null: the pack says no such thing of it. */
  readonly usual: string | null;
  /** Of the records that the model has learned from. */
  readonly median: string | null;
  /** The share of them that lies below; null: it is no number. */
  readonly higherThan: number | null;
}

export interface FlagInsight {
  readonly change: ChangeAnswer;
  /** It is flagged whatever its score. */
  readonly isFlaggedByRule: boolean;
  readonly compared: readonly ComparedValue[];
}

const MAX_COMPARED = 8;
/** As far as the runtime's float32 and sums of float64 differ. */
const SAME_SCORE = 2e-5;
const NOTHING = 1e-9;

/** `record`: the stored values by column; null: they are too large for the table. */
export function explainFlag(
  model: Model,
  explanation: Explanation,
  record: Readonly<Record<string, Shown>> | null,
): FlagInsight {
  const flagging = new Set(model.pack.rules.filter(flagsByItself).map(({ id }) => id));
  return {
    change: changeOf(model, explanation, record),
    isFlaggedByRule: explanation.rules.some(({ id }) => flagging.has(id)),
    compared: compare(model, explanation.contributions),
  };
}

function changeOf(
  { card, pack, onnx }: Model,
  { contributions, score, threshold }: Explanation,
  record: Readonly<Record<string, Shown>> | null,
): ChangeAnswer {
  if (score < threshold) return { found: 'below_threshold' };
  const row = rowOfExplanation(card.fitted, contributions);
  if (row === null) return { found: 'not_known' };
  const ensemble = treesOf(onnx);
  const again = predictProbabilities(ensemble, row, 1)[0]!;
  if (!(Math.abs(again - score) < SAME_SCORE)) return { found: 'not_known' };
  const features = new Map(pack.features.filter(isUnderstood).map((feature) => [feature.name, feature]));
  const changeable = changeableInputs(card, features);
  const found = smallestChange(ensemble, row, threshold, changeable);
  if (found === null) return { found: 'none' };
  const { fieldsOf, formats } = sentenceFields(pack);
  const values = new Map<string, Shown>([
    ...contributions.map(({ column, value }) => [column, value] as const),
    ...Object.entries(record ?? {}),
  ]);
  const fields = fieldsOf({ values });
  return {
    found: 'change',
    score: found.score,
    changes: found.changes.map(({ input, to }) => {
      const feature = features.get(card.fitted.inputs[input]!.source)!;
      const own = contributions.find(({ column }) => column === feature.name)!;
      return {
        column: feature.name,
        words: reads(feature, own, to, { fields, formats }),
        insteadOf: own.words,
      };
    }),
  };
}

/** It has a sentence that names the value, and says what was done: an officer can weigh it. */
function isUnderstood({ words, shown }: Feature): boolean {
  return words !== null && !shown.context && templateNames(words).includes('value');
}

function changeableInputs(card: Model['card'], features: ReadonlyMap<string, Feature>): Changeable[] {
  const profiles = new Map(card.profiles.map((profile) => [profile.name, profile]));
  return card.fitted.inputs.flatMap(({ kind, name, source }, input) => {
    const [feature, profile] = [features.get(source), profiles.get(name)];
    if (kind !== 'feature' || feature === undefined || profile === undefined) return [];
    return [{ input, profile, isWhole: feature.format === 'integer' || feature.format === 'yesno' }];
  });
}

function reads(
  { name, words, format }: Feature,
  { value, usual }: Contribution,
  to: number,
  { fields, formats }: { readonly fields: Fields; readonly formats: Formats },
): string {
  const changed = typeof value === 'boolean' ? to >= 0.5 : to;
  const fact = { source: name, kind: 'feature', value: changed, usual, format, words } as const;
  return describeFact(fact, { ...fields, [name]: changed }, formats);
}

/** The features that moved the score most, of those that are numbers. */
function compare({ card, pack }: Model, contributions: readonly Contribution[]): ComparedValue[] {
  const profiles = new Map(card.profiles.map((profile) => [profile.name, profile]));
  return contributions
    .flatMap((own) => {
      const feature = pack.features.find(({ name }) => name === own.column);
      const profile = profiles.get(own.column);
      const isNumber = typeof own.value === 'number' && feature?.format !== 'yesno';
      if (feature === undefined || profile === undefined || !isNumber || own.contribution <= 0) return [];
      return [comparedValue(feature, own, profile)];
    })
    .slice(0, MAX_COMPARED);
}

function comparedValue(
  { name, format, usual, shown }: Feature,
  own: Contribution,
  profile: InputProfile,
): ComparedValue {
  // What is left of a sum that is none is no number to show.
  const text = (value: Shown) =>
    formatValue(typeof value === 'number' && Math.abs(value) < NOTHING ? 0 : value, format);
  return {
    column: name,
    group: shown.group,
    value: text(own.value),
    usual: usual === null || own.usual === null ? null : text(own.usual),
    median: profile.median === null ? null : text(profile.median),
    higherThan: rankOf(profile, own.value as number),
  };
}
