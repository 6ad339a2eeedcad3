/** The keys of subjects, for functions: of whichever domain, or of those alone whose records are erasable. */
import { documentClient, kmsClient } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import { SubjectTable } from '../aws/subject-table.ts';
import type { KeysOf } from '../privacy/domain-keys.ts';

export function subjectTable(): SubjectTable {
  const { ASSAY_SUBJECTS_TABLE: table, ASSAY_SUBJECTS_KEY: keyId } = readEnvironment(
    ['ASSAY_SUBJECTS_TABLE', 'ASSAY_SUBJECTS_KEY'],
    process.env,
  );
  return new SubjectTable(documentClient(), { table, keyId, kms: kmsClient() });
}

/** By the setting `erasure.domains`: null for every other domain. */
export function erasableKeys(): KeysOf {
  const { ASSAY_ERASURE_DOMAINS: domains } = readEnvironment(['ASSAY_ERASURE_DOMAINS'], process.env);
  const table = subjectTable();
  return async (domain) => (domains.includes(domain) ? await table.of(domain) : null);
}
