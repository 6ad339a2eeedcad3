/** A small drop in one go. */
import { orFault } from '../lib/drops/fault.ts';
import type { WholeInput } from '../lib/drops/flow.ts';
import { scoreWhole } from '../lib/drops/score-whole.ts';
import { observe } from '../lib/observe/observe.ts';
import { assembleTools, dropStatus, stageModels } from '../lib/services/stage-tools.ts';

const tools = assembleTools(stageModels());
const status = dropStatus();

export const handler = observe(
  ({ drop }: WholeInput) =>
    orFault(async () => {
      await status.state(drop.id, 'scoring');
      const { chunks } = await scoreWhole(tools, { drop });
      await status.scoredPart(drop.id, 0);
      await status.state(drop.id, 'settling');
      return { chunks };
    }),
  ({ drop }) => ({ drop: drop.id, domain: drop.domain, stage: 'whole' }),
);
