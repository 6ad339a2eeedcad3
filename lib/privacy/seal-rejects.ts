/**
 * Rejected lines of a run whose records are erasable: the text is sealed under the key of the subject that the line names, where that
 * one is known; else under a key of all such lines, which the next erasure destroys, since any subject may be in them. Reasons
 * quote nothing.
 */
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api';
import { quoteText, type Session } from '../engine/session.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { SubjectKeys } from './subject-keys.ts';

const SEALED_TEXT = /^sealed (s_[0-9a-f]{32}) ([A-Za-z0-9+/=]+)$/;

export interface RejectsContext {
  /** Of the subjects with records in this drop, by id. */
  readonly ciphers: ReadonlyMap<string, SubjectCipher>;
  /** Of the files, as they were delivered. */
  readonly names: readonly string[];
}

/** Reads `reject_entities`, writes `rejects` anew. */
export async function sealRejects(
  session: Session,
  keys: SubjectKeys,
  { ciphers, names }: RejectsContext,
): Promise<void> {
  const cipherOf = await findCiphers(session, keys, ciphers);
  await session.run('CREATE OR REPLACE TABLE sealed_texts (file INTEGER, line DOUBLE, sealed VARCHAR)');
  const appender = await session.append('sealed_texts', [INTEGER, DOUBLE, VARCHAR]);
  const sql = `SELECT file, line::DOUBLE, text, any_value(entity) FROM rejects
    LEFT JOIN reject_entities USING (file, line) GROUP BY file, line, text`;
  try {
    for await (const chunk of session.chunks(sql)) {
      const rows = chunk.getRows() as [number, number, string, string | null][];
      const sealed = rows.map(([, line, text, entity]) => sealText(cipherOf(entity), text, line));
      appender.columns([rows.map(([file]) => file), rows.map(([, line]) => line), sealed]);
    }
  } finally {
    appender.close();
  }
  const reason = `CASE WHEN "column" IS NULL THEN trim(regexp_extract(reason, '^[^":]*')) ELSE ${namingNoFile(keys, names)} END`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE rejects AS
     SELECT rejects.file, rejects.line, "column", ${reason} AS reason, sealed AS text
     FROM rejects JOIN sealed_texts ON sealed_texts.file = rejects.file AND sealed_texts.line = rejects.line::DOUBLE
     ORDER BY rejects.file, rejects.line`,
  );
  await session.run('DROP TABLE sealed_texts');
}

async function findCiphers(
  session: Session,
  keys: SubjectKeys,
  ciphers: RejectsContext['ciphers'],
): Promise<(entity: string | null) => SubjectCipher> {
  const rows = await session.rows<{ entity: string }>(
    'SELECT DISTINCT entity FROM reject_entities WHERE entity IS NOT NULL',
  );
  const others = rows.map(({ entity }) => entity).filter((entity) => !ciphers.has(entity));
  const found = new Map([...(await keys.find(others))].map(([id, key]) => [id, new SubjectCipher(key)]));
  const { count } = await session.row<{ count: number }>('SELECT count(*)::INTEGER AS count FROM rejects');
  const rest = count === 0 ? null : new SubjectCipher(await keys.takeRejectsKey());
  return (entity) => ciphers.get(entity ?? '') ?? found.get(entity ?? '') ?? rest!;
}

function sealText(cipher: SubjectCipher, text: string, line: number): string {
  return `sealed ${cipher.pseudonym} ${cipher.seal(text, `reject ${line}`)}`;
}

/** A repeated id's reason ends in the name of the file that had it first. */
function namingNoFile(keys: SubjectKeys, names: readonly string[]): string {
  const cases = [...new Set(names)].map((name) => {
    const end = ` of ${name}`;
    const hashed = quoteText(` of ${keys.hashName(name)}`);
    return `WHEN ends_with(reason, ${quoteText(end)}) THEN left(reason, length(reason) - ${[...end].length}) || ${hashed}`;
  });
  return cases.length === 0 ? 'reason' : `CASE ${cases.join(' ')} ELSE reason END`;
}

/** What a rejected line's text in rejects.csv is sealed under, and the text; null: it is not sealed. */
export function openRejected(
  cell: string,
  line: number,
): { readonly pseudonym: string; readonly open: (cipher: SubjectCipher) => string | null } | null {
  const [, pseudonym, sealed] = SEALED_TEXT.exec(cell) ?? [];
  if (pseudonym === undefined || sealed === undefined) return null;
  return { pseudonym, open: (cipher) => cipher.open(sealed, `reject ${line}`) };
}
