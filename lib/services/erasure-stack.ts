/** Erasures of a deployed stack, and what stands against them, as the command line sees them: by a stack's name. */
import { AuditChain } from '../aws/audit-chain.ts';
import { callerName } from '../aws/aws-caller.ts';
import { CaseTable } from '../aws/case-table.ts';
import { documentClient, kmsClient } from '../aws/clients.ts';
import type { DomainKeyTable } from '../aws/domain-key-table.ts';
import { ErasureTable } from '../aws/erasure-table.ts';
import { People } from '../aws/people.ts';
import { readStackOutputs } from '../aws/stack-outputs.ts';
import { doing } from '../aws/store-error.ts';
import { SubjectTable } from '../aws/subject-table.ts';
import { InputError } from '../errors.ts';

export interface ErasureStack {
  readonly erasures: ErasureTable;
  readonly people: Pick<People, 'namesOf'>;
  /** Throws an InputError where records of the domain are not erasable. */
  keysOf(domain: string): Promise<DomainKeyTable>;
  /** The pseudonym whose case it is. Throws an InputError where there is no such case in the domain. */
  entityOf(domain: string, id: string): Promise<string>;
  /** Who acts at this stack; `as` is another name, which an emulator takes. */
  caller(as: string | undefined): Promise<string>;
}

export async function openErasureStack(name: string): Promise<ErasureStack> {
  const outputs = await doing(`reading the stack ${name}`, () => readStackOutputs(name));
  const { SubjectsTable: table, SubjectsKey: keyId, ErasureDomains = '' } = outputs;
  const documents = documentClient();
  const people = new People(documents, outputs.DropsTable);
  const audit = new AuditChain(documents, outputs.DropsTable, people);
  const cases = new CaseTable(documents, outputs.FlagsTable);
  const domains = ErasureDomains.split(' ').filter((one) => one !== '');
  return {
    erasures: new ErasureTable(documents, outputs.DropsTable, audit),
    people,
    keysOf: async (domain) => {
      if (table === undefined || keyId === undefined || !domains.includes(domain))
        throw new InputError(
          `records of ${domain} are not erasable in ${name}: erasure.domains names ${domains.join(', ') || 'no domain'}`,
        );
      return await new SubjectTable(documents, { table, keyId, kms: kmsClient() }).of(domain);
    },
    entityOf: async (domain, id) => {
      const found = await cases.get(id);
      if (found?.domain !== domain || found.entity === null)
        throw new InputError(`there is no case ${id} of an entity in ${domain}`);
      return found.entity;
    },
    caller: (as) => callerName(outputs.DropMachineArn, as),
  };
}
