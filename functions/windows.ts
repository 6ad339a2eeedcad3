/** A partition of a drop's records by the key of some of its windows: their aggregates. */
import { buildDropWindows } from '../lib/drops/build-windows.ts';
import { orFault } from '../lib/drops/fault.ts';
import type { WindowsInput } from '../lib/drops/flow.ts';
import { observe } from '../lib/observe/observe.ts';
import { stageDeps, stageModels } from '../lib/services/stage-deps.ts';

const deps = stageDeps(stageModels());

export const handler = observe(
  (input: WindowsInput) =>
    orFault(
      async () => {
        await buildDropWindows(deps, input);
        return {};
      },
      { drop: input.drop, keysOf: deps.keysOf },
    ),
  ({ drop, window }) => ({ drop: drop.id, domain: drop.domain, stage: 'windows', part: window.partition }),
);
