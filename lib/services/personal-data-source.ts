/** Which columns of a domain are personal, by the packs that its models were trained with. */

import type { PersonalDataServices } from '../api/personal-data.ts';
import type { AuditChain } from '../aws/audit-chain.ts';
import type { SubjectTable } from '../aws/subject-table.ts';
import type { Model } from '../models/model-folder.ts';
import { ALL_PERSONAL, type PersonalData, personalDataOf } from '../packs/personal-data.ts';
import { erasableColumns } from '../privacy/erasable-columns.ts';
import { openStored } from '../privacy/open-stored.ts';

interface Models {
  champion(domain: string): Promise<Model>;
  load(domain: string, version: string): Promise<Model>;
}

/** What shows records, or masks them: the API and the command line do it by the same. */
export function personalDataServices(
  models: Models,
  audit: Pick<AuditChain, 'append'>,
  now: () => number,
  subjects?: Pick<SubjectTable, 'of'>,
): PersonalDataServices {
  return {
    personalData: personalDataSource(models),
    recordRead: (domain, act) => audit.append(domain, act),
    now,
    ...(subjects !== undefined && { open: sealedSource(models, subjects) }),
  };
}

/** What is sealed is opened by the keys of its domain: which columns, says the pack that it was scored by. */
function sealedSource(
  models: Models,
  subjects: Pick<SubjectTable, 'of'>,
): NonNullable<PersonalDataServices['open']> {
  return async (domain, records) => {
    const keys = await subjects.of(domain);
    const bodies = await Promise.all(
      records.map(async ({ body, model }) => {
        // Where its own model is not to be had the columns are the champion's, as they mostly are.
        const own = model === null ? null : await models.load(domain, model).catch(() => null);
        const { pack } = own ?? (await models.champion(domain));
        return { body, sealed: erasableColumns(pack, keys.register.columns).sealed };
      }),
    );
    return await openStored(keys, bodies);
  };
}

/**
 * A column counts as personal if the model's pack says so, or that of the champion, which may be newer. Where a pack cannot be
 * read every column counts.
 */
export function personalDataSource(
  models: Models,
): (domain: string, model: string | null) => Promise<PersonalData> {
  return async (domain, model) => {
    const wanted = [models.champion(domain), ...(model === null ? [] : [models.load(domain, model)])];
    const found = await Promise.allSettled(wanted);
    return found
      .map((one) => (one.status === 'fulfilled' ? personalDataOf(one.value.pack) : ALL_PERSONAL))
      .reduce(either);
  };
}

function either(one: PersonalData, other: PersonalData): PersonalData {
  const isKnown = one.columns !== null && other.columns !== null;
  return {
    columns: isKnown ? new Set([...one.columns, ...other.columns]) : null,
    id: one.id || other.id,
    entity: one.entity || other.entity,
    time: one.time || other.time,
  };
}
