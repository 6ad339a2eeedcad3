/**
 * The hash by which an entry of the log vouches for a row of a table that says more than the log may: why someone decided, which may
 * name people. A row has a salt of its own, so that no one who has the log alone can try what it may say; it goes with the row.
 */
import { hash } from 'node:crypto';
import { canonicalJson, type Json } from './canonical-json.ts';

/** Hex. Members without a value count for nothing, and of a set what it holds does: as a table gives a row back. */
export function rowHash(row: object): string {
  const text = JSON.stringify(row, (_, value: unknown) =>
    value instanceof Set ? { set: [...(value as Set<string>)].toSorted() } : value,
  );
  return hash('sha256', canonicalJson(JSON.parse(text) as Json));
}
