/**
 * Writes a line of CSV that is safe to open in a spreadsheet: no cell starts a formula.
 *
 * A cell that begins like a formula (= + - @, their full-width kin, tab, CR, LF; blanks and apostrophes before them do
 * not help) gets an apostrophe in front. So does such a beginning inside a cell after a comma, semicolon, bar, tab, line
 * end or quote, for a program that splits at another delimiter than ours or ignores quotes sees a cell begin there.
 * A plain negative number (-12.50) is a number and stays one, also inside a cell: a rejected row is shown as it was delivered.
 *
 * Nothing is lost: an apostrophe that already stood there gets one more, so taking away one apostrophe after the start or
 * a delimiter, wherever blanks, apostrophes and a formula sign follow it, gives the text back.
 */

/** Apostrophes, controls, spaces, and marks that show nothing. */
const BLANK = "'\\p{Cc}\\p{Cf}\\p{Z}";
/** = + - @, the true minus, and their small and full-width forms. */
const SIGN = '=+\\-@\\u2212\\uFE62\\uFE63\\uFE66\\uFE6B\\uFF0B\\uFF0D\\uFF1D\\uFF20';

const START = new RegExp(`^(?=[${BLANK}]*[${SIGN}\\t\\r\\n])`, 'u');
/** Up to the next delimiter, whichever of point and comma is the decimal mark. */
const NEGATIVE_INSIDE = `-(?:\\d+(?:[.,]\\d+)*|\\.\\d+)(?:[eE][+-]?\\d+)?(?=[",;|\\t\\r\\n]|$)`;
/** Where an apostrophe stood already, and would be taken away. */
const AFTER_APOSTROPHE = `(?<=[",;|\\t\\r\\n]'[${BLANK}]*)`;
/**
 * All blanks and delimiters before a sign that begins no plain negative number. Seen from its beginning only, or a megabyte of tabs
 * would take hours.
 */
const BEFORE_SIGN = new RegExp(
  `(?<![",;|${BLANK}])[",;|${BLANK}]+(?=[${SIGN}])(?:${AFTER_APOSTROPHE}|(?!${NEGATIVE_INSIDE}))`,
  'gu',
);
const NEGATIVE = /^-(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** Whatever a delimiter of some other program might be is quoted too. */
const NEEDS_QUOTES = /[",;|\t\r\n]|^\s|\s$|^$/;

/** One line with its line end (RFC 4180 quoting; the end is a line feed). null is an empty cell, '' a quoted empty one. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  const texts = cells.map((cell) => {
    if (cell === null) return '';
    const text = typeof cell === 'string' ? safeCell(cell) : String(cell);
    return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${texts.join(',')}\n`;
}

/** The text that a spreadsheet takes for text; not yet quoted. */
function safeCell(text: string): string {
  if (NEGATIVE.test(text)) return text;
  return text.replace(BEFORE_SIGN, protectAfterDelimiters).replace(START, "'");
}

/** An apostrophe after every delimiter that has nothing but blanks between it and the end. */
function protectAfterDelimiters(run: string): string {
  const last = run.search(/[",;|][^",;|]*$/);
  const from = Math.max(0, last);
  return run.slice(0, from) + run.slice(from).replace(/[",;|\t\r\n]/g, "$&'");
}
