/**
 * Which column of a file holds which column of a pack: the file's header in, a position for every pack column out (or null),
 * with warnings. A name matches exactly first, then as an alias, then whatever its case. What a pack needs and the header
 * lacks is an InputError naming the nearest header; columns that the pack doesn't know are fine.
 */
import { nearestWord } from '../domain/nearest-word.ts';
import type { Column, Pack } from '../domain/pack.ts';
import { InputError } from '../errors.ts';

export interface HeaderMatch {
  /** By position in the pack's columns: the position in the header. */
  readonly positions: readonly (number | null)[];
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

export function matchHeader(fileName: string, header: readonly string[], pack: Pack): HeaderMatch {
  const warnings: string[] = [];
  const positions = pack.columns.map((column) => findColumn(fileName, header, column, warnings));
  const taken = new Set(positions);
  if (pack.columns.length > 0 && taken.size === 1 && taken.has(null)) {
    throw new InputError(
      `${fileName}: its header has no column of the domain "${pack.domain}": found ${listed(header)}; expected ${listed(
        pack.columns.map((column) => column.name),
      )}`,
    );
  }
  const free = header.filter((name, position) => name !== '' && !taken.has(position));
  const missing = pack.columns.filter((_column, at) => positions[at] === null);
  const needed = missing.filter((column) => isNeeded(pack, column));
  if (needed.length > 0) {
    const sentences = needed.map(
      (column) => `column "${column.name}" is missing${nearestHint(column, free)}`,
    );
    throw new InputError(`${fileName}: ${sentences.join('; ')}`);
  }
  for (const column of missing) {
    if (column.name === pack.record.label) continue;
    warnings.push(
      `${fileName}: column "${column.name}" is not there${nearestHint(column, free)}; it is taken as missing in every record`,
    );
  }
  return { positions, warnings };
}

function findColumn(
  fileName: string,
  header: readonly string[],
  column: Column,
  warnings: string[],
): number | null {
  let best: number | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  let rivals: string[] = [];
  header.forEach((name, position) => {
    const rank = name === '' ? null : matchRank(column, name);
    if (rank === null || rank > bestRank) return;
    rivals = rank === bestRank ? [...rivals, name] : [name];
    best = position;
    bestRank = rank;
  });
  if (rivals.length > 1) {
    throw new InputError(
      `${fileName}: the headers ${listed(rivals)} differ only in case and could each be "${column.name}"; name one exactly so`,
    );
  }
  if (bestRank === 1 + column.aliases.length) {
    warnings.push(`${fileName}: the header "${rivals[0]}" is read as "${column.name}" (it differs in case)`);
  }
  return best;
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
