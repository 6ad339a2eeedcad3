/** What answers for packs: the one that the champion of a domain was trained by, as people read it. */
import { type Model, thresholdOf } from '../models/model-folder.ts';
import { codeListOf } from '../packs/column-type.ts';
import { durationText, timeUnit } from '../packs/duration.ts';
import { type PackTexts, packTextsOf } from '../packs/load-pack-texts.ts';
import { type Column, isDelivered, type Pack, type ThresholdPolicy } from '../packs/pack.ts';
import type { ReviewPolicy } from '../packs/review-policy.ts';
import { flagsByItself } from '../packs/rule-flags.ts';
import { shownRules } from './case-reviews.ts';
import type { Handlers, Reply } from './endpoints.ts';
import { findChampion, type ModelReader } from './models.ts';
import type { ReviewRulesOf } from './show-case.ts';

export interface PackServices {
  readonly models: ModelReader;
  readonly reviewRules: (domain: string) => Promise<ReviewRulesOf>;
}

type Shown = Reply<'getPack'>['body'];

const HOUR_MS = 3_600_000;

export function packHandlers({
  models,
  reviewRules,
}: PackServices): Required<Pick<Handlers, 'getPack' | 'getPackTexts'>> {
  return {
    getPackTexts: async ({ params: { domain }, query: { language } }) => {
      const { pack } = await findChampion(models, domain);
      return { body: shownTexts(pack, await packTextsOf(pack, language)) };
    },
    getPack: async ({ params: { domain } }) => {
      const model = await findChampion(models, domain);
      const { policy } = await reviewRules(domain);
      return { body: shownPack(model, policy) };
    },
  };
}

function shownPack(model: Model, policy: ReviewPolicy): Shown {
  const { pack, card } = model;
  const { id, time, entity, label } = pack.record;
  return {
    ...{ domain: pack.domain, title: pack.title, pack_version: pack.version, pack_hash: pack.hash },
    ...{ model: card.version, base_currency: pack.baseCurrency },
    record: { id: [...id], time, entity, label },
    columns: pack.columns.map((column) => shownColumn(pack, column)),
    parameters: Object.entries(pack.parameters).map(([name, value]) => ({
      name,
      value: typeof value === 'object' ? [...value] : value,
    })),
    windows: shownWindows(pack),
    features: shownFeatures(pack),
    rules: pack.rules.map((rule) => ({
      ...{ id: rule.id, severity: rule.severity, when: rule.when, because: rule.because },
      flags_by_itself: flagsByItself(rule),
    })),
    threshold: {
      ...{ value: thresholdOf(model), set_by_people: model.threshold !== undefined },
      ...{ policy: pack.threshold.policy, aim: aimOf(pack.threshold) },
    },
    review: { ...shownRules(policy), due: dueHours(policy) },
  };
}

function shownTexts(pack: Pack, texts: PackTexts | null): Reply<'getPackTexts'>['body'] {
  const rules = Object.entries(texts?.rules ?? {});
  const {
    columns = {},
    descriptions = {},
    values = {},
    features = {},
    groups = {},
    reasons = {},
  } = texts ?? {};
  return {
    title: texts?.title ?? null,
    ...{ columns, descriptions, values, features, groups, reasons },
    formats: Object.fromEntries(
      shownFeatures(pack).flatMap(({ name, format }) => (format === null ? [] : [[name, format]])),
    ),
    rules: Object.fromEntries(rules.map(([id, { name }]) => [id, name])),
    rules_say: Object.fromEntries(rules.map(([id, { says }]) => [id, says])),
  };
}

function shownColumn(pack: Pack, column: Column): Shown['columns'][number] {
  const { name, required, pii, allowed, min, max, description } = column;
  return {
    ...{ name, type: typeOf(column), required, pii },
    derived: !isDelivered(pack, column),
    allowed: allowed === null ? null : [...allowed],
    ...{ min, max, description },
  };
}

/** As a pack writes it. */
function typeOf({ type, codes, money }: Column): string {
  if (codes !== null && codeListOf(codes) !== null) return codes;
  if (type.kind !== 'decimal') return type.kind;
  return `${money === null ? 'decimal' : 'money'}(${type.precision},${type.scale})`;
}

function shownWindows({ windows, columns, record }: Pack): Shown['windows'] {
  const unit = timeUnit(columns.find(({ name }) => name === record.time)) ?? 'microseconds';
  return windows.map(({ name, by, over, delay }) => ({
    name,
    columns: [...by],
    over: over === null ? null : durationText(over, unit),
    delay: delay === 0 ? null : durationText(delay, unit),
  }));
}

function shownFeatures({ features, categories, encodings }: Pack): Shown['features'] {
  return [
    ...features.map(({ name, is, words, shown, format, monotone }) => ({
      ...{ name, kind: 'feature' as const, group: shown.group, context: shown.context },
      ...{ words, is, format, monotone },
    })),
    ...categories.map(({ column, words, shown }) => ({
      ...{ name: column, kind: 'category' as const, group: shown.group, context: shown.context },
      ...{ words, is: column, format: null, monotone: null },
    })),
    ...encodings.map(({ name, of, words, shown }) => ({
      ...{ name, kind: 'encoding' as const, group: shown.group, context: shown.context },
      ...{ words, is: of.join(', '), format: 'percent', monotone: null },
    })),
  ];
}

function aimOf(policy: ThresholdPolicy): number | null {
  if (policy.policy === 'min_recall') return policy.recall;
  return policy.policy === 'capacity' ? policy.perDay : null;
}

function dueHours({ due }: ReviewPolicy): Shown['review']['due'] {
  const { critical, high, medium, low, none } = due;
  return {
    critical: critical / HOUR_MS,
    high: high / HOUR_MS,
    medium: medium / HOUR_MS,
    low: low / HOUR_MS,
    none: none / HOUR_MS,
  };
}
