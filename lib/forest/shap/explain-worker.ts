/** A thread that explains rows: takes the ensemble at its start, answers every request with its rows' contributions. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import type { ExplainAnswer, ExplainRequest } from './explain-rows.ts';
import { createExplainer } from './tree-shap.ts';

const ensemble = workerData as TreeEnsemble;
const explainer = createExplainer(ensemble);
const columns = ensemble.featureCount;

parentPort!.on('message', ({ values, rows }: ExplainRequest) => {
  const answer: ExplainAnswer = new Float64Array(rows * columns);
  explainer.explain(values, 0, answer, 0, rows);
  parentPort!.postMessage(answer, [answer.buffer]);
});
