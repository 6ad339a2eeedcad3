/** A partition of a drop's ids: which were there before. */
import { orFault } from '../lib/drops/fault.ts';
import type { IdentifyInput } from '../lib/drops/flow.ts';
import { identify } from '../lib/drops/identify.ts';
import { observe } from '../lib/observe/observe.ts';
import { stageDeps, stageModels } from '../lib/services/stage-deps.ts';

const deps = stageDeps(stageModels());

export const handler = observe(
  (input: IdentifyInput) =>
    orFault(
      async () => {
        await identify(deps, input);
        return {};
      },
      { drop: input.drop, keysOf: deps.keysOf },
    ),
  ({ drop, partition }) => ({ drop: drop.id, domain: drop.domain, stage: 'identify', part: partition }),
);
