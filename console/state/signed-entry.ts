/** What an entry of the log says was signed on a record: of one verdict, or of several given at once. */

export interface SignedEntry {
  readonly flag: string;
  readonly place: number;
  readonly hash: string;
}

/** Null: nothing on this record. */
export function signedIn(data: Readonly<Record<string, unknown>>, record: string): SignedEntry | null {
  const several = Array.isArray(data.flags) ? (data.flags as Readonly<Record<string, unknown>>[]) : null;
  const own = several === null ? data : several.find(({ record_id }) => record_id === record);
  if (own === undefined || typeof own.signed !== 'string') return null;
  return { flag: String(own.decision_id), place: Number(own.version), hash: own.signed };
}
