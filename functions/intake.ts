/** A range of a drop's text: typed, checked, parted. */
import { orFault } from '../lib/drops/fault.ts';
import type { IntakeInput } from '../lib/drops/flow.ts';
import { intakeRange } from '../lib/drops/intake-range.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { dropStatus, sealingDeps, stageModels } from '../lib/services/stage-deps.ts';

const deps = sealingDeps(stageModels());
const status = dropStatus();

export const handler = observe(
  (input: IntakeInput) =>
    orFault(
      async () => {
        const { drop, range } = input;
        if (drop.shadowOf === undefined) await status.state(drop.id, 'reading');
        const { received, rejected } = await intakeRange(deps, input);
        log.info('read', { drop: drop.id, domain: drop.domain, part: range, received, rejected });
        return {};
      },
      { drop: input.drop, keysOf: deps.keysOf },
    ),
  ({ drop, range }) => ({ drop: drop.id, domain: drop.domain, stage: 'intake', part: range }),
);
