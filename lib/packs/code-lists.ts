/** Columns that hold codes of a list: their values are codes, so what a pack compares them with must be codes too. */
import { findCountry } from './country.ts';
import { findCurrency } from './currency.ts';
import { ExpressionProblem, type Token, tokenize } from './expression-tokens.ts';
import type { CodeList, Column, Feature, Parameter, Rule } from './pack.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';

interface ListWords {
  readonly one: string;
  readonly plural: string;
  readonly find: (text: string) => string | null;
}

export const CODE_LISTS: Readonly<Record<CodeList, ListWords>> = {
  country: { one: 'an ISO 3166-1 alpha-2 country code', plural: 'countries', find: findCountry },
  currency: { one: 'an ISO 4217 currency code', plural: 'currencies', find: findCurrency },
};

/** Says what is wrong with a text that must be a code; null: it is one. */
export function codeProblem(list: CodeList, text: string): string | null {
  const { one, find } = CODE_LISTS[list];
  const code = find(text);
  if (code === text) return null;
  return `found ${showValue(text)}, expected ${one}${code === null ? '' : `: ${code}`}`;
}

interface Compared {
  readonly document: PackDocument;
  readonly columns: readonly Column[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly features: readonly Feature[];
  readonly rules: readonly Rule[];
}

/** Every text that an expression compares a code column with: a name instead of a code would be equal to no value. */
export function reportComparedTexts({ document, columns, parameters, features, rules }: Compared): void {
  const lists = new Map(
    columns.flatMap(({ name, codes }) => (codes === null ? [] : [[name, codes] as const])),
  );
  if (lists.size === 0) return;
  const reported = new Set<string>();
  const check = (path: Path, expression: string): void => {
    for (const { list, token } of comparedTokens(expression, lists)) {
      const texts = token.kind === 'parameter' ? [parameters[token.text] ?? []].flat() : [token.text];
      const at: Path = token.kind === 'parameter' ? ['parameters', token.text] : path;
      for (const text of texts) {
        const problem = codeProblem(list, String(text));
        const message = `${at.join('.')}: ${problem}`;
        if (problem === null || reported.has(message)) continue;
        reported.add(message);
        document.report(at, problem);
      }
    }
  };
  for (const { name, is } of features) check(['features', name, 'is'], is);
  rules.forEach(({ when }, index) => {
    check(['rules', index, 'when'], when);
  });
}

interface ComparedToken {
  readonly list: CodeList;
  readonly token: Token;
}

const EQUALS = ['=', '==', '<>', '!='];

/** `column = 'x'`, `'x' = column`, `column in ('x', …)`, `column not in $names`. */
function* comparedTokens(expression: string, lists: ReadonlyMap<string, CodeList>): Generator<ComparedToken> {
  const tokens = tokensOf(expression);
  for (const [at, { kind, text }] of tokens.entries()) {
    const list = kind === 'word' || kind === 'name' ? lists.get(text) : undefined;
    if (list === undefined) continue;
    if (EQUALS.includes(tokens[at - 1]?.text ?? '')) yield* ofKind(list, tokens[at - 2]);
    let next = at + 1;
    if (tokens[next]?.text.toLowerCase() === 'not') next++;
    const operator = tokens[next]?.text.toLowerCase() ?? '';
    if (EQUALS.includes(operator)) yield* ofKind(list, tokens[next + 1]);
    if (operator !== 'in') continue;
    if (tokens[next + 1]?.text !== '(') yield* ofKind(list, tokens[next + 1]);
    for (let item = next + 2; tokens[next + 1]?.text === '(' && item < tokens.length; item++) {
      if (tokens[item]!.text === ')' && tokens[item]!.kind === 'symbol') break;
      yield* ofKind(list, tokens[item]);
    }
  }
}

function* ofKind(list: CodeList, token: Token | undefined): Generator<ComparedToken> {
  if (token?.kind === 'text' || token?.kind === 'parameter') yield { list, token };
}

/** What cannot be read is reported where expressions are parsed. */
function tokensOf(expression: string): readonly Token[] {
  try {
    return tokenize(expression);
  } catch (error) {
    if (error instanceof ExpressionProblem) return [];
    throw error;
  }
}
