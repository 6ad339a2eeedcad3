/** What answers for models: which one serves each domain, and how good it is. */

import { type Model, thresholdOf } from '../models/model-folder.ts';
import { isInScope } from '../packs/domain-scope.ts';
import type { Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

export interface ModelReader {
  domains(): Promise<readonly string[]>;
  champion(domain: string): Promise<Model>;
}

/** Throws a Problem where there is no such domain. */
export async function findChampion(models: ModelReader, domain: string): Promise<Model> {
  if (!(await models.domains()).includes(domain)) throw new Problem(404, `There is no domain ${domain}.`);
  return await models.champion(domain);
}

/** The champion of each domain in scope. */
export function modelHandlers(models: ModelReader): Required<Pick<Handlers, 'listModels'>> {
  return {
    listModels: async ({ scope }) => {
      const domains = (await models.domains()).filter((domain) => isInScope(scope, domain));
      const champions = await Promise.all(domains.map((domain) => models.champion(domain)));
      return { body: { items: champions.map(shownModel) } };
    },
  };
}

function shownModel(model: Model): Reply<'listModels'>['body']['items'][number] {
  const { card, pack } = model;
  return {
    domain: card.domain,
    version: card.version,
    title: pack.title,
    algorithm: card.algorithm,
    pack_version: pack.version,
    threshold: thresholdOf(model),
    roc_auc: card.evaluation?.rocAuc.value ?? null,
    pr_auc: card.evaluation?.prAuc.value ?? null,
    trained_on: card.dataset.labelled,
    approved_by: card.approvedBy,
  };
}
