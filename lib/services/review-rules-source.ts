/** How the flags of a domain are reviewed, and which columns are seen first, by the pack of its champion. */
import type { ReviewRulesOf } from '../api/show-case.ts';
import type { Model } from '../models/model-folder.ts';
import { reviewPolicyOf } from '../packs/load-review-policy.ts';
import type { Pack } from '../packs/pack.ts';

interface Champions {
  champion(domain: string): Promise<Model>;
}

/** A domain without a model has the rules of the shipped domain of that name, or those by default. */
export function reviewRulesOf(models: Champions): (domain: string) => Promise<ReviewRulesOf> {
  return async (domain) => {
    const pack = await models.champion(domain).then(
      (model) => model.pack,
      () => null,
    );
    return {
      policy: await reviewPolicyOf(pack ?? { domain, review: null }),
      facts: pack === null ? [] : firstColumns(pack),
    };
  };
}

/** What the pack wants seen first, and the currency of each amount among it: a number alone says nothing of money. */
function firstColumns({ facts, columns }: Pick<Pack, 'facts' | 'columns'>): string[] {
  const names = new Set(columns.map(({ name }) => name));
  const currencies = columns
    .filter(({ name }) => facts.includes(name))
    .map(({ money }) => money?.currency ?? '')
    .filter((currency) => names.has(currency));
  return [...new Set([...facts, ...currencies])];
}
