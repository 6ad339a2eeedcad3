/** Draws rows of texts as a table for a terminal, no line longer than it is wide: the last column gives way. */
export interface TableColumn {
  readonly head: string;
  readonly align?: 'right';
}

const GAP = '  ';
/** A terminal too narrow for a column of any use gets long lines instead. */
const MIN_LAST = 20;

export function textTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const clean = rows.map((row) => row.map(withoutControls));
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...clean.map((row) => lengthOf(row[at]!))),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const last = Math.max(MIN_LAST, width - before);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        if (at === cells.length - 1)
          return columns[at]!.align === 'right' ? pad(cell, widths[at]!, 'right') : cut(cell, last);
        return pad(cell, widths[at]!, columns[at]!.align);
      })
      .join(GAP)
      .trimEnd();
  const rule = widths.map((one, at) => '─'.repeat(at === widths.length - 1 ? Math.min(one, last) : one));
  return [line(columns.map(({ head }) => head)), rule.join(GAP), ...clean.map(line)]
    .map((text) => `${text}\n`)
    .join('');
}

/** A record's text may hold what a terminal would obey. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}

function lengthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, align: TableColumn['align']): string {
  const blank = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'right' ? blank + text : text + blank;
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;
}
