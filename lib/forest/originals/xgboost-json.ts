/** XGBoost's own `model.json` (1.6 and later). It compares in float32 by `x < threshold`, and its covers are sums of hessians. */
import { z } from 'zod';
import { InputError } from '../../errors.ts';
import { nextFloat32Below } from '../tree-ensemble.ts';
import { buildEnsemble, type OriginalModel, type OriginalNode, type OriginalTree } from './original-model.ts';

const numbers = z.array(z.number());
const treeSchema = z.object({
  left_children: numbers,
  right_children: numbers,
  split_indices: numbers,
  split_conditions: numbers,
  default_left: z.array(z.union([z.number(), z.boolean()])),
  sum_hessian: numbers,
  split_type: numbers.optional(),
});
const treesSchema = z.object({ trees: z.array(treeSchema), iteration_indptr: numbers.optional() });
const learnerSchema = z.object({
  learner: z.object({
    attributes: z.record(z.string(), z.string()).optional(),
    objective: z.object({ name: z.string() }),
    learner_model_param: z.object({ base_score: z.string(), num_feature: z.string() }),
    gradient_booster: z.object({
      name: z.string(),
      model: treesSchema.optional(),
      gbtree: z.object({ model: treesSchema }).optional(),
      weight_drop: numbers.optional(),
    }),
  }),
});

/** Throws an InputError that says what is found in place of boosted trees for two classes. */
export function readXgboostJson(text: string, name: string): OriginalModel {
  const { objective, learner_model_param, gradient_booster, attributes } = parse(text, name).learner;
  const model = gradient_booster.model ?? gradient_booster.gbtree?.model;
  if (model === undefined)
    throw new InputError(`${name}: its booster is ${gradient_booster.name}, which has no trees`);
  if (objective.name !== 'binary:logistic')
    throw new InputError(`${name}: its objective is ${objective.name}, expected binary:logistic`);
  const baseScore = Number(learner_model_param.base_score.replace(/^\[|\]$/g, ''));
  if (!(baseScore > 0 && baseScore < 1))
    throw new InputError(
      `${name}: found the base_score ${learner_model_param.base_score}, expected one number between 0 and 1`,
    );
  const best = attributes?.best_iteration;
  const iterations = model.iteration_indptr;
  const used = best === undefined ? undefined : (iterations?.[Number(best) + 1] ?? Number(best) + 1);
  const trees = model.trees
    .slice(0, used)
    .map((tree, number) => readTree(tree, gradient_booster.weight_drop?.[number] ?? 1, name, number));
  return {
    name,
    library: 'XGBoost',
    ensemble: buildEnsemble(trees, {
      name,
      featureCount: Number(learner_model_param.num_feature),
      base: Math.log(baseScore / (1 - baseScore)),
      link: 'logit',
    }),
  };
}

function parse(text: string, name: string): z.infer<typeof learnerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(
      `${name}: is not JSON; expected what model.save_model("model.json") writes (not .ubj, not a pickle)`,
      { cause },
    );
  }
  const result = learnerSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InputError(
    `${name}: is not XGBoost's model.json: ${issue!.path.join('.')}: ${issue!.message}; expected what model.save_model("model.json") writes`,
  );
}

function readTree(
  tree: z.infer<typeof treeSchema>,
  weight: number,
  name: string,
  number: number,
): OriginalTree {
  const nodes = new Map<number, OriginalNode>();
  tree.left_children.forEach((left, id) => {
    const cover = tree.sum_hessian[id] ?? Number.NaN;
    const condition = tree.split_conditions[id] ?? Number.NaN;
    if (left < 0) {
      nodes.set(id, { isLeaf: true, value: Math.fround(condition) * weight, cover });
      return;
    }
    if (tree.split_type?.[id] === 1)
      throw new InputError(
        `${name}: tree ${number}, node ${id}: a categorical split (enable_categorical), which is not taken in; list the categories in the pack (encode) and train on these inputs`,
      );
    nodes.set(id, {
      isLeaf: false,
      feature: tree.split_indices[id] ?? -1,
      threshold: nextFloat32Below(Math.fround(condition)),
      left,
      right: tree.right_children[id] ?? -1,
      missingLeft: Number(tree.default_left[id]) === 1,
      cover,
    });
  });
  return nodes;
}
