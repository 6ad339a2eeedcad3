/** Whether files are of the domain at all: a file of another kind is met with the way to a pack of its own. */

import { InputError } from '../errors.ts';
import type { DeliveryOptions } from '../intake/delivery.ts';
import { isNeeded, listed, matchRank } from '../intake/header.ts';
import { sampleRows } from '../intake/sample-rows.ts';
import { shippedDomains } from '../models/shipped-models.ts';
import { loadPack } from '../packs/load-pack.ts';
import { nearestWord } from '../packs/nearest-word.ts';
import { deliveredColumns, type Pack } from '../packs/pack.ts';

/** Objects of JSONL need not all have every key. */
const LOOKED_AT = 200;

/** Columns missing that no header comes near, from which on the file is of another kind. */
const MIN_FOREIGN = 2;

/** A single missing column, or one that is misspelt, is the reader's to name. */
export async function expectColumns(
  pack: Pack,
  files: readonly string[],
  reading: DeliveryOptions,
): Promise<void> {
  if (pack.header === 'none' || reading.header === false) return;
  const needed = pack.columns.filter(
    (column) => isNeeded(pack, column) && column.position === null && column.from.length === 0,
  );
  for (const file of files) {
    const { header } = await sampleRows(file, LOOKED_AT, reading);
    const missing = needed.filter((column) => !header.some((name) => matchRank(column, name) !== null));
    const foreign = missing.filter(({ name }) => nearestWord(name, header) === null);
    if (foreign.length < MIN_FOREIGN) continue;
    const names = missing.map(({ name }) => name);
    throw new InputError(
      `${file}: ${missing.length} of the ${needed.length} columns that the domain "${pack.domain}" needs are not in it (${listed(names)}); it has ${listed(header)}. A pack of its own: assay domain init --data ${file} --out my-pack.yaml`,
    );
  }
}

/** The share of a file's columns from which on it is another domain's. */
const MIN_SHARE_OF_OTHER = 0.8;

/** On stderr, where a file's columns are those of another shipped domain. What cannot be read is the reader's to say. */
export async function warnOfOtherDomain(...[pack, files, reading]: OtherDomain): Promise<void> {
  const warnings = await otherDomainWarnings(pack, files, reading).catch((error: unknown) => {
    if (error instanceof InputError) return [];
    throw error;
  });
  for (const warning of warnings) process.stderr.write(`assay: ${warning}\n`);
}

type OtherDomain = Parameters<typeof otherDomainWarnings>;

/** A sentence for each file whose columns are those of another shipped domain rather than of `pack`. */
async function otherDomainWarnings(
  pack: Pack,
  files: readonly string[],
  reading: DeliveryOptions,
): Promise<string[]> {
  if (pack.header === 'none' || reading.header === false) return [];
  const names = (await shippedDomains()).filter((domain) => domain !== pack.domain);
  const others = await Promise.all(names.map((domain) => loadPack(domain)));
  const warnings: string[] = [];
  for (const file of files) {
    const { header } = await sampleRows(file, LOOKED_AT, reading);
    const own = countKnown(pack, header);
    const best = others
      .map(({ domain, ...other }) => ({ domain, known: countKnown(other, header) }))
      .sort((a, b) => b.known - a.known)[0];
    if (best === undefined || best.known <= own || best.known < MIN_SHARE_OF_OTHER * header.length) continue;
    warnings.push(
      `${file}: ${best.known} of its ${header.length} columns are those of the domain "${best.domain}", ${own} those of "${pack.domain}": is it --domain ${best.domain}?`,
    );
  }
  return warnings;
}

function countKnown(pack: Pick<Pack, 'columns' | 'record'>, header: readonly string[]): number {
  const columns = deliveredColumns(pack);
  return header.filter((name) => columns.some((column) => matchRank(column, name) !== null)).length;
}
