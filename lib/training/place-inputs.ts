/** The columns of a file's inputs, and where they stand among the pack's. */
import { InputError } from '../errors.ts';
import type { OnnxModel } from '../forest/onnx/onnx-read.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';

/**
 * Where each column of the file's inputs stands among the pack's. One matrix: in its order. An input for each column: by name where
 * the file's names are the pack's, else in its order.
 */
export function placeInputs(
  { inputs, featureCount }: OnnxModel,
  names: readonly string[],
  file: string,
): number[] {
  const inOrder = Array.from({ length: featureCount }, (_, at) => at);
  const isByName = inputs.length > 1 && inputs.every(({ columns }) => columns === 1);
  const places = inputs.map(({ name }) => names.indexOf(name));
  if (!isByName || places.every((place) => place < 0)) return inOrder;
  const strange = inputs.filter((_, at) => places[at]! < 0).map(({ name }) => name);
  if (strange.length > 0)
    throw new InputError(
      `${file}: its inputs ${strange.slice(0, 5).join(', ')} are no inputs of the pack, while others are; name them as assay features does`,
    );
  return places;
}

/** The same trees by the pack's inputs. */
export function moveInputs(ensemble: TreeEnsemble, places: readonly number[], inputs: number): TreeEnsemble {
  return {
    ...ensemble,
    featureCount: inputs,
    feature: ensemble.feature.map((column) => (column < 0 ? column : places[column]!)),
  };
}
