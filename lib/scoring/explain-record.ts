/**
 * The explanation in words of one record, from its contributions and what it is made of. What is the same for every record of a run
 * (formats, sentences, what is usual) is looked up once.
 */

import { decisionId } from '../decisions/decision-id.ts';
import { type ExplainedDecision, explainDecision, type SourceFact } from '../decisions/explain-decision.ts';
import type { RuleHit } from '../decisions/explanation.ts';
import { ruleHits } from '../decisions/rule-hits.ts';
import type { Fields, Formats } from '../decisions/words.ts';
import type { RecordDescription } from '../features/describe-rows.ts';
import { sourceGroups } from '../features/source-groups.ts';
import { COVERS_OF_TRAINING_ROWS } from '../models/card.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack, ReasonPlace } from '../packs/pack.ts';
import type { Shown } from '../packs/shown-value.ts';

/** Contributions in units of the score, an input each, and the base they start from. */
export interface InScore {
  readonly base: number;
  readonly contributions: Float64Array;
}

export type ExplainRecord = (score: number, inScore: InScore, record: RecordDescription) => ExplainedDecision;

export function recordExplainer({ card, pack }: Model, threshold: number): ExplainRecord {
  const groups = sourceGroups(card.fitted.inputs).map(({ inputs, source, kind }) => ({
    inputs,
    about: { source, kind, ...describeSource(pack, source) },
  }));
  const { fieldsOf, formats } = sentenceFields(pack);
  const hitsOf = ruleHitsWithWords(pack);
  const scoreBands = card.evaluation?.scoreBands;
  const isCountedAnew = card.hyperParameters.cover === COVERS_OF_TRAINING_ROWS;
  const medians = new Map(
    card.profiles.map(({ name, median }) => [name, median === null ? null : Number(median.toPrecision(7))]),
  );
  return (score, { base, contributions }, record) => {
    const fields = fieldsOf(record);
    const sources = groups.map(({ inputs, about }) => {
      const { value, usual } = record.sources.get(about.source)!;
      let contribution = 0;
      for (const input of inputs) contribution += contributions[input]!;
      return {
        ...about,
        value,
        usual: likeValue(value, usual ?? medians.get(about.source) ?? null),
        contribution,
      };
    });
    return explainDecision({
      recordId: record.recordId,
      score,
      threshold,
      base,
      sources,
      ...(scoreBands !== undefined && { scoreBands }),
      ...(isCountedAnew && { covers: 'training_rows' as const }),
      rules: hitsOf(record),
      model: card.version,
      pack: `${card.domain}@${card.pack.version}`,
      decisionId: decisionId({
        domain: card.domain,
        recordId: record.recordId,
        recordHash: record.recordHash,
        modelVersion: card.version,
      }),
      fields,
      formats,
    });
  };
}

/** What sentences about a record may name. */
export function sentenceFields(pack: Pack): {
  readonly fieldsOf: (record: Pick<RecordDescription, 'values'>) => Fields;
  readonly formats: Formats;
} {
  const parameters = parameterFields(pack);
  return {
    fieldsOf: (record) => {
      // Without a prototype, so that a column may have any name.
      const fields = Object.create(null) as Record<string, Shown>;
      for (const [name, value] of parameters) fields[name] = value;
      for (const [name, value] of record.values) fields[name] = value;
      return fields;
    },
    formats: Object.fromEntries([
      ...pack.columns.flatMap(({ name, codes }) => (codes === 'country' ? [[name, 'country'] as const] : [])),
      ...pack.features.map(({ name, format }) => [name, format] as const),
    ]),
  };
}

/** The rules that a record meets, each with its sentence, the most severe first. */
export function ruleHitsWithWords(pack: Pack): (record: RecordDescription) => RuleHit[] {
  const { fieldsOf, formats } = sentenceFields(pack);
  return (record) => {
    if (record.rules.length === 0) return [];
    const hits = pack.rules.map((rule) => record.rules.includes(rule.id));
    return ruleHits(pack.rules, hits, fieldsOf(record), formats);
  };
}

/** What is usual of a yes/no is one, too; between them it is a share, and stays a number. */
function likeValue(value: Shown, usual: Shown): Shown {
  return typeof value === 'boolean' && (usual === 0 || usual === 1) ? usual === 1 : usual;
}

/** Parameters as templates name them: by name, and with `$` where a feature has the same one. */
function parameterFields(pack: Pack): (readonly [string, string | number | boolean])[] {
  const base = pack.baseCurrency === null ? [] : [['base_currency', pack.baseCurrency] as const];
  const parameters = Object.entries(pack.parameters).flatMap(([name, value]) => {
    const shown = typeof value === 'object' ? value.join(', ') : value;
    return [[name, shown] as const, [`$${name}`, shown] as const];
  });
  return [...base, ...parameters];
}

/** How a source reads: its format, its sentence, and what an encoding stands for. */
function describeSource(
  pack: Pack,
  source: string,
): Pick<SourceFact, 'format' | 'words' | 'of' | 'group' | 'context'> {
  const feature = pack.features.find(({ name }) => name === source);
  if (feature !== undefined)
    return { format: feature.format, words: feature.words, ...placeOf(feature.shown) };
  const encoding = pack.encodings.find(({ name }) => name === source);
  if (encoding !== undefined)
    return { format: 'percent', words: encoding.words, of: encoding.of, ...placeOf(encoding.shown) };
  const isCountry = pack.columns.some(({ name, codes }) => name === source && codes === 'country');
  const category = pack.categories.find(({ column }) => column === source);
  return {
    format: isCountry ? 'country' : 'text',
    words: category?.words ?? null,
    ...(category !== undefined && placeOf(category.shown)),
  };
}

function placeOf({ group, context }: ReasonPlace): Pick<SourceFact, 'group' | 'context'> {
  return { ...(group !== null && { group }), ...(context && { context }) };
}
