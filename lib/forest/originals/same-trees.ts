/**
 * The trees of an ONNX file beside those of the model it was made of. They must be the same: shape, features, thresholds to float32,
 * leaf values. Covers, and where missing values go, are then the original's: converters leave out the ones and may forget the others.
 */
import { InputError } from '../../errors.ts';
import { sliceTrees } from '../ensemble-parts.ts';
import { nextFloat32Below, type TreeEnsemble } from '../tree-ensemble.ts';
import type { OriginalModel } from './original-model.ts';

export interface MatchedTrees {
  readonly ensemble: TreeEnsemble;
  /** Splits that the ONNX file sends missing values through another way than the original. */
  readonly rerouted: number;
}

/** float32 leaf values of a float64 original are off by less. */
const RELATIVE = 1e-6;
const ABSOLUTE = 1e-9;

/** The trees of a file one ensemble after the other, as the original has them. Its covers and sides are taken. */
export function matchMembers(
  members: readonly TreeEnsemble[],
  original: OriginalModel,
  file: string,
): TreeEnsemble[] {
  const [first] = members;
  if (first !== undefined && members.length === 1) return [matchTrees(first, original, file).ensemble];
  const counts = members.map(({ treeStart }) => treeStart.length - 1);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const found = original.ensemble.treeStart.length - 1;
  if (found !== all)
    throw new InputError(
      `${original.name}: is not the model of ${file}: the number of trees is ${found} in ${original.name}, ${all} in the ${members.length} ensembles of ${file}`,
    );
  let before = 0;
  return members.map((member, at) => {
    const own = sliceTrees(original.ensemble, before, before + counts[at]!, member.base);
    before += counts[at]!;
    return matchTrees(member, { ...original, ensemble: { ...own, link: member.link } }, file).ensemble;
  });
}

/** Throws an InputError that names the first tree and node that differ. */
export function matchTrees(onnx: TreeEnsemble, original: OriginalModel, file: string): MatchedTrees {
  const theirs = original.ensemble;
  const differ = (where: string, inFile: unknown, inOriginal: unknown): InputError =>
    new InputError(
      `${original.name}: is not the model of ${file}: ${where} is ${inOriginal} in ${original.name}, ${inFile} in ${file}`,
    );
  const trees = onnx.treeStart.length - 1;
  if (theirs.treeStart.length - 1 !== trees)
    throw differ('the number of trees', trees, theirs.treeStart.length - 1);
  // Calibration takes the sums of boosted trees as they are.
  if (onnx.link === 'logit' && theirs.link !== 'logit') throw differ('the link', onnx.link, theirs.link);
  if (!isNear(onnx.base, theirs.base, 1e-6)) throw differ('the base', onnx.base, theirs.base);
  const matched = {
    ...onnx,
    threshold: onnx.threshold.slice(),
    missingLeft: onnx.missingLeft.slice(),
    cover: new Float64Array(onnx.cover.length),
  };
  let rerouted = 0;
  for (let tree = 0; tree < trees; tree++) {
    const stack: [own: number, their: number][] = [[onnx.treeStart[tree]!, theirs.treeStart[tree]!]];
    for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
      const [own, their] = pair;
      const where = `tree ${tree}, node ${own - onnx.treeStart[tree]!}`;
      const difference = compareNodes(onnx, own, theirs, their);
      if (difference !== null)
        throw differ(`${where}: ${difference.what}`, difference.inFile, difference.inOriginal);
      matched.cover[own] = theirs.cover[their]!;
      if (onnx.feature[own]! < 0) continue;
      matched.threshold[own] = theirs.threshold[their]!;
      if (onnx.missingLeft[own] !== theirs.missingLeft[their]) rerouted++;
      matched.missingLeft[own] = theirs.missingLeft[their]!;
      stack.push([onnx.right[own]!, theirs.right[their]!], [onnx.left[own]!, theirs.left[their]!]);
    }
  }
  return { ensemble: matched, rerouted };
}

interface Difference {
  readonly what: string;
  readonly inFile: unknown;
  readonly inOriginal: unknown;
}

function compareNodes(
  onnx: TreeEnsemble,
  own: number,
  theirs: TreeEnsemble,
  their: number,
): Difference | null {
  const kinds = [onnx.feature[own]!, theirs.feature[their]!].map((f) =>
    f < 0 ? 'a leaf' : `a split on feature ${f}`,
  );
  if (kinds[0] !== kinds[1]) return { what: 'it', inFile: kinds[0], inOriginal: kinds[1] };
  if (onnx.feature[own]! < 0) {
    const [a, b] = [onnx.value[own]!, theirs.value[their]!];
    return isNear(a, b, ABSOLUTE) ? null : { what: 'its value', inFile: a, inOriginal: b };
  }
  const [a, b] = [onnx.threshold[own]!, theirs.threshold[their]!];
  // Converters round to the nearest float32, which may be the one above.
  return a === b || nextFloat32Below(a) === b || nextFloat32Below(b) === a
    ? null
    : { what: 'its threshold', inFile: a, inOriginal: b };
}

function isNear(a: number, b: number, absolute: number): boolean {
  return Math.abs(a - b) <= absolute + RELATIVE * Math.abs(b);
}
