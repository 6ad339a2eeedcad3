/** Keys of subjects in memory, for tests of what works with them; lib/aws/subject-table.ts stores them on a stack. */
import { createHmac, randomBytes } from 'node:crypto';
import type { DomainKeys } from '../../lib/privacy/domain-keys.ts';
import { SubjectCipher } from '../../lib/privacy/subject-cipher.ts';
import { type KeyRegister, type Span, type SubjectKey, unionOf } from '../../lib/privacy/subject-keys.ts';

const REJECTS = '\0rejects';

export class MemoryKeys implements DomainKeys {
  readonly register: KeyRegister;
  readonly #key = randomBytes(32);
  readonly #subjects = new Map<string, SubjectKey>();
  readonly #drops = new Map<string, Uint8Array>();

  constructor(domain: string) {
    this.register = { id: 'memory', domain, columns: [] };
  }

  async take(spans: ReadonlyMap<string, Span | null>): Promise<ReadonlyMap<string, SubjectKey>> {
    return new Map([...spans].map(([id, span]) => [id, this.#take(id, span)]));
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    return new Map(ids.flatMap((id) => (this.#subjects.has(id) ? [[id, this.#subjects.get(id)!]] : [])));
  }

  async findByPseudonym(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const own = [...this.#subjects.values()].filter(({ pseudonym }) => pseudonyms.includes(pseudonym));
    return new Map(own.map((key) => [key.pseudonym, key]));
  }

  async takeRejectsKey(): Promise<SubjectKey> {
    return this.#take(REJECTS, null);
  }

  async findRejectsKey(): Promise<SubjectKey | null> {
    return this.#subjects.get(REJECTS) ?? null;
  }

  hashName(name: string): string {
    return `file_${this.#hash(`file ${name}`)}`;
  }

  hashRecordId(recordId: string): string {
    return this.#hash(`record ${recordId}`);
  }

  async takeDropKey(drop: string): Promise<SubjectCipher> {
    if (!this.#drops.has(drop)) this.#drops.set(drop, randomBytes(32));
    return (await this.findDropKey(drop))!;
  }

  async findDropKey(drop: string): Promise<SubjectCipher | null> {
    const key = this.#drops.get(drop);
    return key === undefined ? null : new SubjectCipher({ pseudonym: drop, key });
  }

  destroyDropKey(drop: string): void {
    this.#drops.delete(drop);
  }

  destroy(id: string): void {
    for (const one of [id, REJECTS]) this.#subjects.delete(one);
  }

  #take(id: string, span: Span | null): SubjectKey {
    const pseudonym = `s_${randomBytes(16).toString('hex')}`;
    const known = this.#subjects.get(id) ?? { pseudonym, key: randomBytes(32), id, span: null };
    const key = { ...known, span: unionOf(known.span, span) };
    this.#subjects.set(id, key);
    return key;
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 32);
  }
}
