/** Whether files are of the domain at all: a file of another kind is met with the way to a pack of its own. */
import { nearestWord } from '../domain/nearest-word.ts';
import type { Pack } from '../domain/pack.ts';
import { InputError } from '../errors.ts';
import type { DeliveryOptions } from '../intake/delivery.ts';
import { isNeeded, listed, matchRank } from '../intake/header.ts';
import { sampleRows } from '../intake/sample-rows.ts';

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
