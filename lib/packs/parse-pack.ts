/**
 * Reads the YAML of a domain pack as a checked and defaulted `Pack`, or throws one `InputError` that names every problem by file,
 * line and key. Whether the expressions' types fit is checked by `checkPack`, which asks DuckDB.
 */

import { createHash } from 'node:crypto';
import { reportComparedTexts } from './code-lists.ts';
import { withDerivedLabel } from './derived-label.ts';
import { withBaseColumns } from './money-columns.ts';
import type { Acceptance, Pack, ThresholdPolicy } from './pack.ts';
import { PackDocument, showValue } from './pack-document.ts';
import { ACCEPTANCE, type Fields, PACK, readFields, THRESHOLD } from './pack-schema.ts';
import { readColumns, readRecordKeys, reportUnknownColumn } from './read-columns.ts';
import {
  checkSentence,
  type Known,
  readCategories,
  readEncodings,
  readFeatures,
  readParameters,
  readRules,
  readWindows,
} from './read-features.ts';
import { readReviewPolicy } from './read-review-policy.ts';

const EMPTY: ReadonlyMap<string, unknown> = new Map();

export function parsePack(yaml: string, file: string): Pack {
  const document = new PackDocument(yaml, file);
  const fields = readFields(document, [], document.root, PACK, ['domain', 'columns']);
  const parameters = readParameters(document, fields.parameters ?? EMPTY);
  const read = fields.columns === undefined ? [] : readColumns(document, fields.columns);
  const { record: keys, columns: delivered, derived } = readRecordKeys(document, fields.record, read);
  const based = withBaseColumns(document, delivered, keys, fields.base_currency ?? null);
  const { record, columns } = withDerivedLabel(
    { document, columns: based, record: keys, parameters },
    derived,
  );
  const pack = readRest({ document, columns, record, parameters }, fields);
  checkTogether(document, pack);
  document.throwProblems();
  return { ...pack, source: yaml, hash: createHash('sha256').update(yaml).digest('hex') };
}

type Draft = Omit<Pack, 'source' | 'hash'>;

function readRest(known: Known, fields: Fields<typeof PACK>): Draft {
  const windows = readWindows(known, fields.windows ?? EMPTY);
  const features = readFeatures(known, windows, fields.features ?? EMPTY);
  const names = features.map(({ name }) => name);
  const domain = fields.domain ?? '';
  return {
    domain,
    version: fields.version ?? 1,
    title: fields.title ?? domain,
    header: fields.header ?? null,
    baseCurrency: fields.base_currency ?? null,
    record: known.record,
    columns: known.columns,
    parameters: known.parameters,
    windows,
    features,
    categories: readCategories(known, fields.categories ?? []),
    encodings: readEncodings(known, fields.encodings ?? EMPTY),
    rules: readRules(known, windows, names, fields.rules ?? []),
    threshold: readThreshold(known, fields.threshold),
    segments: readSegments(known, fields.segments ?? []),
    facts: readFacts(known, fields.facts ?? []),
    acceptance: readAcceptance(known.document, fields.acceptance ?? EMPTY),
    review: fields.review === undefined ? null : readReviewPolicy(known.document, fields.review),
  };
}

function readFacts(known: Known, facts: readonly string[]): readonly string[] {
  const names = known.columns.map(({ name }) => name);
  facts.forEach((name, index) => {
    reportUnknownColumn(known.document, ['facts', index], name, names);
  });
  return facts;
}

function readSegments(known: Known, segments: readonly string[]): readonly string[] {
  const names = known.columns.map(({ name }) => name);
  segments.forEach((name, index) => {
    reportUnknownColumn(known.document, ['segments', index], name, names);
    if (known.columns.some((column) => column.name === name && column.outcome))
      known.document.report(
        ['segments', index],
        `found ${showValue(name)}, which is an outcome: known only after the verdict, it distinguishes records by it`,
      );
  });
  return segments;
}

function readAcceptance(document: PackDocument, value: ReadonlyMap<string, unknown>): Acceptance {
  const fields = readFields(document, ['acceptance'], value, ACCEPTANCE, []);
  const { min_labels: minLabels = 200, min_positives: minPositives = 20 } = fields;
  if (minPositives >= minLabels) {
    document.report(
      ['acceptance', fields.min_positives === undefined ? 'min_labels' : 'min_positives'],
      `found min_positives ${minPositives} of min_labels ${minLabels}, expected fewer positives than labels`,
    );
  }
  return {
    minLabels,
    minPositives,
    // Packs written before `max_loss` meant both by the other.
    maxLoss: fields.max_loss ?? (fields.max_segment_loss || 0.05),
    maxRecallLoss: fields.max_recall_loss ?? 0.1,
    maxFlagGrowth: fields.max_flag_growth ?? 1.5,
    maxSegmentLoss: fields.max_segment_loss ?? 0.05,
    recallFloor: fields.recall_floor ?? null,
    metric: fields.metric ?? 'pr_auc',
  };
}

function readThreshold(known: Known, value: unknown): ThresholdPolicy {
  if (value === undefined) return { policy: 'max_f1' };
  const { document, record } = known;
  const { policy, recall, per_day } = readFields(document, ['threshold'], value, THRESHOLD, ['policy']);
  const belongs = { max_f1: null, min_recall: 'recall', capacity: 'per_day' }[policy ?? 'max_f1'];
  for (const key of ['recall', 'per_day']) {
    const given = document.at(['threshold', key]) !== undefined;
    if (policy === undefined || given === (key === belongs)) continue;
    if (given)
      document.report(
        ['threshold', key],
        `found with policy ${policy}, expected it with ${key === 'recall' ? 'min_recall' : 'capacity'} only`,
      );
    else document.report(['threshold'], `found no ${key}, expected one with policy ${policy}`);
  }
  if (policy === 'capacity' && record.time === null) {
    document.report(
      ['threshold', 'policy'],
      'found capacity, but record.time is not given: a capacity per day needs days',
    );
  }
  const timeType = known.columns.find(({ name }) => name === record.time)?.type.kind;
  if (policy === 'capacity' && timeType === 'integer') {
    document.report(
      ['threshold', 'policy'],
      `found capacity, but the time ${showValue(record.time)} is an integer: a capacity per day needs dates`,
    );
  }
  if (policy === 'min_recall') return { policy, recall: recall ?? 1 };
  return policy === 'capacity' ? { policy, perDay: per_day ?? 1 } : { policy: 'max_f1' };
}

/** What concerns several parts at once: sources of contributions must have names of their own, sentences known names. */
function checkTogether(document: PackDocument, pack: Draft): void {
  const { features, categories, encodings, rules } = pack;
  if (features.length + categories.length + encodings.length === 0) {
    document.report([], 'found no features, categories or encodings, expected at least one of them');
  }
  const sources = new Map<string, string>(features.map(({ name }) => [name, 'feature']));
  categories.forEach(({ column }, index) => {
    const at = Array.isArray(document.at(['categories'])) ? index : column;
    if (sources.has(column))
      document.report(
        ['categories', at],
        `${showValue(column)} is a feature already, expected it in one place`,
      );
    sources.set(column, 'category');
  });
  for (const { name } of encodings) {
    const clash =
      sources.get(name) ?? (pack.columns.some((column) => column.name === name) ? 'column' : undefined);
    if (clash !== undefined)
      document.report(['encodings', name], `has the name of a ${clash}, expected a name of its own`);
  }
  const withheld = new Set(pack.columns.filter(({ pii }) => pii).map(({ name }) => name));
  reportPersonalData(document, pack, withheld);
  for (const { name, outcome } of pack.columns) if (outcome) withheld.add(name);
  if (pack.record.label !== null) withheld.add(pack.record.label);
  reportComparedTexts({ document, ...pack });
  checkSentences(document, pack, [
    ...pack.columns.map(({ name }) => name).filter((name) => !withheld.has(name)),
    ...features.map(({ name }) => name),
    ...(pack.baseCurrency === null ? [] : ['base_currency']),
    ...Object.keys(pack.parameters).flatMap((name) => [name, `$${name}`]),
  ]);
  for (const [index, rule] of rules.entries()) {
    if (/[\s,|;]/.test(rule.id))
      document.report(
        ['rules', index, 'id'],
        `found ${showValue(rule.id)}, expected an id without blanks and , ; |`,
      );
  }
}

/** Personal data may be read and delivered, but what is learned, put into sentences and broken down by is stored and shown. */
function reportPersonalData(document: PackDocument, pack: Draft, personal: ReadonlySet<string>): void {
  const uses = [
    ...pack.categories.map(({ column }) => ({ key: 'categories', column })),
    ...pack.segments.map((column) => ({ key: 'segments', column })),
    ...pack.encodings.flatMap(({ of }) => of.map((column) => ({ key: 'encodings', column }))),
  ];
  for (const { key, column } of uses) {
    if (!personal.has(column)) continue;
    document.report(
      [key],
      `found ${showValue(column)}, which is pii: its values would stand in the model card`,
    );
  }
}

function checkSentences(document: PackDocument, pack: Draft, names: readonly string[]): void {
  const withValue = ['value', 'usual', ...names];
  for (const { name, words } of pack.features)
    checkSentence(document, ['features', name, 'words'], words, withValue);
  for (const { column, words } of pack.categories)
    checkSentence(document, ['categories', column, 'words'], words, withValue);
  for (const { name, words } of pack.encodings)
    checkSentence(document, ['encodings', name, 'words'], words, withValue);
  pack.rules.forEach(({ because }, index) => {
    checkSentence(document, ['rules', index, 'because'], because, names);
  });
}
