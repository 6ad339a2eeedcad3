/** A small drop, all its stages one after the other on one machine: the same as in parts, with one of each. */
import { type AssembleDeps, assemble } from './assemble.ts';
import type { AssembledDrop, WholeInput } from './flow.ts';
import { identify } from './identify.ts';
import { intakeRange } from './intake-range.ts';
import { scorePartition } from './score-partition.ts';

export async function scoreWhole(deps: AssembleDeps, { drop }: WholeInput): Promise<AssembledDrop> {
  await intakeRange(deps, { drop, range: 0 });
  await identify(deps, { drop, partition: 0 });
  await scorePartition(deps, { drop, partition: 0 });
  return assemble(deps, { drop });
}
