/**
 * A reason in words: one English sentence of a template (or none) and the record's values, the same on every machine. A sentence
 * never fails for a value: what is missing is called missing.
 */

import type { ModelInput } from '../features/model-input.ts';
import { formatValue } from '../packs/format-value.ts';
import type { ValueFormat } from '../packs/pack.ts';
import type { Shown } from '../packs/shown-value.ts';
import { type Piece, type Place, parseTemplate } from '../packs/template.ts';

/** Columns, features and parameters by name, each as it is shown. A list is its items joined by ", ". */
export type Fields = Readonly<Record<string, Shown>>;
/** How a field reads; one that is not named reads as its type does. */
export type Formats = Readonly<Record<string, ValueFormat>>;

/** What a sentence about one source is made of. */
export interface Fact {
  readonly source: string;
  readonly kind: ModelInput['kind'];
  readonly value: Shown;
  /** What is usual for the entity, or in training; null: not known. */
  readonly usual: Shown;
  readonly format: ValueFormat;
  /** The pack's template; null: a plain sentence. */
  readonly words: string | null;
  /** For an encoding: the columns whose values it stands for. */
  readonly of?: readonly string[];
}

/** What a sentence names beside the record's fields, and before a field of that name. */
interface OwnFields {
  readonly value: Shown;
  readonly usual: Shown;
  readonly format: ValueFormat;
}

/**
 * The template with every place filled in. A clause after a semicolon that needs the usual value is left out where
 * that is not known: "12 payments in 24 hours; it usually makes {usual}" ends at the semicolon.
 */
export function renderWords(
  template: string,
  fields: Fields,
  formats: Formats = {},
  own: OwnFields | null = null,
): string {
  const { whole, withoutUsual } = parsed(template);
  const usual = own === null ? (fields.usual ?? null) : own.usual;
  let words = '';
  for (const piece of usual === null ? withoutUsual : whole)
    words += typeof piece === 'string' ? piece : fillPlace(piece, fields, formats, own);
  return words;
}

/** The sentence for one source: its template's if it has one and its value is there, else a plain one. */
export function describeFact(fact: Fact, fields: Fields, formats: Formats = {}): string {
  if (fact.words !== null && fact.value !== null) {
    return renderWords(fact.words, fields, formats, fact);
  }
  return plainSentence(fact, fields, formats);
}

function plainSentence(fact: Fact, fields: Fields, formats: Formats): string {
  const name = fact.source.replaceAll('_', ' ');
  const isYesNo = fact.format === 'yesno' || typeof fact.value === 'boolean';
  const format = isYesNo ? 'yesno' : fact.format;
  const value = formatValue(fact.value, format);
  const usual = fact.usual === null ? null : formatValue(fact.usual, format);
  if (fact.value === null) return `${name} is missing`;
  if (fact.kind === 'encoding') {
    const keys = (fact.of ?? []).map(
      (column) => `${column.replaceAll('_', ' ')} ${formatValue(fields[column] ?? null, formats[column])}`,
    );
    const subject = keys.length === 0 ? name : `past rate for ${keys.join(', ')}`;
    return usual === null ? `${subject} is ${value}` : `${subject} is ${value}; overall ${usual}`;
  }
  const sentence = isYesNo ? `${name}: ${value}` : `${name} is ${value}`;
  if (fact.kind === 'category' || usual === null) return sentence;
  if (usual === value) return `${sentence}, as usual`;
  return isYesNo ? `${sentence}; usually ${usual}` : `${sentence}; usual is ${usual}`;
}

function fillPlace(place: Place, fields: Fields, formats: Formats, own: OwnFields | null): string {
  const { name } = place;
  const isOwn = own !== null && (name === 'value' || name === 'usual');
  const value = isOwn ? own[name] : Object.hasOwn(fields, name) ? fields[name]! : null;
  const text = formatValue(value, place.format ?? (isOwn ? own.format : formats[name]));
  if (place.words === undefined) return text;
  return text === '1' ? place.words[0] : place.words[1];
}

/** Without the clauses (a semicolon opens one; the first stays) in which `name` stands. */
function dropClauses(pieces: readonly Piece[], name: string): readonly Piece[] {
  const cut = pieces.flatMap<Piece>((piece) => (typeof piece === 'string' ? piece.split(/(?=; )/) : piece));
  const clauses: Piece[][] = [[]];
  for (const piece of cut) {
    if (typeof piece === 'string' && piece.startsWith('; ')) clauses.push([piece]);
    else clauses.at(-1)!.push(piece);
  }
  const needs = (clause: readonly Piece[]) =>
    clause.some((piece) => typeof piece !== 'string' && piece.name === name);
  return clauses.filter((clause, index) => index === 0 || !needs(clause)).flat();
}

interface ParsedTemplate {
  readonly whole: readonly Piece[];
  /** Without the clauses that name what is usual. */
  readonly withoutUsual: readonly Piece[];
}

const parsedTemplates = new Map<string, ParsedTemplate>();

/** Templates are few and used for every flag: each is parsed once. */
function parsed(template: string): ParsedTemplate {
  let known = parsedTemplates.get(template);
  if (known === undefined) {
    const whole = parseTemplate(template);
    known = { whole, withoutUsual: dropClauses(whole, 'usual') };
    parsedTemplates.set(template, known);
  }
  return known;
}
