/**
 * Personal data: the columns that a pack marks as `pii`. Their values are stored with the record, and masked wherever a record is
 * shown or exported, unless a person who may read them asks for them. A part of a record that is such a column (its id, its
 * entity, its time) is masked wherever it stands.
 */
import type { Pack } from './pack.ts';

/** What stands in place of a value. An empty value stays empty. */
export const MASKED = '[masked: pii]';

export interface PersonalData {
  /** Null: unknown, so every column counts as personal. */
  readonly columns: ReadonlySet<string> | null;
  readonly id: boolean;
  readonly entity: boolean;
  readonly time: boolean;
}

/** Where the pack is not to be had. */
export const ALL_PERSONAL: PersonalData = { columns: null, id: true, entity: true, time: true };

export function personalDataOf({ columns, record }: Pick<Pack, 'columns' | 'record'>): PersonalData {
  const names = new Set(columns.filter(({ pii }) => pii).map(({ name }) => name));
  return {
    columns: names,
    id: record.id.some((name) => names.has(name)),
    entity: record.entity !== null && names.has(record.entity),
    time: record.time !== null && names.has(record.time),
  };
}

/** Whether anything of a record is masked. Columns of null: all of them. */
export function hasPersonalData({ columns }: PersonalData): boolean {
  return columns === null || columns.size > 0;
}

/** The record with MASKED in place of personal values; missing ones stay missing. */
export function maskRecord<Value>(
  record: Readonly<Record<string, Value>>,
  { columns }: PersonalData,
): Record<string, Value | string> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => {
      const isPersonal = columns === null || columns.has(name);
      return [name, isPersonal && value !== null ? MASKED : value];
    }),
  );
}

/** Whether a column of these files holds one that is personal, under any name or in any place that it may arrive by. */
export function personalHeaders(
  { columns }: Pick<Pack, 'columns'>,
  headers: readonly (readonly string[])[],
): (header: string) => boolean {
  const names = columns
    .filter(({ pii }) => pii)
    .flatMap(({ name, aliases, from, position }) => [
      ...[name, ...aliases, ...from],
      ...(position === null ? [] : headers.flatMap((header) => header[position - 1] ?? [])),
    ]);
  const known = new Set(names.map((name) => name.trim().toLowerCase()));
  return (header) => known.has(header.trim().toLowerCase());
}
