/**
 * What a record shares with others beside its entity: the other side of a payment, an operator, a machine. These are the columns by
 * which the pack's windows look at records, but for lists of few values (countries, categories), which half of all records share.
 */
import type { Pack } from '../packs/pack.ts';

export interface FlagLink {
  readonly column: string;
  readonly value: string;
}

const MAX_LINKS = 6;

type Keys = Pick<Pack, 'windows' | 'columns' | 'categories' | 'record'>;

export function linkColumns({ windows, columns, categories, record }: Keys): string[] {
  const plain = new Set(columns.filter(({ codes }) => codes === null).map(({ name }) => name));
  const listed = new Set(categories.map(({ column }) => column));
  const names = windows
    .flatMap(({ by }) => by)
    .filter((name) => plain.has(name) && !listed.has(name))
    .filter((name) => name !== record.entity && name !== record.time && !record.id.includes(name));
  return [...new Set(names)].slice(0, MAX_LINKS);
}

/** What links a record to others: its values in the columns that windows look others up by; empty ones left out. */
export function linksOf(pack: Keys, record: Readonly<Record<string, unknown>>): FlagLink[] {
  return linkColumns(pack).flatMap((column) => {
    const value = record[column] ?? '';
    return value === '' || typeof value === 'object' ? [] : [{ column, value: String(value) }];
  });
}
