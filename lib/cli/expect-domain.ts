/** A domain that a person named, against those that the stack has models for: the nearest is suggested. */

import { isDenied } from '../aws/explain-aws-error.ts';
import { InputError } from '../errors.ts';
import { didYouMean } from '../packs/nearest-word.ts';
import type { DeployedStack } from '../services/deployed-stack.ts';

/** Who may not ask for the models is believed: the drop's status will say it, then. */
export async function expectDomain(
  { name, models }: Pick<DeployedStack, 'name' | 'models'>,
  domain: string,
): Promise<void> {
  const domains = await models.domains().catch((error: unknown) => {
    if (isDenied(error)) return [domain];
    throw error;
  });
  if (domains.includes(domain)) return;
  throw new InputError(
    `the stack ${name} has no model for the domain "${domain}"${didYouMean(domain, domains)}; there is one for ${domains.join(', ')}`,
  );
}
