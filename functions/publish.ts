/** A piece of a drop's flags, put before officers. What is there already stays as it is. */

import { documentClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { FlagTable } from '../lib/aws/flag-table.ts';
import { readChunk } from '../lib/drops/flag-chunks.ts';
import type { PublishInput } from '../lib/drops/flow.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { dataStore } from '../lib/services/stage-deps.ts';
import { eventBus, flagEvents } from '../lib/services/stage-events.ts';

const { ASSAY_FLAGS_TABLE } = readEnvironment(['ASSAY_FLAGS_TABLE'], process.env);
const flags = new FlagTable(documentClient(), ASSAY_FLAGS_TABLE);
const data = dataStore();
const bus = eventBus();
const eventsOf = flagEvents();

export const handler = observe(
  async (input: PublishInput) => {
    const { drop, chunk } = input;
    const items = await readChunk(data, input);
    const stored = await flags.putFlags(items);
    await bus.publish(eventsOf(items));
    log.info('flags stored', { drop: drop.id, domain: drop.domain, part: chunk, flagged: stored.new });
    return {};
  },
  ({ drop, chunk }) => ({ drop: drop.id, domain: drop.domain, stage: 'publish', part: chunk }),
);
