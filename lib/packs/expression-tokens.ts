/** Cuts the text of an expression into tokens. Comments, statements and placeholders are refused here. */
export type Token =
  /** An unquoted word: a keyword, function, column, feature or unit. */
  | { readonly kind: 'word'; readonly text: string }
  /** A name in double quotes, unescaped. */
  | { readonly kind: 'name'; readonly text: string }
  /** A text in single quotes, unescaped. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  /** `$name`, without the dollar. */
  | { readonly kind: 'parameter'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

/** What is wrong with an expression; the caller, who knows where it stands, adds file, line and key. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
}

const TOKEN = new RegExp(
  [
    /(?<space>\s+)/,
    /(?<comment>--|\/\*)/,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*)/u,
    /"(?<name>(?:[^"]|"")+)"/,
    /'(?<text>(?:[^']|'')*)'/,
    /(?<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/,
    /\$(?<parameter>[\p{L}_][\p{L}\p{N}_]*)/u,
    /(?<symbol>::|\|\||<>|<=|>=|!=|==|\*\*|\/\/|[-+*/%^<>=(),])/,
  ]
    .map((part) => part.source)
    .join('|'),
  'uy',
);

export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const start = TOKEN.lastIndex;
    const groups = TOKEN.exec(expression)?.groups;
    if (groups === undefined) throw new ExpressionProblem(unreadable(expression.slice(start)));
    if (groups.comment !== undefined)
      throw new ExpressionProblem('found a comment, expected an expression alone');
    const token = toToken(groups);
    if (token !== null) tokens.push(token);
  }
  return tokens;
}

function toToken(groups: Record<string, string | undefined>): Token | null {
  if (groups.word !== undefined) return { kind: 'word', text: groups.word };
  if (groups.name !== undefined) return { kind: 'name', text: groups.name.replaceAll('""', '"') };
  if (groups.text !== undefined) return { kind: 'text', text: groups.text.replaceAll("''", "'") };
  if (groups.number !== undefined) return { kind: 'number', text: groups.number };
  if (groups.parameter !== undefined) return { kind: 'parameter', text: groups.parameter };
  return groups.symbol === undefined ? null : { kind: 'symbol', text: groups.symbol };
}

function unreadable(rest: string): string {
  if (rest.startsWith("'")) return `found a text that is not closed: ${rest.slice(0, 30)}`;
  if (rest.startsWith('"')) return `found a quoted name that is not closed: ${rest.slice(0, 30)}`;
  if (rest.startsWith(';')) return 'found ";", expected one expression and no statements';
  if (rest.startsWith('.'))
    return 'found ".", expected a plain name; a column whose name holds a dot is written in double quotes';
  return `found "${[...rest][0]}", which has no meaning in an expression`;
}
