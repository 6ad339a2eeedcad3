/**
 * The identity of a decision: 32 hex digits of domain, record id, record hash and model version. The same record scored again by the
 * same model has the same id, so that replaying an event changes nothing.
 *
 * What is hashed is each text as a netstring, `<length in UTF-8 bytes>:<text>,`, one after the other: no choice of
 * texts can be read as another one, whatever separators they hold. `a|b` and `c` never meet `a` and `b|c`.
 */
import { createHash } from 'node:crypto';

export interface DecisionKey {
  readonly domain: string;
  readonly recordId: string;
  readonly recordHash: string;
  readonly modelVersion: string;
}

const HEX_DIGITS = 32;

/** First 32 hex digits (128 bits) of the sha256 of the key's netstrings. */
export function decisionId(key: DecisionKey): string {
  const hash = createHash('sha256');
  for (const text of [key.domain, key.recordId, key.recordHash, key.modelVersion]) {
    hash.update(`${Buffer.byteLength(text)}:${text},`);
  }
  return hash.digest('hex').slice(0, HEX_DIGITS);
}

/** The same as a DuckDB expression; each part of the key is an SQL expression of type VARCHAR, none of them NULL. */
export function decisionIdSql(expressions: DecisionKey): string {
  const netstring = (sql: string) => `strlen(${sql}) || ':' || ${sql} || ','`;
  const { domain, recordId, recordHash, modelVersion } = expressions;
  const encoded = [domain, recordId, recordHash, modelVersion]
    .map((sql) => netstring(`(${sql})`))
    .join(' || ');
  return `left(sha256(${encoded}), ${HEX_DIGITS})`;
}
