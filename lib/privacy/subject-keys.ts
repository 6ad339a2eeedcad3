/**
 * What makes a subject erasable: a key of its own, and a random pseudonym under which all stores know it. The row that holds both is
 * the only link between the two; without it nothing that was sealed under the key can be read again.
 */

/** The first and last day of the subject's records, YYYY-MM-DD. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Both null: no record yet. */
export function unionOf(a: Span | null, b: Span | null): Span | null {
  if (a === null || b === null) return a ?? b;
  return { from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to };
}

export interface SubjectKey {
  /** `s_` and 32 hex digits. */
  readonly pseudonym: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** As records name it. */
  readonly id: string;
  /** Null: no record of it was scored. */
  readonly span: Span | null;
}

export interface KeyRegister {
  /** Of this set of keys; a run names it. */
  readonly id: string;
  readonly domain: string;
  /** Columns beside the entity whose values are subjects too. */
  readonly columns: readonly string[];
}

/** Where the keys of a domain's subjects are stored. */
export interface SubjectKeys {
  readonly register: KeyRegister;
  /** The key of each subject, made where there is none; its span is extended by the one given. */
  take(spans: ReadonlyMap<string, Span | null>): Promise<ReadonlyMap<string, SubjectKey>>;
  /** Without those that have no key. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>;
  /** By pseudonym; those that were erased are not there. */
  findByPseudonym(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>;
  /** Seals the lines that were rejected and belong to no subject that could be read. Gone with the next erasure. */
  takeRejectsKey(): Promise<SubjectKey>;
  /** The same name always gives the same text, which says nothing without these keys. */
  hashName(name: string): string;
}
