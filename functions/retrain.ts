/** One step of a retraining, by name: it computes in its work folder, or speaks to the registry. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { formatStop } from '../lib/oversight/stop.ts';
import { finalize, propose } from '../lib/retraining/finalize-model.ts';
import { planOf, type StepInput, type StoppedExecution, stepOf } from '../lib/retraining/flow.ts';
import { anotherRunning } from '../lib/retraining/retraining-status.ts';
import { DELIVERED, READS, runStep } from '../lib/retraining/run-step.ts';
import { awaitApproval, endRetraining } from '../lib/services/end-retraining.ts';
import { retrainDeps } from '../lib/services/retrain-function.ts';
import { withinWorkFolder } from '../lib/services/work-folder.ts';

const deps = retrainDeps(new SFNClient({ retryMode: 'adaptive', maxAttempts: 8 }));

export const handler = observe(
  async (event: StepInput | StoppedExecution) => {
    const input = stepOf(event);
    const { retraining, step } = input;
    const { domain, startedBy } = planOf(retraining);
    const { id } = retraining;
    if (step === 'snapshot') {
      const stop = await deps.stopOf(domain);
      if (stop !== null) {
        await deps.table.start({ id, domain, startedBy });
        return { end: { outcome: 'stopped', reason: `No retraining starts: ${formatStop(stop)}` } };
      }
      const { running } = await deps.table.start({ id, domain, startedBy });
      if (running !== null)
        return { end: { outcome: 'another_running', reason: anotherRunning(domain, running) } };
    }
    if (step === 'end') return endRetraining(deps, input);
    if (step === 'await') return awaitApproval(deps, input);
    if (!(await deps.table.step(id, step))) {
      // Cancelled meanwhile: the machine that goes on is led to its end.
      const { state, reason } = (await deps.table.get(id))!;
      return { end: { outcome: state, reason } };
    }
    if (step === 'propose') return propose(input, deps.finalizing);
    if (step === 'finalize') return finalize(input, deps.finalizing);
    const place = { prefix: `work/retraining/${id}/`, reads: READS[step], except: DELIVERED };
    const outcome = await withinWorkFolder(deps.data, place, (folder) => runStep(input, folder, deps.steps));
    log.info('step done', { retraining: id, domain, stage: step });
    return outcome;
  },
  (event) => {
    const { retraining, step } = stepOf(event);
    return { retraining: retraining.id, domain: retraining.request.domain, stage: step };
  },
);
