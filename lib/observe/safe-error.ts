/**
 * An error as a log may hold it: its name, its message without what it quotes, and where it came from. What DuckDB, JSON.parse and
 * the intake say of a bad value quotes the value, and a value may be personal data.
 */

/** Longer messages than this have swallowed something. */
const longest = 300;
const QUOTE = /["'`“”‘’«»]/gu;

export interface SafeError {
  readonly name: string;
  readonly message: string;
  /** File, line and column that threw it; empty where unknown. A bundle is one line: `bin/trace.ts` finds the source by the column. */
  readonly at: string;
}

export function safeError(error: unknown): SafeError {
  if (!(error instanceof Error))
    return { name: 'Error', message: 'something was thrown that is no error', at: '' };
  return { name: error.name, message: safeText(error.message), at: thrownAt(error.stack) };
}

/**
 * The first line, without anything between its first quotation mark and its last. Quotations nest and are cut short, so
 * pairing the marks would let pieces through; an odd number of them means that one was never closed.
 */
export function safeText(text: string): string {
  const line = text.split(/[\r\n\u2028\u2029]/u, 1)[0] ?? '';
  const marks = [...line.matchAll(QUOTE)].map((match) => match.index);
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined) return line.slice(0, longest);
  const rest = marks.length % 2 === 0 ? line.slice(last + 1) : '';
  return `${line.slice(0, first)}…${rest}`.slice(0, longest);
}

/** The first frame of ours in a stack: folder and file, no more of the path. */
function thrownAt(stack: string | undefined): string {
  const frame = /(?:^|\n)\s+at [^\n]*?((?:[\w.-]+\/)?[\w.-]+\.(?:ts|js|mjs|cjs):\d+(?::\d+)?)/u.exec(
    stack ?? '',
  );
  return frame?.[1] ?? '';
}
