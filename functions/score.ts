/** A partition of a drop: features, scores, reasons. */
import { orFault } from '../lib/drops/fault.ts';
import type { ScoreInput } from '../lib/drops/flow.ts';
import { scorePartition } from '../lib/drops/score-partition.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { dropStatus, stageDeps, stageModels } from '../lib/services/stage-deps.ts';

const deps = stageDeps(stageModels());
const status = dropStatus();

export const handler = observe(
  (input: ScoreInput) =>
    orFault(
      async () => {
        const { drop, partition } = input;
        // Of a shadow no one waits for the status.
        const isShadow = drop.shadowOf !== undefined;
        if (!isShadow) await status.state(drop.id, 'scoring');
        const { scored, flagged } = await scorePartition(deps, input);
        if (!isShadow) await status.scoredPart(drop.id, partition);
        log.info('scored', { drop: drop.id, domain: drop.domain, part: partition, scored, flagged });
        return {};
      },
      { drop: input.drop, keysOf: deps.keysOf },
    ),
  ({ drop, partition }) => ({ drop: drop.id, domain: drop.domain, stage: 'score', part: partition }),
);
