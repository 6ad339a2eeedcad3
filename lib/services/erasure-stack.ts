/** Erasures of a deployed stack, and what stands against them, as the command line sees them: by a stack's name. */
import { AuditChain } from '../aws/audit-chain.ts';
import { callerName } from '../aws/aws-caller.ts';
import { CaseTable } from '../aws/case-table.ts';
import { documentClient } from '../aws/clients.ts';
import { ErasureTable } from '../aws/erasure-table.ts';
import { People } from '../aws/people.ts';
import { readStackOutputs } from '../aws/stack-outputs.ts';
import { doing } from '../aws/store-error.ts';
import { InputError } from '../errors.ts';
import type { DomainKeys } from '../privacy/domain-keys.ts';
import { erasableKeysOf } from './subject-keys.ts';

export interface ErasureStack {
  readonly erasures: ErasureTable;
  readonly people: Pick<People, 'namesOf'>;
  /** Throws an InputError where records of the domain are not erasable. */
  keysOf(domain: string): Promise<DomainKeys>;
  /** The pseudonym whose case it is. Throws an InputError where there is no such case in the domain. */
  entityOf(domain: string, id: string): Promise<string>;
  /** Who acts at this stack; `as` is another name, which an emulator takes. */
  caller(as: string | undefined): Promise<string>;
}

export async function openErasureStack(name: string): Promise<ErasureStack> {
  const outputs = await doing(`reading the stack ${name}`, () => readStackOutputs(name));
  const documents = documentClient();
  const people = new People(documents, outputs.DropsTable);
  const audit = new AuditChain(documents, outputs.DropsTable, people);
  const cases = new CaseTable(documents, outputs.FlagsTable);
  const erasable = erasableKeysOf(outputs);
  return {
    erasures: new ErasureTable(documents, outputs.DropsTable, audit),
    people,
    keysOf: async (domain) => {
      const keys = await erasable.keysOf(domain);
      if (keys !== null) return keys;
      throw new InputError(
        `records of ${domain} are not erasable in ${name}: erasure.domains names ${erasable.domains.join(', ') || 'no domain'}`,
      );
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
