/** The first state of a drop: what it is, by which model it will be scored, and in how many pieces. */

import { documentClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { HistoryTable } from '../lib/aws/history-table.ts';
import { activeStops } from '../lib/aws/stop-table.ts';
import { orFault } from '../lib/drops/fault.ts';
import type { PlanInput } from '../lib/drops/flow.ts';
import { planDrop } from '../lib/drops/plan-drop.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { candidateOf } from '../lib/services/shadow-runs.ts';
import { candidateSource, dropStatus, sealingDeps, stageModels } from '../lib/services/stage-deps.ts';

/** The text lies on the disk beside the file itself, and there is more that needs room. */
const TEXT_SHARE = 0.4;

const environment = readEnvironment(
  [
    ...(['ASSAY_DROPS_TABLE', 'ASSAY_ROWS_PER_PARTITION', 'ASSAY_BYTES_PER_RANGE'] as const),
    ...(['ASSAY_WHOLE_BYTES', 'ASSAY_DISK_GB'] as const),
  ],
  process.env,
);
const models = stageModels();
const deps = sealingDeps(models);
const status = dropStatus();
const candidates = candidateSource(models);
const history = new HistoryTable(documentClient(), environment.ASSAY_DROPS_TABLE);

export const handler = observe(
  ({ drop }: PlanInput) =>
    orFault(
      async () => {
        const model = await models.champion(drop.domain);
        const plan = await planDrop(deps, {
          drop,
          model,
          threshold: null,
          shadow: await candidateOf(candidates, drop.domain),
          past: await history.past(drop.domain),
          stops: await activeStops(documentClient(), environment.ASSAY_DROPS_TABLE, drop.domain),
          settings: {
            rowsPerPartition: environment.ASSAY_ROWS_PER_PARTITION,
            bytesPerRange: environment.ASSAY_BYTES_PER_RANGE,
            wholeBytes: environment.ASSAY_WHOLE_BYTES,
            maxTextBytes: TEXT_SHARE * environment.ASSAY_DISK_GB * 1e9,
          },
          now: new Date(),
        });
        await status.planned(drop.id, plan.model, plan.partitions);
        log.info('planned', { drop: drop.id, domain: drop.domain, model: plan.model, part: plan.partitions });
        return plan.flow;
      },
      { drop, keysOf: deps.keysOf },
    ),
  ({ drop, attempt }) => ({ drop: drop.id, domain: drop.domain, attempt, stage: 'plan' }),
);
