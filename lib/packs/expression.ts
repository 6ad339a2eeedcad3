/**
 * Reads an SQL expression of a pack as pieces: SQL text, and between it the columns, features and window aggregates that it refers
 * to, for the one who builds the query to put names to. Names, functions, parameters and windows are all checked here; whether the
 * types fit is DuckDB's to say.
 */
import {
  ALLOWED_FUNCTIONS,
  ALLOWED_TYPES,
  KEYWORDS,
  WINDOW_FUNCTIONS,
  type WindowFunction,
} from './expression-functions.ts';
import { ExpressionProblem, type Token } from './expression-tokens.ts';
import { didYouMean } from './nearest-word.ts';
import type { Parameter } from './pack.ts';
import { GROWING_FUNCTIONS, MAX_GROWN_INPUT, tokenizeWithin } from './pack-limits.ts';

export type Piece = string | Reference | WindowUse;

export interface Reference {
  readonly kind: 'column' | 'feature';
  /** As the pack spells it. */
  readonly name: string;
}

/** `count(distinct x) filter (where y) over w` */
export interface WindowUse {
  readonly kind: 'window';
  readonly call: WindowFunction;
  readonly distinct: boolean;
  /** null: `count(*)`. */
  readonly argument: readonly Piece[] | null;
  readonly filter: readonly Piece[] | null;
  readonly window: string;
  /** Whether the label or an outcome is looked at: then only earlier records count. */
  readonly usesLabel: boolean;
}

export interface Scope {
  readonly columns: readonly string[];
  readonly label: string | null;
  /** Columns that are known only later, and the windows that see records only after a delay. */
  readonly outcomes?: readonly string[];
  readonly delayedWindows?: readonly string[];
  /** Windows that see records before their labels are known. */
  readonly earlyWindows?: readonly string[];
  readonly features: readonly string[];
  /** Features that stand further down in the pack: known, but not to be used. */
  readonly laterFeatures: readonly string[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly windows: readonly string[];
}

/** Throws an `ExpressionProblem`. */
export function parseExpression(text: string, scope: Scope): Piece[] {
  const tokens = tokenizeWithin(text, scope.parameters);
  if (tokens.length === 0) throw new ExpressionProblem('found nothing, expected an SQL expression');
  return new ExpressionParser(tokens, scope).all();
}

/** Every column, feature and window aggregate of an expression, those inside aggregates included. */
export function* referencesOf(pieces: readonly Piece[]): Generator<Reference> {
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    if (piece.kind !== 'window') yield piece;
    else yield* referencesOf([...(piece.argument ?? []), ...(piece.filter ?? [])]);
  }
}

class ExpressionParser {
  readonly #tokens: readonly Token[];
  readonly #scope: Scope;
  #at = 0;
  #inWindow = false;
  /** How many functions that can multiply a text are open. */
  #growing = 0;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  all(): Piece[] {
    const pieces = this.#sequence(false);
    if (this.#at < this.#tokens.length) throw new ExpressionProblem('found ")" without its "("');
    return pieces;
  }

  /** Up to the closing parenthesis that is not this sequence's own, or the end. */
  #sequence(commas: boolean): Piece[] {
    const pieces: Piece[] = [];
    while (this.#at < this.#tokens.length && !this.#isSymbol(')')) {
      if (this.#isSymbol(',') && !commas) throw new ExpressionProblem('found ",", expected one expression');
      pieces.push(...this.#next());
    }
    if (pieces.length === 0 && !commas)
      throw new ExpressionProblem('found nothing, expected an SQL expression');
    return pieces;
  }

  #next(): Piece[] {
    const token = this.#tokens[this.#at++]!;
    switch (token.kind) {
      case 'number':
        return [token.text];
      case 'text':
        return [literal(token.text)];
      case 'parameter':
        return [this.#parameter(token.text)];
      case 'name':
        return this.#bounded(this.#reference(token.text));
      case 'word':
        return this.#word(token.text);
      case 'symbol':
        if (token.text === '(') return ['(', ...this.#closed(true)];
        return token.text === '::' ? ['::', this.#type()] : [token.text];
    }
  }

  /** The rest of a group whose `(` was just taken, its `)` included. */
  #closed(commas: boolean): Piece[] {
    const pieces = this.#sequence(commas);
    this.#expect(')');
    return [...pieces, ')'];
  }

  #word(written: string): Piece[] {
    const word = written.toLowerCase();
    const next = this.#tokens[this.#at];
    if (word === 'in' && next?.kind === 'parameter') return ['IN', this.#list()];
    if (word === 'is' && this.#skipWords('not', 'distinct', 'from')) return ['IS NOT DISTINCT FROM'];
    if (word === 'is' && this.#skipWords('distinct', 'from')) return ['IS DISTINCT FROM'];
    if (KEYWORDS.has(word)) return [word.toUpperCase()];
    if (this.#isSymbol('(')) return this.#call(word);
    if (next?.kind === 'text' && /^(date|time|timestamp)$/.test(word)) return [word.toUpperCase()];
    if (word === 'interval' && (next?.kind === 'text' || next?.kind === 'number')) return this.#interval();
    return this.#bounded(this.#reference(written));
  }

  /** What a function that can multiply a text is given: nothing of a length that no expression could foresee. */
  #bounded(piece: Reference | WindowUse): Piece[] {
    if (this.#growing === 0) return [piece];
    return ['(CASE WHEN length(CAST(', piece, `AS VARCHAR)) <= ${MAX_GROWN_INPUT} THEN`, piece, 'END)'];
  }

  #call(name: string): Piece[] {
    this.#at++;
    if ((WINDOW_FUNCTIONS as readonly string[]).includes(name))
      return this.#bounded(this.#windowUse(name as WindowFunction));
    if (name === 'extract') return this.#extract();
    if (name === 'cast' || name === 'try_cast') return this.#cast();
    if (name === 'select' || name === 'exists')
      throw new ExpressionProblem('found a subquery, expected an expression over one record');
    if (!ALLOWED_FUNCTIONS.has(name)) {
      const known = [...ALLOWED_FUNCTIONS, ...WINDOW_FUNCTIONS];
      throw new ExpressionProblem(
        `${name}() is not a function that a pack may call${didYouMean(name, known)}`,
      );
    }
    const grows = GROWING_FUNCTIONS.has(name) ? 1 : 0;
    this.#growing += grows;
    const pieces = [`${name}(`, ...this.#closed(true)];
    this.#growing -= grows;
    this.#refuseOver(name);
    return pieces;
  }

  #windowUse(call: WindowFunction): WindowUse {
    if (this.#inWindow) {
      throw new ExpressionProblem(
        `found ${call}(…) inside another aggregate: make it a feature of its own first`,
      );
    }
    this.#inWindow = true;
    const distinct = this.#skipWords('distinct');
    if (distinct && call !== 'count')
      throw new ExpressionProblem(`found ${call}(distinct …), expected distinct in count only`);
    const star = call === 'count' && !distinct && this.#isSymbol('*');
    if (star) this.#at++;
    const argument = star ? null : this.#sequence(false);
    this.#expect(')');
    const filter = this.#filter();
    this.#inWindow = false;
    const window = this.#window(call);
    const { label, outcomes = [], delayedWindows = [], earlyWindows = [] } = this.#scope;
    const looked = [...referencesOf([...(argument ?? []), ...(filter ?? [])])];
    const names = looked.filter(({ kind }) => kind === 'column').map(({ name }) => name);
    const outcome = names.find((name) => outcomes.includes(name));
    if (outcome !== undefined && !delayedWindows.includes(window)) {
      throw new ExpressionProblem(
        `${outcome} is an outcome, which is known only later: give the window ${window} a delay, after which it is known`,
      );
    }
    if (names.some((name) => name === label) && earlyWindows.includes(window)) {
      throw new ExpressionProblem(
        `${label} is known only later (record.label.delay): give the window ${window} a delay of at least that`,
      );
    }
    const usesLabel = outcome !== undefined || names.some((name) => name === label);
    return { kind: 'window', call, distinct, argument, filter, window, usesLabel };
  }

  #filter(): Piece[] | null {
    if (!this.#skipWords('filter')) return null;
    this.#expect('(');
    if (!this.#skipWords('where'))
      throw new ExpressionProblem('found filter without where, expected filter (where …)');
    const condition = this.#sequence(false);
    this.#expect(')');
    return condition;
  }

  #window(call: WindowFunction): string {
    const { windows } = this.#scope;
    const example = `${call}(…) over ${windows[0] ?? 'day'}`;
    if (!this.#skipWords('over')) {
      throw new ExpressionProblem(`${call}(…) needs a window after it, as ${example}`);
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) {
      throw new ExpressionProblem(
        `over is not followed by the name of a window, expected one as in ${example}`,
      );
    }
    const window = windows.find((name) => name.toLowerCase() === token.text.toLowerCase());
    if (window !== undefined) return window;
    const known = windows.length === 0 ? 'the pack has none' : `expected one of ${windows.join(', ')}`;
    throw new ExpressionProblem(`${token.text} is not a window, ${known}${didYouMean(token.text, windows)}`);
  }

  #extract(): Piece[] {
    const unit = this.#tokens[this.#at++];
    if (unit?.kind !== 'word' || !this.#skipWords('from')) {
      throw new ExpressionProblem('expected extract(unit from …), as extract(hour from timestamp)');
    }
    return [`extract(${unit.text} FROM`, ...this.#closed(false)];
  }

  /** A cast that fails gives a missing value: one absurd record must not fail the others. */
  #cast(): Piece[] {
    const pieces: Piece[] = ['TRY_CAST('];
    while (!this.#isWord('as')) {
      if (this.#at >= this.#tokens.length || this.#isSymbol(')')) {
        throw new ExpressionProblem('expected cast(… as type), as cast(code as integer)');
      }
      pieces.push(...this.#next());
    }
    this.#at++;
    pieces.push('AS', this.#type());
    this.#expect(')');
    return [...pieces, ')'];
  }

  #type(): string {
    const token = this.#tokens[this.#at++];
    const name = token?.kind === 'word' ? token.text.toLowerCase() : '';
    if (!ALLOWED_TYPES.has(name)) {
      throw new ExpressionProblem(
        `"${token?.text ?? ''}" is not a type to cast to${didYouMean(name, ALLOWED_TYPES)}`,
      );
    }
    if (!this.#isSymbol('(')) return name.toUpperCase();
    this.#at++;
    const sizes = this.#closed(true);
    if (sizes.some((piece) => typeof piece !== 'string'))
      throw new ExpressionProblem(`expected ${name}(p,s) with whole numbers`);
    return `${name.toUpperCase()}(${sizes.join('')}`;
  }

  #interval(): Piece[] {
    const amount = this.#tokens[this.#at++]!;
    if (amount.kind === 'text') return [`INTERVAL ${literal(amount.text)}`];
    const unit = this.#tokens[this.#at++];
    if (unit?.kind !== 'word' || !/^(second|minute|hour|day|week|month|year)s?$/i.test(unit.text)) {
      throw new ExpressionProblem(
        `expected a unit after interval ${amount.text}, as interval ${amount.text} days`,
      );
    }
    return [`INTERVAL ${amount.text} ${unit.text}`];
  }

  #parameterValue(name: string): Parameter {
    const { parameters } = this.#scope;
    if (Object.hasOwn(parameters, name)) return parameters[name]!;
    const names = Object.keys(parameters);
    const known =
      names.length === 0 ? 'the pack has none' : `expected one of ${names.map((n) => `$${n}`).join(', ')}`;
    throw new ExpressionProblem(`$${name} is not a parameter, ${known}${didYouMean(name, names)}`);
  }

  #parameter(name: string): string {
    const value = this.#parameterValue(name);
    if (Array.isArray(value))
      throw new ExpressionProblem(`$${name} is a list, expected it after in, as x in $${name}`);
    return literal(value as Exclude<Parameter, readonly unknown[]>);
  }

  #list(): string {
    const name = this.#tokens[this.#at++]!.text;
    const value = this.#parameterValue(name);
    const items = Array.isArray(value) ? value : [value];
    return `(${items.map(literal).join(', ')})`;
  }

  #reference(written: string): Reference {
    const { columns, features, laterFeatures, label, outcomes = [] } = this.#scope;
    const column = sameName(written, columns);
    if (column !== undefined) {
      if (column === label && !this.#inWindow) {
        throw new ExpressionProblem(
          `${column} is the label, and a record may not know its own: use it inside a window's aggregate only, as avg(${column}) over …`,
        );
      }
      if (outcomes.includes(column) && !this.#inWindow) {
        throw new ExpressionProblem(
          `${column} is an outcome, and not known when a record is scored: use it inside an aggregate over a window with a delay only`,
        );
      }
      return { kind: 'column', name: column };
    }
    const feature = sameName(written, features);
    if (feature !== undefined) return { kind: 'feature', name: feature };
    throw new ExpressionProblem(this.#unknownName(written, sameName(written, laterFeatures) !== undefined));
  }

  #unknownName(written: string, later: boolean): string {
    const word = written.toLowerCase();
    if (later) return `${written} is defined further down: a feature may use only those above it`;
    if (/^(select|from|with|values|table)$/.test(word))
      return `found ${word}, expected an expression over one record: no queries`;
    if (word === 'over' || word === 'filter') {
      return `found ${word}, which may follow only ${WINDOW_FUNCTIONS.join(', ')}`;
    }
    const { columns, features, parameters } = this.#scope;
    if (Object.hasOwn(parameters, written)) return `${written} is a parameter: write $${written}`;
    const near = didYouMean(written, [...columns, ...features]);
    const hint = near === '' ? '; a text is written in single quotes' : near;
    return `${written} is neither a column nor a feature of this pack${hint}`;
  }

  #refuseOver(name: string): void {
    if (this.#isWord('over')) {
      throw new ExpressionProblem(
        `${name}() cannot be asked of a window, expected ${WINDOW_FUNCTIONS.join(', ')}`,
      );
    }
  }

  #isSymbol(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'symbol' && token.text === text;
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === 'word' && token.text.toLowerCase() === word;
  }

  /** Takes the words if they all come next. */
  #skipWords(...words: string[]): boolean {
    if (!words.every((word, ahead) => this.#isWord(word, ahead))) return false;
    this.#at += words.length;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#isSymbol(symbol)) {
      const found = this.#tokens[this.#at]?.text;
      throw new ExpressionProblem(
        `expected "${symbol}", found ${found === undefined ? 'the end' : `"${found}"`}`,
      );
    }
    this.#at++;
  }
}

function sameName(written: string, names: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  return names.find((name) => name === written) ?? names.find((name) => name.toLowerCase() === lower);
}

function literal(value: string | number | boolean): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'number' && value < 0 ? `(${value})` : String(value).toUpperCase();
}
