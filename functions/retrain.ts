/** One step of a retraining, by name: it computes in its work folder, or speaks to the registry. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { planOf, type StepInput, type StoppedExecution, stepOf } from '../lib/retraining/flow.ts';
import { anotherRunning } from '../lib/retraining/retraining-status.ts';
import { DELIVERED, READS, runStep } from '../lib/retraining/run-step.ts';
import { propose, settle } from '../lib/retraining/settle-model.ts';
import { awaitApproval, endRetraining } from '../lib/services/end-retraining.ts';
import { retrainTools } from '../lib/services/retrain-function.ts';
import { withinWorkFolder } from '../lib/services/work-folder.ts';

const tools = retrainTools(new SFNClient({ retryMode: 'adaptive', maxAttempts: 8 }));

export const handler = observe(
  async (event: StepInput | StoppedExecution) => {
    const input = stepOf(event);
    const { retraining, step } = input;
    const { domain, startedBy } = planOf(retraining);
    const { id } = retraining;
    if (step === 'snapshot') {
      const { running } = await tools.table.start({ id, domain, startedBy });
      if (running !== null)
        return { end: { outcome: 'another_running', reason: anotherRunning(domain, running) } };
    }
    if (step === 'end') return endRetraining(tools, input);
    if (step === 'await') return awaitApproval(tools, input);
    if (!(await tools.table.step(id, step))) {
      // Cancelled meanwhile: the machine that goes on is led to its end.
      const { state, reason } = (await tools.table.get(id))!;
      return { end: { outcome: state, reason } };
    }
    if (step === 'propose') return propose(input, tools.settle);
    if (step === 'settle') return settle(input, tools.settle);
    const place = { prefix: `work/retraining/${id}/`, reads: READS[step], except: DELIVERED };
    const outcome = await withinWorkFolder(tools.data, place, (folder) =>
      runStep(input, folder, tools.steps),
    );
    log.info('step done', { retraining: id, domain, stage: step });
    return outcome;
  },
  (event) => {
    const { retraining, step } = stepOf(event);
    return { retraining: retraining.id, domain: retraining.request.domain, stage: step };
  },
);
