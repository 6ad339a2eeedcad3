/**
 * The last state of a drop: it becomes the past of later ones, and its sender is informed. Says which model waits to score it too; what
 * was delivered to an erasable domain is deleted once no one does.
 */

import { documentClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { HistoryTable } from '../lib/aws/history-table.ts';
import { dropKeys } from '../lib/drops/drop-keys.ts';
import { readPlan } from '../lib/drops/drop-plan.ts';
import { RefusedDrop } from '../lib/drops/erasable-drop.ts';
import { orFault } from '../lib/drops/fault.ts';
import type { EndedInput, FinishInput } from '../lib/drops/flow.ts';
import { readOutcome, refusal } from '../lib/drops/read-outcome.ts';
import { log } from '../lib/observe/logger.ts';
import { countRows } from '../lib/observe/metrics.ts';
import { observe } from '../lib/observe/observe.ts';
import { deleteDelivered, deliveredStores } from '../lib/services/delivered-files.ts';
import { dataStore, dropStatus, dueDrops } from '../lib/services/stage-deps.ts';
import { dropDone, eventBus } from '../lib/services/stage-events.ts';

const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
const history = new HistoryTable(documentClient(), ASSAY_DROPS_TABLE);
const data = dataStore();
const bus = eventBus();
const status = dropStatus();
const due = dueDrops();
const delivered = deliveredStores();

export const handler = observe(
  (input: FinishInput | EndedInput) =>
    orFault(async () => {
      const { drop } = input;
      if ('ended' in input) {
        await deleteDelivered(delivered, { ...drop, id: drop.shadowOf ?? drop.id });
        return {};
      }
      const outcome = await readOutcome(data, drop);
      const { shadow } = await readPlan(data, drop);
      const { summary, sealed } = outcome;
      // A drop without a scored record has a log too.
      if (sealed !== undefined) await due.note(sealed);
      const refused = refusal(outcome);
      if (refused !== null) {
        await status.left(drop.id, summary, dropKeys(drop).results, outcome.warnings);
        throw new RefusedDrop(refused);
      }
      await history.add(drop.domain, { ...outcome.entry, finishedAt: new Date().toISOString() });
      const isFirst = await status.done(drop.id, summary, dropKeys(drop).results, outcome.warnings);
      await bus.publish([dropDone(drop.id, summary, outcome.entry.settledAt)]);
      // Repeated, it is counted once.
      if (isFirst) countRows(drop.domain, summary);
      const { received, scored, rejected, flagged, unexplained } = summary;
      const counts = { received, scored, rejected, flagged, unexplained };
      log.info('done', { drop: drop.id, domain: drop.domain, model: summary.model, ...counts });
      if (shadow !== null) return { shadow };
      await deleteDelivered(delivered, drop);
      return {};
    }, input),
  ({ drop, attempt }) => ({ drop: drop.id, domain: drop.domain, stage: 'finish', attempt }),
);
