/** A small drop, all its stages one after the other on one machine: the same as in parts, with one of each. */
import { type AssembleTools, assemble } from './assemble.ts';
import type { SettledDrop, WholeInput } from './flow.ts';
import { identify } from './identify.ts';
import { intakeRange } from './intake-range.ts';
import { scorePartition } from './score-partition.ts';

export async function scoreWhole(tools: AssembleTools, { drop }: WholeInput): Promise<SettledDrop> {
  await intakeRange(tools, { drop, range: 0 });
  await identify(tools, { drop, partition: 0 });
  await scorePartition(tools, { drop, partition: 0 });
  return assemble(tools, { drop });
}
