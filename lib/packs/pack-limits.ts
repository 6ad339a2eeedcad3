/**
 * How large a pack may be. A pack can come from anyone and is read by functions of fixed memory and time, so whatever grows with
 * it has a bound here; each is far above what a pack written by people needs.
 */
import { KEYWORDS } from './expression-functions.ts';
import { ExpressionProblem, type Token, tokenize } from './expression-tokens.ts';
import type { Parameter } from './pack.ts';

export const MAX_PACK_BYTES = 256 * 1024;
/** Lists and maps inside each other, as YAML has them. */
export const MAX_YAML_DEPTH = 16;
export const MAX_NAME_CHARACTERS = 500;
export const MAX_TEXT_CHARACTERS = 4_000;
export const MAX_COLUMNS = 2_000;
export const MAX_PARAMETERS = 500;
export const MAX_LIST_ITEMS = 1_000;
export const MAX_WINDOWS = 200;
export const MAX_FEATURES = 1_000;
/** Features that refer to one another in a row. */
export const MAX_FEATURE_DEPTH = 100;
export const MAX_RULES = 500;
export const MAX_KEEP = 1_000;
/** Parentheses inside each other. */
const MAX_NESTING = 60;
const MAX_EXPRESSION_CHARACTERS = 10_000;
/** Of all expressions together, lists of parameters written out. */
export const MAX_EXPANDED_CHARACTERS = 4_000_000;
/** Characters of a column that a function that can multiply them sees; a longer text is missing there. */
export const MAX_GROWN_INPUT = 2_000;
/** Characters that such a function may make of a text. */
const MAX_GROWN_TEXT = 128_000;
const MAX_PLAIN_VALUE = 64;

/** Functions whose result, or whose work, may be many times as large as what they are given. */
export const GROWING_FUNCTIONS: ReadonlySet<string> = new Set(
  'replace regexp_replace levenshtein damerau_levenshtein jaccard jaro_similarity jaro_winkler_similarity'.split(
    ' ',
  ),
);

/** The tokens; an `ExpressionProblem` where evaluating them could take more memory or time than a record is worth. */
export function tokenizeWithin(expression: string, parameters: Readonly<Record<string, Parameter>>): Token[] {
  if (expression.length > MAX_EXPRESSION_CHARACTERS) {
    throw new ExpressionProblem(
      `found ${expression.length} characters, expected at most ${MAX_EXPRESSION_CHARACTERS}: make parts of it features of their own`,
    );
  }
  const tokens = tokenize(expression);
  let open = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'symbol') continue;
    open += text === '(' ? 1 : text === ')' ? -1 : 0;
    if (open > MAX_NESTING)
      throw new ExpressionProblem(
        `found more than ${MAX_NESTING} parentheses inside each other, expected fewer`,
      );
  }
  new LengthEstimate(tokens, parameters).check();
  return tokens;
}

/**
 * The most characters that any text in an expression can have, from its tokens alone: what stands side by side adds up, whatever
 * the operator between is.
 */
class LengthEstimate {
  readonly #tokens: readonly Token[];
  readonly #parameters: Readonly<Record<string, Parameter>>;
  #at = 0;

  constructor(tokens: readonly Token[], parameters: Readonly<Record<string, Parameter>>) {
    this.#tokens = tokens;
    this.#parameters = parameters;
  }

  check(): void {
    while (this.#at < this.#tokens.length) {
      this.#group();
      this.#at++;
    }
  }

  /** Up to the closing parenthesis, one length an argument. */
  #group(): number[] {
    const lengths = [0];
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at]!;
      if (token.kind === 'symbol' && token.text === ')') break;
      if (token.kind === 'symbol' && token.text === ',') lengths.push(0);
      else lengths[lengths.length - 1]! += this.#length(token);
    }
    return lengths;
  }

  #length({ kind, text }: Token): number {
    if (kind === 'text') return text.length;
    if (kind === 'parameter') return Math.max(MAX_PLAIN_VALUE, String(this.#parameters[text] ?? '').length);
    if (kind === 'number') return MAX_PLAIN_VALUE;
    if (kind === 'symbol') return text === '(' ? this.#arguments(this.#at).reduce((a, b) => a + b, 0) : 0;
    if (kind === 'word' && KEYWORDS.has(text.toLowerCase())) return 0;
    const next = this.#tokens[this.#at + 1];
    if (kind !== 'word' || next?.kind !== 'symbol' || next.text !== '(') return MAX_GROWN_INPUT;
    this.#at++;
    return this.#call(text.toLowerCase(), this.#at);
  }

  #arguments(open: number): number[] {
    this.#at = open + 1;
    return this.#group();
  }

  #call(name: string, open: number): number {
    const lengths = this.#arguments(open);
    const sum = lengths.reduce((a, b) => a + b, 0);
    const [first = 0, second = 0, third = 0] = lengths;
    if (name === 'left' || name === 'right') return Math.min(first, this.#numberBefore(this.#at) ?? first);
    if (name === 'replace') return this.#grown(name, first * Math.max(1, third));
    // Every place between two characters can match, and \0 puts the match in again.
    if (name === 'regexp_replace') return this.#grown(name, first + (first + 1) * third);
    return name === 'strftime' ? MAX_PLAIN_VALUE * (1 + second) : sum;
  }

  /** The number that is the whole last argument of a call that closes at `close`. */
  #numberBefore(close: number): number | null {
    const [comma, number] = [this.#tokens[close - 2], this.#tokens[close - 1]];
    return comma?.text === ',' && number?.kind === 'number' ? Number(number.text) : null;
  }

  #grown(name: string, length: number): number {
    if (length <= MAX_GROWN_TEXT) return length;
    throw new ExpressionProblem(
      `${name}(…) could make a text of ${length.toExponential(1)} characters, expected at most ${MAX_GROWN_TEXT}: replace by something shorter, or shorten first with left(x, 100)`,
    );
  }
}
