/** LightGBM's own text format. It compares in float64 by `x <= threshold`, and its covers are row counts. */
import { InputError } from '../../errors.ts';
import { buildEnsemble, type OriginalModel, type OriginalNode, type OriginalTree } from './original-model.ts';

type Section = ReadonlyMap<string, string>;

/** Throws an InputError that says what is found in place of boosted trees for two classes. */
export function readLightgbmText(text: string, name: string): OriginalModel {
  const [head = new Map(), ...rest] = splitSections(text);
  if (!head.has('tree') || !head.has('max_feature_idx'))
    throw new InputError(
      `${name}: is not LightGBM's text format; expected what model.booster_.save_model("model.txt") writes`,
    );
  const objective = head.get('objective') ?? 'none';
  if (objective !== 'binary sigmoid:1')
    throw new InputError(`${name}: its objective is ${objective}, expected binary sigmoid:1`);
  if (head.has('average_output'))
    throw new InputError(`${name}: its trees are averaged (boosting_type rf), expected a sum (gbdt)`);
  const trees = rest.filter((section) => section.has('Tree'));
  return {
    name,
    library: 'LightGBM',
    ensemble: buildEnsemble(
      trees.map((section, number) => readTree(section, `${name}: tree ${number}`)),
      { name, featureCount: Number(head.get('max_feature_idx')) + 1, base: 0, link: 'logit' },
    ),
  };
}

/** Blocks of `key=value` between blank lines, up to the end of the trees. */
function splitSections(text: string): Section[] {
  const body = text.split(/^end of trees/m)[0]!.replaceAll('\r\n', '\n');
  return body.split(/\n\n+/).map((block) => {
    const lines = block.split('\n').filter((line) => line !== '');
    return new Map(
      lines.map((line) => {
        const at = line.indexOf('=');
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  });
}

/** Bits of `decision_type`. */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_SHIFT = 2;
const [, MISSING_ZERO, MISSING_NAN] = [0, 1, 2];

function readTree(section: Section, where: string): OriginalTree {
  if (section.get('is_linear') === '1')
    throw new InputError(
      `${where}: has linear models in its leaves (linear_tree), which are not taken in; train without linear_tree`,
    );
  const leaves = Number(section.get('num_leaves'));
  const list = (key: string, length: number): number[] => {
    const values = (section.get(key) ?? '').split(' ').filter((one) => one !== '');
    if (values.length !== length)
      throw new InputError(`${where}: ${key} has ${values.length} entries, expected ${length}`);
    return values.map(Number);
  };
  if (!(leaves >= 1)) throw new InputError(`${where}: found num_leaves=${section.get('num_leaves')}`);
  const value = list('leaf_value', leaves);
  // A tree of a single leaf is written without its counts.
  const leafCount = leaves === 1 ? [1] : list('leaf_count', leaves);
  const inner = (key: string): number[] => list(key, leaves - 1);
  const [feature, threshold, decision] = [inner('split_feature'), inner('threshold'), inner('decision_type')];
  const [left, right, count] = [inner('left_child'), inner('right_child'), inner('internal_count')];
  const nodes = new Map<number, OriginalNode>();
  feature.forEach((column, id) => {
    nodes.set(id, {
      isLeaf: false,
      feature: column,
      threshold: threshold[id]!,
      left: left[id]!,
      right: right[id]!,
      missingLeft: missingGoesLeft(decision[id]!, threshold[id]!, `${where}, node ${id}`),
      cover: count[id]!,
    });
  });
  value.forEach((one, leaf) => {
    nodes.set(~leaf, { isLeaf: true, value: one, cover: leafCount[leaf]! });
  });
  return nodes;
}

/** Without missing values in training LightGBM takes a missing one for 0. */
function missingGoesLeft(decision: number, threshold: number, where: string): boolean {
  if ((decision & CATEGORICAL) !== 0)
    throw new InputError(
      `${where}: a categorical split, which is not taken in; list the categories in the pack (encode) and train without categorical_feature`,
    );
  const missing = (decision >> MISSING_SHIFT) & 3;
  if (missing === MISSING_ZERO)
    throw new InputError(`${where}: takes 0 for missing (zero_as_missing); train without it`);
  return missing === MISSING_NAN ? (decision & DEFAULT_LEFT) !== 0 : threshold >= 0;
}
