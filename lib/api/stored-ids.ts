/** What stands in the tables in place of ids that people know: in an erasable domain pseudonyms, and keyed ids of records. */

export interface StoredIds {
  /** The same where the domain's records are stored as they are, or it has no such subject. */
  entityOf(domain: string, entity: string): Promise<string>;
  recordIdOf(domain: string, recordId: string): Promise<string>;
  /** Whether the domain's records are erasable. */
  isErasable(domain: string): boolean;
  /** The domains whose records are. */
  readonly erasable: readonly string[];
}
