/** What the columns of a file are called in a pack: each its own name, whatever the header repeats, leaves empty or may not use. */
import { RESERVED_COLUMNS } from '../packs/own-columns.ts';

export interface NamedColumn {
  readonly name: string;
  /** As the file has it. */
  readonly header: string;
  /** Where the header alone does not say which column it is: its place, from 1. */
  readonly position: number | null;
}

export function nameColumns(header: readonly string[]): NamedColumn[] {
  const lower = header.map((name) => name.trim().toLowerCase());
  const isTwice = (at: number) => lower.indexOf(lower[at]!) !== lower.lastIndexOf(lower[at]!);
  const taken = new Set<string>();
  return header.map((name, at) => {
    const trimmed = name.trim();
    const plain =
      trimmed === ''
        ? `column ${at + 1}`
        : RESERVED_COLUMNS.includes(lower[at]!)
          ? `${trimmed}_given`
          : trimmed;
    let own = plain;
    for (
      let next = 2;
      taken.has(own.toLowerCase()) || (own !== plain && lower.includes(own.toLowerCase()));
      next++
    )
      own = `${plain} ${next}`;
    taken.add(own.toLowerCase());
    return { name: own, header: name, position: trimmed === '' || isTwice(at) ? at + 1 : null };
  });
}
