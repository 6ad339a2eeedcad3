/** A drop that is done, scored by the model that waits for approval: begun, compared, or given up with its reason reported. */
import { type Fault, orFault } from '../lib/drops/fault.ts';
import type { ShadowFailInput, ShadowFlow, ShadowInput } from '../lib/drops/flow.ts';
import { beginShadow, compareShadow, missShadow } from '../lib/drops/shadow-pass.ts';
import type { ShadowRun } from '../lib/drops/shadow-run.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { saveShadow } from '../lib/services/shadow-runs.ts';
import { artifactStore, sealingDeps, stageModels } from '../lib/services/stage-deps.ts';

const deps = sealingDeps(stageModels());
const artifacts = artifactStore();

async function store(domain: string, run: ShadowRun): Promise<void> {
  await saveShadow(artifacts, domain, run);
  const { drop, challenger: model } = run;
  if ('notScored' in run) log.warn('the challenger was not scored', { drop, domain, model });
  else log.info('the challenger is scored', { drop, domain, model, records: run.records });
}

export const handler = observe(
  async (input: ShadowInput | ShadowFailInput): Promise<ShadowFlow | Record<string, never> | Fault> => {
    const { drop, attempt } = input;
    if ('error' in input) {
      await store(drop.domain, await missShadow(deps, drop, input.error));
      return {};
    }
    return orFault(
      async () => {
        if (drop.shadowOf !== undefined) {
          await store(drop.domain, await compareShadow(deps, { drop }));
          return {};
        }
        const { plan, run } = await beginShadow(deps, { drop });
        if (run !== null) await store(drop.domain, run);
        return { drop: plan.drop, attempt, plan: plan.flow };
      },
      { drop, keysOf: deps.keysOf },
    );
  },
  ({ drop, attempt }) => ({ drop: drop.shadowOf ?? drop.id, domain: drop.domain, attempt, stage: 'shadow' }),
);
