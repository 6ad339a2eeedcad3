/** A small drop in one go. */
import { orFault } from '../lib/drops/fault.ts';
import type { WholeInput } from '../lib/drops/flow.ts';
import { scoreWhole } from '../lib/drops/score-whole.ts';
import { observe } from '../lib/observe/observe.ts';
import { assembleDeps, dropStatus, stageModels } from '../lib/services/stage-deps.ts';

const deps = assembleDeps(stageModels());
const status = dropStatus();

export const handler = observe(
  ({ drop }: WholeInput) =>
    orFault(
      async () => {
        await status.state(drop.id, 'scoring');
        const { chunks } = await scoreWhole(deps, { drop });
        await status.scoredPart(drop.id, 0);
        await status.state(drop.id, 'finishing');
        return { chunks };
      },
      { drop, keysOf: deps.keysOf },
    ),
  ({ drop }) => ({ drop: drop.id, domain: drop.domain, stage: 'whole' }),
);
