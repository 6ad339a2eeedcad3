/** Records of entities that are alike, as the tests of intervals over entities take them. */
import type { Dependence } from '../../lib/evaluation/clustered-estimates.ts';
import { codeEntities } from '../../lib/evaluation/entity-codes.ts';
import type { Clustered, Drawn } from '../bench/clustered-records.ts';

export const kind: Clustered = {
  entities: 400,
  size: 6,
  positive: 0.1,
  within: 0.7,
  shift: 1,
  apart: 2.5,
  noise: { champion: 0.5, challenger: 0.5 },
};

export function dependenceOf({ entity, day }: Pick<Drawn, 'entity' | 'day'>): Dependence {
  const { code, count } = codeEntities(entity, String, entity.length, 0);
  return {
    entity: { code, count },
    period: day && { code: Int32Array.from(day), count: Math.max(...day) + 1 },
  };
}
