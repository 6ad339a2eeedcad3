/**
 * Reads the templates of a pack as literal pieces and named places.
 *
 *     {payments_day}              the value of a column, feature or parameter, in its own format
 *     {amount:money}              in another one: number, integer, money, percent, duration, yesno, text
 *     {value|payment|payments}    a word chosen by a number: the first one if it reads 1, else the second
 *     {{  }}                      the braces themselves
 */

import { InputError } from '../errors.ts';
import { VALUE_FORMATS } from './format-value.ts';
import type { ValueFormat } from './pack.ts';

export interface Place {
  readonly name: string;
  readonly format: ValueFormat | undefined;
  /** Words for one and for many, instead of the value. */
  readonly words: readonly [one: string, many: string] | undefined;
}

export type Piece = string | Place;

/** The names used in a template, each once, in order. Throws an InputError if the template is not well-formed. */
export function templateNames(template: string): string[] {
  const places = parseTemplate(template).filter((piece) => typeof piece !== 'string');
  return [...new Set(places.map((place) => place.name))];
}

/** Throws an InputError for braces that do not match, or a place that is none. */
export function parseTemplate(template: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of template.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    if (match.index > at) pieces.push(template.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] !== undefined) pieces.push(parsePlace(match[1], template));
    else if (match[0].length === 2) pieces.push(match[0].slice(1));
    else
      throw new InputError(
        `the words ${JSON.stringify(template)}: '${match[0]}' at ${match.index + 1} has no partner`,
      );
  }
  if (at < template.length) pieces.push(template.slice(at));
  return pieces;
}

function parsePlace(inside: string, template: string): Place {
  const wrong = (problem: string) =>
    new InputError(`the words ${JSON.stringify(template)}: {${inside}} ${problem}`);
  const [head = '', ...words] = inside.split('|');
  if (words.length === 1 || words.length > 2)
    throw wrong('needs two words, for one and for many: {name|payment|payments}');
  const colon = head.lastIndexOf(':');
  const suffix = head.slice(colon + 1).trim();
  const format = colon < 0 ? undefined : VALUE_FORMATS.find((known) => known === suffix);
  if (colon >= 0 && format === undefined) {
    throw wrong(`has no format '${suffix}'; there are ${VALUE_FORMATS.join(', ')}`);
  }
  const name = (colon < 0 ? head : head.slice(0, colon)).trim();
  if (name === '') throw wrong('names nothing');
  return { name, format, words: words.length === 2 ? [words[0]!, words[1]!] : undefined };
}
