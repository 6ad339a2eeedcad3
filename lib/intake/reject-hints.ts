/**
 * Rejects of numbers, their reasons with how the text looks: `found "1.234,56" (looks like a decimal comma)`. Only where there are rejects,
 * for the patterns take longer to prepare than a few records to read.
 */

import { quoteText } from '../engine/session.ts';
import { AMOUNT_HINTS } from '../packs/amount-hints.ts';
import type { Pack } from '../packs/pack.ts';

const NUMERIC: readonly string[] = ['integer', 'number', 'decimal'];
const FOUND = '(?s)(found ".*?")(; |$)';

/** `bad` is a query of line, column and reason, and so is the result. */
export function hintedSql({ columns }: Pack, bad: string): string {
  // What is personal is not quoted, so nothing can be said of it.
  const names = columns
    .filter(({ type, pii }) => NUMERIC.includes(type.kind) && !pii)
    .map(({ name }) => quoteText(name));
  if (names.length === 0) return bad;
  const text = `regexp_extract(reason, '(?s)found "(.*?)"(?:; |$)', 1)`;
  const found = `SELECT *, CASE WHEN "column" IN (${names.join(', ')}) THEN ${text} END AS found FROM (${bad})`;
  const hints = AMOUNT_HINTS.map(
    ({ pattern, says }) =>
      `CASE WHEN regexp_matches(found, ${quoteText(pattern)}) THEN ${quoteText(says)} END`,
  );
  const hinted = `SELECT *, nullif(concat_ws(', ', ${hints.join(', ')}), '') AS hint FROM (${found})`;
  const reason = `regexp_replace(reason, ${quoteText(FOUND)}, '\\1 (' || hint || ')\\2')`;
  return `SELECT line, "column", CASE WHEN hint IS NULL THEN reason ELSE ${reason} END AS reason FROM (${hinted})`;
}
