/** Lines of a file that hold no record, counted while it is read. */
export interface ShapeCounts {
  /** Rows of delimiters and blanks only, and the line of the first. */
  readonly emptyRows: number;
  readonly firstEmptyRow: number | null;
  readonly comments: number;
  readonly firstComment: number | null;
}

export const NO_COUNTS: ShapeCounts = { emptyRows: 0, firstEmptyRow: null, comments: 0, firstComment: null };

export function shapeWarnings(name: string, counts: ShapeCounts): string[] {
  const say = (n: number, one: string, many: string, first: number | null): string[] => {
    if (n === 0) return [];
    if (n === 1) return [`${name}: line ${first} ${one}: it is no record and not read`];
    return [
      `${name}: ${n.toLocaleString('en-US')} ${many} are no records and not read, the first on line ${first}`,
    ];
  };
  return [
    ...say(
      counts.emptyRows,
      'holds delimiters or blanks only',
      'rows of delimiters or blanks only',
      counts.firstEmptyRow,
    ),
    ...say(counts.comments, 'begins with #', 'lines that begin with #', counts.firstComment),
  ];
}
