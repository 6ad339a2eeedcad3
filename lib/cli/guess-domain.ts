/** Of which domain a file is: the one whose pack finds all that it needs among the file's columns. */

import { InputError } from '../errors.ts';
import { isNeeded, listed, matchRank } from '../intake/header.ts';
import { sampleRows } from '../intake/sample-rows.ts';
import type { Pack } from '../packs/pack.ts';

/** Throws an InputError where none fits, or several do. */
export async function guessDomain(file: string, packs: readonly Pack[]): Promise<string> {
  const { header } = await sampleRows(file, 1);
  const fits = packs.filter((pack) =>
    pack.columns
      .filter((column) => isNeeded(pack, column))
      .every((column) => header.some((name) => matchRank(column, name) !== null)),
  );
  if (fits.length === 1) return fits[0]!.domain;
  const domains = packs.map(({ domain }) => domain);
  throw new InputError(
    fits.length === 0
      ? `${file}: its columns (${listed(header)}) are not those of ${listOr(domains)}; name its domain with --domain`
      : `${file}: its columns fit ${listOr(fits.map(({ domain }) => domain))}; say which with --domain`,
  );
}

function listOr(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
