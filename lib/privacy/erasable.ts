/** What it means for the records of a pack to be erasable, without reading any: for functions that open no session, too. */
import { InputError } from '../errors.ts';
import type { Column, Pack } from '../packs/pack.ts';
import { type ErasableColumns, erasableColumns } from './erasable-columns.ts';
import type { KeyRegister } from './subject-keys.ts';

/** The column of records that holds what is sealed. */
export const SEALED = 'sealed';

/** What a run says of how it was sealed. */
export interface Erasable extends ErasableColumns {
  /** Of the keys. */
  readonly register: string;
}

/** Throws an InputError where these keys and this pack do not fit. */
export function planSealing(pack: Pack, register: KeyRegister): Erasable {
  if (register.domain !== pack.domain)
    throw new InputError(
      `the keys are those of the domain "${register.domain}", the pack is "${pack.domain}"`,
    );
  if (pack.columns.some(({ name }) => name.toLowerCase() === SEALED))
    throw new InputError(
      `the pack of ${pack.domain} has a column "${SEALED}", the name of the sealed field: rename it`,
    );
  return { register: register.id, ...erasableColumns(pack, register.columns) };
}

/** As the pack by which records are read, so that no reason of a reject quotes what a cell holds. */
export function quotingNothing(pack: Pack): Pack {
  return { ...pack, columns: pack.columns.map((column) => ({ ...column, pii: true })) };
}

/** The pack as records are stored that were sealed: with the column of the sealed field. */
export function withSealed(pack: Pack): Pack {
  const [any] = pack.columns as [Column];
  const sealed: Column = {
    ...any,
    ...{ name: SEALED, aliases: [], from: [], position: null, codes: null, derivedFrom: null },
    ...{ type: { kind: 'string' }, required: false, pii: true },
  };
  return { ...pack, columns: [...pack.columns, sealed] };
}
