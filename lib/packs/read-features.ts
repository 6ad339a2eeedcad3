/** The `windows`, `features`, `categories`, `encodings` and `rules` of a pack: read, and checked against its columns. */

import { InputError } from '../errors.ts';
import { parseDuration, timeUnit } from './duration.ts';
import { type Piece, parseExpression, referencesOf, type Scope } from './expression.ts';
import { KEYWORDS } from './expression-functions.ts';
import { ExpressionProblem } from './expression-tokens.ts';
import { didYouMean } from './nearest-word.ts';
import type {
  Category,
  Column,
  Encoding,
  Feature,
  Parameter,
  ReasonPlace,
  RecordKeys,
  Rule,
  Window,
} from './pack.ts';
import { type PackDocument, type Path, showPath, showValue } from './pack-document.ts';
import { MAX_FEATURE_DEPTH } from './pack-limits.ts';
import {
  CATEGORY,
  ENCODING,
  FEATURE,
  PARAMETER,
  RULE,
  readField,
  readFields,
  WINDOW,
} from './pack-schema.ts';
import { reportFloatingKey, reportUnknownColumn } from './read-columns.ts';
import { templateNames } from './template.ts';

const DEFAULT_KEEP = 20;
/** Characters of an expression that a message quotes. */
const MAX_SHOWN = 200;
const DEFAULT_SMOOTHING = 20;

/** What the later parts of a pack may refer to. */
export interface Known {
  readonly document: PackDocument;
  readonly columns: readonly Column[];
  readonly record: RecordKeys;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

export function readParameters(
  document: PackDocument,
  value: ReadonlyMap<string, unknown>,
): Record<string, Parameter> {
  const parameters: Record<string, Parameter> = {};
  for (const [name, item] of value) {
    const path = ['parameters', name];
    reportPlainName(document, path, name);
    const parameter = readField(document, path, item, PARAMETER);
    parameters[name] = (parameter as Parameter | undefined) ?? 0;
  }
  return parameters;
}

export function readWindows(known: Known, value: ReadonlyMap<string, unknown>): Window[] {
  const { document, record } = known;
  if (value.size > 0 && record.time === null) {
    document.report(
      ['windows'],
      'found windows, but record.time is not given: a window needs the time of a record',
    );
  }
  return [...value].map(([name, item]) => {
    const path = ['windows', name];
    reportPlainName(document, path, name);
    const full = item instanceof Map ? item : new Map([['over', item]]);
    const fields = readFields(document, path, full, WINDOW, ['over']);
    const by = fields.by ?? (record.entity === null ? [] : [record.entity]);
    if (fields.by === undefined && record.entity === null) {
      document.report(path, 'found no by, expected one, since record.entity is not given');
    }
    for (const column of fields.by ?? []) {
      reportKeyColumn(known, [...path, 'by'], column);
      reportFloatingKey(document, [...path, 'by'], column, known.columns);
    }
    const at = item instanceof Map ? (key: string) => [...path, key] : () => path;
    return {
      name,
      by,
      over: readOver(known, at('over'), fields.over),
      delay: readDelay(known, at('delay'), fields.delay),
    };
  });
}

function readOver(known: Known, path: Path, value: unknown): number | null {
  return value === undefined || value === 'all' ? null : readLength(known, path, value, ', or all');
}

function readDelay(known: Known, path: Path, value: unknown): number {
  return value === undefined ? 0 : readLength(known, path, value, '');
}

function readLength(known: Known, path: Path, value: unknown, or: string): number {
  const { columns, record } = known;
  const duration = parseDuration(value, timeUnit(columns.find(({ name }) => name === record.time)));
  if ('length' in duration) return duration.length;
  known.document.report(path, `found ${showValue(value)}, ${duration.problem}${or}`);
  return 0;
}

function reportKeyColumn(known: Known, path: Path, column: string): void {
  reportUnknownColumn(
    known.document,
    path,
    column,
    known.columns.map(({ name }) => name),
  );
  if (column === known.record.label)
    known.document.report(path, `${column} is the label, expected another column`);
  if (known.columns.some(({ name, outcome }) => name === column && outcome))
    known.document.report(path, `${column} is an outcome and may be no input, expected another column`);
}

export function readFeatures(
  known: Known,
  windows: readonly Window[],
  value: ReadonlyMap<string, unknown>,
): Feature[] {
  const names = [...value.keys()];
  const depths = new Map<string, number>();
  return [...value].map(([name, item], index) => {
    const path = ['features', name];
    const full = item instanceof Map ? item : new Map([['is', item]]);
    const fields = readFields(known.document, path, full, FEATURE, ['is']);
    const is = fields.is ?? 'null';
    reportFeatureName(known, names, name, is);
    const scope = scopeOf(known, windows, names.slice(0, index), names.slice(index));
    const at = item instanceof Map ? [...path, 'is'] : path;
    const pieces = checkExpression(known.document, at, is, scope);
    reportPersonalInput(known, at, pieces);
    const depth = depthOf(pieces, depths);
    depths.set(name, depth);
    if (depth === MAX_FEATURE_DEPTH + 1)
      known.document.report(
        at,
        `stands on ${depth} features one above another, expected at most ${MAX_FEATURE_DEPTH}`,
      );
    if (fields.usual !== undefined) {
      const upTo = scopeOf(known, windows, names.slice(0, index + 1), names.slice(index + 1));
      const usualAt = [...path, 'usual'];
      reportPersonalInput(known, usualAt, checkExpression(known.document, usualAt, fields.usual, upTo));
    }
    return {
      name,
      is,
      words: fields.words ?? null,
      usual: fields.usual ?? null,
      format: fields.format ?? 'number',
      impute: fields.impute ?? null,
      monotone: fields.monotone ?? null,
      shown: placeOf(fields),
      line: known.document.lineOf(at),
    };
  });
}

/** A feature may bear a column's name only where it is that column: then the name means one thing everywhere. */
function reportFeatureName(known: Known, names: readonly string[], name: string, is: string): void {
  const path = ['features', name];
  const lower = name.toLowerCase();
  const twin = names.find((other) => other !== name && other.toLowerCase() === lower);
  if (twin !== undefined)
    known.document.report(path, `differs from feature ${twin} by capitals only, expected names that differ`);
  if (/[{}]/.test(name) || name.trim() === '') known.document.report(path, 'expected a name without braces');
  const column = known.columns.find((other) => other.name.toLowerCase() === lower);
  const itself = is.trim() === name || is.trim() === `"${name.replaceAll('"', '""')}"`;
  if (column !== undefined && !(column.name === name && itself)) {
    known.document.report(
      path,
      `has the name of a column but is ${showValue(is)}, expected ${name} itself or another name`,
    );
  }
}

/**
 * What an expression may name: columns, parameters, windows, and the features before it; `laterFeatures` only help an error to
 * say why not.
 */
export function scopeOf(
  known: Pick<Known, 'columns' | 'record' | 'parameters'>,
  windows: readonly Window[],
  features: readonly string[],
  laterFeatures: readonly string[],
): Scope {
  return {
    columns: known.columns.map(({ name }) => name),
    label: known.record.label,
    outcomes: known.columns.filter(({ outcome }) => outcome).map(({ name }) => name),
    delayedWindows: windows.filter(({ delay }) => delay > 0).map(({ name }) => name),
    earlyWindows: windows.filter(({ delay }) => delay < known.record.labelDelay).map(({ name }) => name),
    parameters: known.parameters,
    windows: windows.map(({ name }) => name),
    features,
    laterFeatures,
  };
}

/**
 * A model learns values of its inputs: they would stand in its trees, its card and its explanations. A window may still go by a
 * column that is pii, and count its values.
 */
function reportPersonalInput({ document, columns }: Known, path: Path, pieces: readonly Piece[]): void {
  const shown = pieces.flatMap((piece) => {
    if (typeof piece === 'string' || piece.kind !== 'window') return [piece];
    return [...(piece.call === 'count' ? [] : (piece.argument ?? [])), ...(piece.filter ?? [])];
  });
  const used = new Set([...referencesOf(shown)].map(({ name }) => name));
  for (const { name, pii } of columns) {
    if (!pii || !used.has(name)) continue;
    document.report(
      path,
      `uses ${showValue(name)}, which is pii: its values would stand in the model and its explanations; expected other columns, or count(…) over a window`,
    );
  }
}

/** One more than the deepest feature that an expression refers to. */
function depthOf(pieces: readonly Piece[], depths: ReadonlyMap<string, number>): number {
  let depth = 0;
  for (const { kind, name } of referencesOf(pieces))
    if (kind === 'feature') depth = Math.max(depth, (depths.get(name) ?? 0) + 1);
  return depth;
}

/** Its pieces; none where it is wrong. */
/** Its pieces; what is wrong with it is reported, and leaves none. */
export function checkExpression(
  document: PackDocument,
  path: Path,
  text: string,
  scope: Scope,
): readonly Piece[] {
  try {
    const pieces = parseExpression(text, scope);
    document.addExpanded(path, lengthOf(pieces));
    return pieces;
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    document.report(
      path,
      `${error.message} (in ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text})`,
    );
    return [];
  }
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => {
    if (typeof piece === 'string') return sum + piece.length;
    if (piece.kind !== 'window') return sum + piece.name.length;
    return sum + lengthOf(piece.argument ?? []) + lengthOf(piece.filter ?? []);
  }, 0);
}

export function readCategories(
  known: Known,
  value: ReadonlyMap<string, unknown> | readonly string[],
): Category[] {
  const entries: [string, unknown, Path][] =
    value instanceof Map
      ? [...value].map(([column, item]) => [column, item, ['categories', column]])
      : (value as readonly string[]).map((column, index) => [column, new Map(), ['categories', index]]);
  const seen = new Set<string>();
  return entries.map(([column, item, path]) => {
    reportKeyColumn(known, path, column);
    if (seen.has(column)) known.document.report(path, `found ${column} a second time`);
    seen.add(column);
    const fields = readFields(known.document, path, item ?? new Map(), CATEGORY, []);
    return {
      column,
      keep: fields.keep ?? DEFAULT_KEEP,
      words: fields.words ?? null,
      shown: placeOf(fields),
    };
  });
}

export function readEncodings(known: Known, value: ReadonlyMap<string, unknown>): Encoding[] {
  const { document, record } = known;
  if (value.size > 0 && record.label === null) {
    document.report(
      ['encodings'],
      'found encodings, but record.label is not given: an encoding is a past rate of the label',
    );
  }
  return [...value].map(([name, item]) => {
    const path = ['encodings', name];
    const fields = readFields(document, path, item, ENCODING, ['of']);
    for (const column of fields.of ?? []) reportKeyColumn(known, [...path, 'of'], column);
    if (fields.delay !== undefined && record.time === null) {
      document.report([...path, 'delay'], 'found a delay, but record.time is not given');
    }
    return {
      name,
      of: fields.of ?? [],
      smoothing: fields.smoothing ?? DEFAULT_SMOOTHING,
      delay: readEncodingDelay(known, [...path, 'delay'], fields.delay),
      words: fields.words ?? null,
      shown: placeOf(fields),
    };
  });
}

function placeOf({ group, context }: { group?: string; context?: boolean }): ReasonPlace {
  return { group: group ?? null, context: context ?? false };
}

/** An encoding is made of labels: it waits for them as long as they take, or longer. */
function readEncodingDelay(known: Known, path: Path, value: unknown): number {
  const { labelDelay } = known.record;
  if (value === undefined) return labelDelay;
  const delay = readDelay(known, path, value);
  if (delay < labelDelay)
    known.document.report(
      path,
      `found ${showValue(value)}, expected at least record.label.delay, after which a label is known`,
    );
  return delay;
}

export function readRules(
  known: Known,
  windows: readonly Window[],
  features: readonly string[],
  value: readonly unknown[],
): Rule[] {
  const seen = new Set<string>();
  return value.map((item, index) => {
    const path = ['rules', index];
    const fields = readFields(known.document, path, item, RULE, ['id', 'when', 'because']);
    const id = fields.id ?? '';
    if (seen.has(id))
      known.document.report([...path, 'id'], `found ${showValue(id)} a second time, expected another id`);
    seen.add(id);
    const when = fields.when ?? 'false';
    checkExpression(known.document, [...path, 'when'], when, scopeOf(known, windows, features, []));
    return {
      id,
      when,
      because: fields.because ?? '',
      severity: fields.severity ?? 'medium',
      flag: fields.flag ?? null,
      line: known.document.lineOf([...path, 'when']),
    };
  });
}

/** Names in braces must be ones that have a value when the sentence is made. */
export function checkSentence(
  document: PackDocument,
  path: Path,
  sentence: string | null,
  names: readonly string[],
): void {
  for (const name of namesIn(document, path, sentence ?? '')) {
    if (names.includes(name)) continue;
    document.report(
      path,
      `found {${name}}, expected a column (neither pii, an outcome nor the label), feature or parameter of this pack${didYouMean(name, names)}`,
    );
  }
}

/** The names in a sentence; what is wrong with its form is reported. */
function namesIn(document: PackDocument, path: Path, sentence: string): readonly string[] {
  try {
    return templateNames(sentence);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    document.report(path, error.message);
    return [];
  }
}

/** Names that are written bare in expressions. */
function reportPlainName(document: PackDocument, path: Path, name: string): void {
  if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !KEYWORDS.has(name.toLowerCase())) return;
  document.report(
    path,
    `found the name ${showPath([name])}, expected letters, digits and _, and no word of SQL`,
  );
}
