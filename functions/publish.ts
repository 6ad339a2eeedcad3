/** A piece of a drop's flags, put before officers, or of the records of it that are reviewed blindly. What is there already stays as it is. */

import { documentClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { FlagTable } from '../lib/aws/flag-table.ts';
import type { PublishInput } from '../lib/drops/flow.ts';
import { readChunk } from '../lib/drops/publish-chunks.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { dataStore, reviewTable } from '../lib/services/stage-deps.ts';
import { eventBus, flagEvents } from '../lib/services/stage-events.ts';

const { ASSAY_FLAGS_TABLE } = readEnvironment(['ASSAY_FLAGS_TABLE'], process.env);
const flagTable = new FlagTable(documentClient(), ASSAY_FLAGS_TABLE);
const data = dataStore();
const reviews = reviewTable();
const bus = eventBus();
const eventsOf = flagEvents();

export const handler = observe(
  async (input: PublishInput) => {
    const { drop } = input;
    const { flags, blind } = await readChunk(data, input);
    if (blind !== undefined) await reviews.putBlind(blind);
    else {
      const stored = await flagTable.putFlags(flags);
      await bus.publish(eventsOf(flags));
      log.info('flags stored', { drop: drop.id, domain: drop.domain, flagged: stored.new });
    }
    return {};
  },
  ({ drop }) => ({ drop: drop.id, domain: drop.domain, stage: 'publish' }),
);
