/**
 * The graph of an ensemble with parts: a TreeEnsembleRegressor each, then Mul, Add and Sigmoid or Exp for each curve, then the weighted
 * sum. Outputs as in the graph of a single sum.
 */
import type { PbfWriter } from 'pbf';
import { splitParts } from '../ensemble-parts.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';

export interface WrittenNode {
  readonly op: string;
  /** No two nodes of a graph may have the same one. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A tree operator's ensemble. */
  readonly trees?: TreeEnsemble;
  readonly axis?: number;
  readonly keepDimensions?: 0;
}

export interface WrittenGraph {
  readonly nodes: readonly WrittenNode[];
  /** float32 constants. */
  readonly constants: ReadonlyMap<string, number>;
}

export function layOutParts(ensemble: TreeEnsemble): WrittenGraph {
  const nodes: WrittenNode[] = [];
  const constants = new Map<string, number>();
  const constant = (name: string, value: number): string => {
    constants.set(name, value);
    return name;
  };
  const step = (op: string, inputs: readonly string[], output: string): string => {
    nodes.push({ op, name: output, inputs, outputs: [output] });
    return output;
  };
  const weighed = splitParts(ensemble).map(({ part, ensemble: trees }, at) => {
    let tensor = `sum_${at}`;
    nodes.push({
      op: 'TreeEnsembleRegressor',
      name: tensor,
      inputs: ['features'],
      outputs: [tensor],
      trees,
    });
    part.curves.forEach(({ kind, scale, offset }, turn) => {
      const name = `${at}_${turn}`;
      tensor = step('Mul', [tensor, constant(`scale_${name}`, scale)], `scaled_${name}`);
      tensor = step('Add', [tensor, constant(`offset_${name}`, offset)], `shifted_${name}`);
      tensor = step(kind === 'logistic' ? 'Sigmoid' : 'Exp', [tensor], `curved_${name}`);
    });
    return step('Mul', [tensor, constant(`weight_${at}`, part.weight)], `weighed_${at}`);
  });
  const total = step('Sum', weighed, 'total');
  const positive = step('Add', [total, constant('base', ensemble.base)], 'positive');
  const negative = step('Sub', [constant('one', 1), positive], 'negative');
  nodes.push({
    op: 'Concat',
    name: 'join',
    inputs: [negative, positive],
    outputs: ['probabilities'],
    axis: 1,
  });
  nodes.push({
    op: 'ArgMax',
    name: 'choose',
    inputs: ['probabilities'],
    outputs: ['label'],
    axis: 1,
    keepDimensions: 0,
  });
  return { nodes, constants };
}

const FLOAT32 = 1;

/** A TensorProto of one number. */
export function writeConstant([name, value]: readonly [string, number], pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [1]);
  pbf.writeVarintField(2, FLOAT32);
  pbf.writePackedFloat(4, [value]);
  pbf.writeStringField(8, name);
}
