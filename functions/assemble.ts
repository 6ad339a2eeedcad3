/** A drop's pieces put together: results, audit log and seal, and the flags in pieces to be stored. */
import { assemble } from '../lib/drops/assemble.ts';
import { orFault } from '../lib/drops/fault.ts';
import type { AssembleInput } from '../lib/drops/flow.ts';
import { observe } from '../lib/observe/observe.ts';
import { assembleDeps, dropStatus, stageModels } from '../lib/services/stage-deps.ts';

const deps = assembleDeps(stageModels());
const status = dropStatus();

export const handler = observe(
  ({ drop }: AssembleInput) =>
    orFault(
      async () => {
        await status.state(drop.id, 'finishing');
        const { chunks } = await assemble(deps, { drop });
        return { chunks };
      },
      { drop, keysOf: deps.keysOf },
    ),
  ({ drop }) => ({ drop: drop.id, domain: drop.domain, stage: 'assemble' }),
);
