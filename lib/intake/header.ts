/**
 * Which column of a file holds which column of a pack: a position for every pack column (or null), with warnings. A name matches
 * exactly first, then as an alias, then whatever its case. What a pack needs and the header lacks is an InputError naming the
 * nearest header; columns that the pack doesn't know are fine.
 */

import { InputError } from '../errors.ts';
import { nearestWord } from '../packs/nearest-word.ts';
import { type Column, deliveredColumns, isDelivered, type Pack } from '../packs/pack.ts';

export interface HeaderMatch {
  /** By position in the pack's columns: the positions in the header that it is read from; none: it is not there. */
  readonly sources: readonly (readonly number[])[];
  readonly warnings: readonly string[];
}

/** How well a header fits a column: 0 exactly, then by alias, then whatever the case; null: not at all. */
export function matchRank(column: Column, header: string): number | null {
  if (header === column.name) return 0;
  const alias = column.aliases.indexOf(header);
  if (alias >= 0) return 1 + alias;
  const lower = header.toLowerCase();
  if ([column.name, ...column.aliases].some((name) => name.toLowerCase() === lower)) {
    return 1 + column.aliases.length;
  }
  return null;
}

/** Columns without which no record can be accepted. */
export function isNeeded(pack: Pack, column: Column): boolean {
  return column.required || pack.record.id.includes(column.name);
}

/** The header of a file, as far as columns are found by it. */
export interface FileHeader {
  readonly name: string;
  readonly header: readonly string[];
  readonly hasHeader: boolean;
  readonly headerLooksLikeData?: boolean;
}

/** Finds each column of the pack by name, alias or position. Throws an InputError that names the required columns that are not there. */
export function matchHeader(file: FileHeader, pack: Pack): HeaderMatch {
  const { name: fileName, header, hasHeader } = file;
  const warnings: string[] = [];
  const odd = dataHint(file);
  const hint = odd === null ? '' : `; ${odd}`;
  const byOrder = hasHeader ? null : packPositions(pack);
  const sources = pack.columns.map((column, at): readonly number[] => {
    if (!isDelivered(pack, column)) return [];
    if (column.from.length > 0) return findParts(fileName, header, column, warnings);
    const position = byOrder === null ? placeOf(column) : byOrder[at]!;
    if (position !== null) return position < header.length ? [position] : [];
    const found = byOrder === null ? findColumn(fileName, header, column, warnings) : null;
    return found === null ? [] : [found];
  });
  const taken = new Set(sources.flat());
  if (pack.columns.length > 0 && taken.size === 0) {
    throw new InputError(
      `${fileName}: its header has no column of the domain "${pack.domain}": found ${listed(header)}; expected ${listed(
        deliveredColumns(pack).map((column) => column.name),
      )}${hint}`,
    );
  }
  const free = header.filter((name, position) => name !== '' && !taken.has(position));
  const missing = pack.columns.filter((column, at) => sources[at]!.length === 0 && isDelivered(pack, column));
  const needed = missing.filter((column) => isNeeded(pack, column));
  if (needed.length > 0) {
    const sentences = needed.map(
      (column) => `column "${column.name}" is missing${whereHint(column, file, free)}`,
    );
    throw new InputError(`${fileName}: ${sentences.join('; ')}${hint}`);
  }
  for (const column of missing) {
    if (column.name === pack.record.label) continue;
    warnings.push(
      `${fileName}: column "${column.name}" is not there${whereHint(column, file, free)}; it is taken as missing in every record`,
    );
  }
  return { sources, warnings };
}

/** All of them, or none. */
function findParts(
  fileName: string,
  header: readonly string[],
  column: Column,
  warnings: string[],
): readonly number[] {
  const parts = column.from.map((name) =>
    findColumn(fileName, header, { ...column, name, aliases: [] }, warnings),
  );
  return parts.every((part) => part !== null) ? parts : [];
}

/** Null: the header looks like one. */
export function dataHint({
  header,
  headerLooksLikeData,
}: Pick<FileHeader, 'header' | 'headerLooksLikeData'>): string | null {
  if (headerLooksLikeData !== true) return null;
  return `its first row (${listed(header.slice(0, 3))}, …) looks like data: read a file without a header with --no-header, or header: none in the pack`;
}

function whereHint(column: Column, { header, hasHeader }: FileHeader, free: readonly string[]): string {
  if (column.from.length > 0) {
    const absent = column.from.filter(
      (name) => !header.some((one) => one.toLowerCase() === name.toLowerCase()),
    );
    return `; it is made of ${listed(column.from)}, and the header has no ${listed(absent)}`;
  }
  if (column.position !== null || !hasHeader) return `; the file has ${header.length} columns`;
  return nearestHint(column, free);
}

function placeOf({ position }: Column): number | null {
  return position === null ? null : position - 1;
}

/** Of a file without a header: the place of each of the pack's columns, as it says or, if it says none, in its order. */
function packPositions({ columns }: Pack): readonly (number | null)[] {
  const isSaid = columns.some(({ position }) => position !== null);
  return columns.map((column, at) => (isSaid ? placeOf(column) : at));
}

/** What the columns of a file without a header are called. */
export function packNames(pack: Pack, columns: number): readonly string[] {
  const positions = packPositions(pack);
  return Array.from(
    { length: columns },
    (_, place) => pack.columns[positions.indexOf(place)]?.name ?? `column ${place + 1}`,
  );
}

function findColumn(
  fileName: string,
  header: readonly string[],
  column: Column,
  warnings: string[],
): number | null {
  let bestRank = Number.POSITIVE_INFINITY;
  let rivals: number[] = [];
  header.forEach((name, position) => {
    const rank = name === '' ? null : matchRank(column, name);
    if (rank === null || rank > bestRank) return;
    rivals = rank === bestRank ? [...rivals, position] : [position];
    bestRank = rank;
  });
  if (rivals.length > 1) throw new InputError(`${fileName}: ${rivalsText(header, rivals, column)}`);
  const [best] = rivals;
  if (best === undefined) return null;
  if (bestRank === 1 + column.aliases.length) {
    warnings.push(
      `${fileName}: the header "${header[best]}" is read as "${column.name}" (it differs in case)`,
    );
  }
  return best;
}

function rivalsText(header: readonly string[], rivals: readonly number[], column: Column): string {
  const names = [...new Set(rivals.map((position) => header[position]!))];
  if (names.length > 1)
    return `the headers ${listed(names)} differ only in case and could each be "${column.name}"; name one exactly so`;
  const places = rivals.map((position) => position + 1);
  return (
    `its header has ${listed(names)} more than once, in columns ${places.join(' and ')}; ` +
    `say which one "${column.name}" is: position: ${places[0]} in the pack`
  );
}

/** `; the header has "amout"`, if a header comes near. */
function nearestHint(column: Column, headers: readonly string[]): string {
  const nearest = nearestWord(column.name, headers);
  return nearest === null ? '' : `; the header has "${nearest}"`;
}

/** At most twelve names, quoted, each at most 60 characters. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).map((name) => `"${name.length > 60 ? `${name.slice(0, 60)}…` : name}"`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
