import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DecisionKey, decisionId, decisionIdSql } from '../../lib/decisions/decision-id.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';

const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom("'", '"', '|', ':', ',', '1', '\u001f', '\0', '\n', 'é', '😀', '\\') }),
);
const key = fc.record({ domain: nasty, recordId: nasty, recordHash: nasty, modelVersion: nasty });

let session: Session;
beforeAll(async () => {
  session = await Session.open();
});
afterAll(() => session.close());

describe('decisionId', () => {
  it('is the first 32 hex digits of the sha256 of the netstrings', () => {
    // printf '7:finance,2:T1,3:abc,4:v123,' | sha256sum
    const id = decisionId({ domain: 'finance', recordId: 'T1', recordHash: 'abc', modelVersion: 'v123' });
    expect(id).toBe('9f60445c03c4f35e89c36fe1c8235536');
  });

  it('differs wherever a key differs, also if only the borders between its parts moved', () => {
    const joined = (one: DecisionKey) => Object.values(one).join('');
    fc.assert(
      fc.property(key, nasty, (one, text) => {
        const moved = { ...one, domain: one.domain + text, recordId: one.recordId };
        const other = { ...one, recordId: text + one.recordId };
        expect(joined(moved)).toBe(joined(other));
        expect(decisionId(moved) === decisionId(other)).toBe(text === '');
      }),
    );
  });

  it('is the same in DuckDB, whatever the texts hold', async () => {
    const keys = fc.sample(key, { numRuns: 300, seed: 7 });
    const literal = (text: string) => text.split('\0').map(quoteText).join(' || chr(0) || ');
    const rows = keys.map(
      ({ domain, recordId, recordHash, modelVersion }) =>
        `(${[domain, recordId, recordHash, modelVersion].map(literal).join(', ')})`,
    );
    const sql = decisionIdSql({ domain: 'd', recordId: '"i"', recordHash: 'h', modelVersion: "m || ''" });
    const ids = await session.rows<{ id: string }>(
      `SELECT ${sql} AS id FROM (VALUES ${rows.join(', ')}) AS keys(d, i, h, m)`,
    );
    expect(ids.map(({ id }) => id)).toEqual(keys.map(decisionId));
  });
});
