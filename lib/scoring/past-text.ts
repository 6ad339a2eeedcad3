/** `past.txt` of a run: what it saw as its past, a line a drop, or a list of drops by its sha256 and how many it names. */

export function pastText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The drops that the lines name. */
export function countDrops(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(/^[0-9a-f]{64} (\d+)$/.exec(line)?.[1] ?? 1), 0);
}
