/** What stands behind the trees is folded into one ensemble: into its leaves where the score is one sum, else into its parts. */
import type { EnsemblePart, TreeEnsemble } from '../../tree-ensemble.ts';
import type { ScoreForm, ScoreTerm } from './score-form.ts';

/** The members' sums are taken without their own links, which the form has. */
export function foldScores(members: readonly TreeEnsemble[], form: ScoreForm): TreeEnsemble {
  const { constant, terms } = withoutNegatives(joinLike(form));
  const linear = terms.filter(({ curves }) => curves.length === 0);
  const bent = terms.filter(({ curves }) => curves.length > 0);
  const plain = linear.map((term) => scaleTrees(sumTrees(members, term), term.weight, 0));
  if (bent.length === 0)
    return joinTrees(plain, {
      base: plain.reduce((sum, { base }) => sum + base, constant),
      link: 'identity',
    });
  const [only] = bent;
  const isOneLogit =
    terms.length === 1 &&
    only!.curves.length === 1 &&
    only!.curves[0]!.kind === 'logistic' &&
    isNear(only!.weight, 1) &&
    isNear(constant, 0);
  if (isOneLogit) {
    const { scale, offset } = only!.curves[0]!;
    const trees = scaleTrees(sumTrees(members, only!), scale, offset);
    return joinTrees([trees], { base: trees.base, link: 'logit' });
  }
  const sums = bent.map((term) => sumTrees(members, term));
  const parts = bent.map(({ curves, weight }, at): EnsemblePart => {
    const { treeStart, base } = sums[at]!;
    return { trees: treeStart.length - 1, base, curves, weight };
  });
  const sum: EnsemblePart[] =
    plain.length === 0
      ? []
      : [
          {
            trees: plain.reduce((trees, { treeStart }) => trees + treeStart.length - 1, 0),
            base: plain.reduce((total, { base }) => total + base, 0),
            curves: [],
            weight: 1,
          },
        ];
  const trees = [...sums, ...plain];
  return { ...joinTrees(trees, { base: constant, link: 'identity' }), parts: [...parts, ...sum] };
}

/** float32 constants of a graph. */
function isNear(x: number, expected: number): boolean {
  return Math.abs(x - expected) < 1e-6;
}

/** Terms of the same sum and curves are one. */
function joinLike({ constant, terms }: ScoreForm): ScoreForm {
  const joined = new Map<string, ScoreTerm>();
  for (const term of terms) {
    const key = JSON.stringify([term.sum, term.curves]);
    joined.set(key, { ...term, weight: (joined.get(key)?.weight ?? 0) + term.weight });
  }
  return { constant, terms: [...joined.values()] };
}

/** −w · logistic(x) is w · logistic(−x) − w. */
function withoutNegatives({ constant, terms }: ScoreForm): ScoreForm {
  let shifted = constant;
  const positive = terms.map((term) => {
    const last = term.curves.at(-1);
    if (term.weight >= 0 || last?.kind !== 'logistic') return term;
    shifted += term.weight;
    const turned = { ...last, scale: -last.scale, offset: -last.offset };
    return { ...term, weight: -term.weight, curves: [...term.curves.slice(0, -1), turned] };
  });
  return { constant: shifted, terms: positive };
}

/** The ensembles of a term as one, whose sum goes through the term's curves. */
function sumTrees(members: readonly TreeEnsemble[], { sum }: ScoreTerm): TreeEnsemble {
  const scaled = sum.map(({ member, weight }) => scaleTrees(members[member]!, weight, 0));
  return joinTrees(scaled, { base: scaled.reduce((total, { base }) => total + base, 0), link: 'identity' });
}

function scaleTrees(ensemble: TreeEnsemble, scale: number, offset: number): TreeEnsemble {
  if (scale === 1 && offset === 0) return ensemble;
  return {
    ...ensemble,
    value: ensemble.value.map((value) => value * scale + 0),
    base: ensemble.base * scale + offset,
  };
}

function joinTrees(
  trees: readonly TreeEnsemble[],
  { base, link }: Pick<TreeEnsemble, 'base' | 'link'>,
): TreeEnsemble {
  const [first, ...others] = trees;
  if (others.length === 0) return { ...first!, base, link };
  const starts = [0];
  const shifts: number[] = [];
  for (const { treeStart } of trees) {
    const before = starts.at(-1)!;
    shifts.push(before);
    for (const start of treeStart.subarray(1)) starts.push(before + start);
  }
  const count = starts.at(-1)!;
  const joined: TreeEnsemble = {
    featureCount: first!.featureCount,
    treeStart: Int32Array.from(starts),
    feature: new Int32Array(count),
    threshold: new Float32Array(count),
    left: new Int32Array(count),
    right: new Int32Array(count),
    missingLeft: new Uint8Array(count),
    cover: new Float64Array(count),
    value: new Float64Array(count),
    base,
    link,
  };
  trees.forEach((own, at) => {
    const shift = shifts[at]!;
    for (const key of ['feature', 'threshold', 'missingLeft', 'cover', 'value'] as const)
      joined[key].set(own[key], shift);
    for (let node = 0; node < own.feature.length; node++) {
      if (own.feature[node]! < 0) continue;
      joined.left[shift + node] = own.left[node]! + shift;
      joined.right[shift + node] = own.right[node]! + shift;
    }
  });
  return joined;
}
