/** Every few minutes: what was done in each domain goes into its log, under a signed checkpoint. */

import { extendLog } from '../lib/audit/extend-log.ts';
import { ACCESS_LOG } from '../lib/aws/denial-log.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { logDeps, stageModels } from '../lib/services/stage-deps.ts';

const models = stageModels();
const deps = logDeps();

export const handler = observe(
  async () => {
    const failed: string[] = [];
    for (const domain of [...(await models.domains()), ACCESS_LOG]) {
      try {
        const { added } = await extendLog(deps, domain);
        if (added > 0) log.info('log extended', { domain, records: added });
      } catch (error) {
        // One log that is damaged is no reason to leave the others behind.
        log.error('a log could not be extended', { domain, ...errorFields(error) });
        failed.push(domain);
      }
    }
    if (failed.length > 0) throw new Error(`not extended: ${failed.join(', ')}`);
    return {};
  },
  () => ({ stage: 'extend-log' }),
);
