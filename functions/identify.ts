/** A partition of a drop's ids: which were there before. */
import { orFault } from '../lib/drops/fault.ts';
import type { IdentifyInput } from '../lib/drops/flow.ts';
import { identify } from '../lib/drops/identify.ts';
import { observe } from '../lib/observe/observe.ts';
import { stageModels, stageTools } from '../lib/services/stage-tools.ts';

const tools = stageTools(stageModels());

export const handler = observe(
  (input: IdentifyInput) =>
    orFault(async () => {
      await identify(tools, input);
      return {};
    }),
  ({ drop, partition }) => ({ drop: drop.id, domain: drop.domain, stage: 'identify', part: partition }),
);
