import { InputError } from '../../errors.ts';
import { readLightgbmText } from './lightgbm-text.ts';
import type { OriginalModel } from './original-model.ts';
import { readTreeTable } from './tree-table.ts';
import { readXgboostJson } from './xgboost-json.ts';

export const ORIGINAL_KINDS = ['xgboost', 'lightgbm', 'sklearn'] as const;
export type OriginalKind = (typeof ORIGINAL_KINDS)[number];

/** A model's own file, by the library that wrote it. */
export interface OriginalFile {
  readonly kind: OriginalKind;
  readonly name: string;
  readonly bytes: Uint8Array;
}

const READERS = { xgboost: readXgboostJson, lightgbm: readLightgbmText, sklearn: readTreeTable };

/** Throws an InputError that says what is found in place of the library's format. */
export function readOriginal({ kind, name, bytes }: OriginalFile): OriginalModel {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(
      `${name}: is not text; ${kind === 'xgboost' ? 'expected JSON: save it by model.save_model("model.json"), not as .ubj' : 'expected a text file'}`,
      { cause },
    );
  }
  return READERS[kind](text, name);
}
