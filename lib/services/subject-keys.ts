/** The keys of subjects, for functions: of whichever domain, or of those alone whose records are erasable. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { StoredIds } from '../api/stored-ids.ts';
import { documentClient, kmsClient } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import type { StackOutputs } from '../aws/stack-outputs.ts';
import { SubjectTable } from '../aws/subject-table.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { type OpenedDrop, openDrop } from '../drops/erasable-drop.ts';
import { type KeysOf, keyedRecordId } from '../privacy/domain-keys.ts';
import { isKeyedId } from '../privacy/reveal.ts';

export function subjectTable(documents: DynamoDBDocumentClient = documentClient()): SubjectTable {
  const { ASSAY_SUBJECTS_TABLE: table, ASSAY_SUBJECTS_KEY: keyId } = readEnvironment(
    ['ASSAY_SUBJECTS_TABLE', 'ASSAY_SUBJECTS_KEY'],
    process.env,
  );
  return new SubjectTable(documents, { table, keyId, kms: kmsClient() });
}

/** Of a stack by its outputs; undefined: it was deployed before there were such keys. */
export function subjectsOf({
  SubjectsTable: table,
  SubjectsKey: keyId,
}: StackOutputs): SubjectTable | undefined {
  if (table === undefined || keyId === undefined) return undefined;
  return new SubjectTable(documentClient(), { table, keyId, kms: kmsClient() });
}

/** The same of the domains whose records are erasable; null: the domain is none. */
export function erasableKeysOf(outputs: StackOutputs): {
  readonly domains: readonly string[];
  readonly keysOf: KeysOf;
} {
  const table = subjectsOf(outputs);
  const domains = (outputs.ErasureDomains ?? '').split(' ').filter((one) => one !== '');
  return {
    domains,
    keysOf: async (domain) => (domains.includes(domain) ? ((await table?.of(domain)) ?? null) : null),
  };
}

/** The domains of the setting `erasure.domains`. */
export function erasureDomains(): readonly string[] {
  return readEnvironment(['ASSAY_ERASURE_DOMAINS'], process.env).ASSAY_ERASURE_DOMAINS;
}

/** Null: it is not sealed, or its domain has no keys. */
export async function openSealedDrop(
  subjects: Pick<SubjectTable, 'find'>,
  { id, domain, sealed }: DropStatus,
): Promise<OpenedDrop | null> {
  const keys = sealed === undefined ? null : await subjects.find(domain);
  if (sealed === undefined || keys === null) return null;
  return await openDrop(keys, { id, sealedKey: sealed.key, sealedWords: sealed.words });
}

/** By the setting: what people call a subject or a record, as the tables have it. */
export function storedIds(subjects: SubjectTable): StoredIds {
  const domains = erasureDomains();
  const keysOf = async (domain: string) => (domains.includes(domain) ? await subjects.find(domain) : null);
  return {
    entityOf: async (domain, entity) =>
      (await (await keysOf(domain))?.find([entity]))?.get(entity)?.pseudonym ?? entity,
    recordIdOf: async (domain, recordId) => {
      const keys = await keysOf(domain);
      return keys === null || isKeyedId(recordId) ? recordId : keyedRecordId(keys, recordId);
    },
    isErasable: (domain) => domains.includes(domain),
    erasable: domains,
  };
}

/** By the setting: null for every other domain. */
export function erasableKeys(table = subjectTable()): KeysOf {
  const domains = erasureDomains();
  return async (domain) => (domains.includes(domain) ? await table.of(domain) : null);
}
