/**
 * Rejected lines of a run whose records are erasable: the text is sealed under the key of the subject that the line names, where that
 * one is known; else under a key of all such lines, which the next erasure destroys, since any subject may be in them. So may be
 * another one where records name more than one subject: then all lines are sealed under that key. Reasons quote nothing.
 */
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api';
import { quoteText, type Session } from '../engine/session.ts';
import { type OpenTable, openTable, type Table } from '../engine/table.ts';
import type { RejectEntities, Rejects } from '../intake/records.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { SubjectKeys } from './subject-keys.ts';

const SEALED_TEXT = /^sealed (s_[0-9a-f]{32}) ([A-Za-z0-9+/=]+)$/;

export interface RejectsContext {
  /** Of the subjects with records in this drop, by id. */
  readonly ciphers: ReadonlyMap<string, SubjectCipher>;
  /** Of the files, as they were delivered. */
  readonly names: readonly string[];
  /** The columns that hold subjects. */
  readonly subjects: readonly string[];
}

/** Of a line whose subject was erased since it was read. */
const ERASED = 'erased';

/** Writes the table of rejects anew. */
export async function sealRejects(
  {
    rejects,
    rejectEntities,
  }: { readonly rejects: Rejects; readonly rejectEntities?: RejectEntities | undefined },
  keys: SubjectKeys,
  { ciphers, names, subjects }: RejectsContext,
): Promise<void> {
  if (rejectEntities === undefined) throw new Error('whose the rejected lines are was not asked for');
  const cipherOf = await findCiphers(rejects, rejectEntities, keys, { ciphers, subjects });
  const { table: texts, appender } = await openTable(rejects.session, 'sealed_texts', [
    ['file', INTEGER],
    ['line', DOUBLE],
    ['sealed', VARCHAR],
  ]);
  const sql = `SELECT file, line::DOUBLE, text, any_value(entity) FROM ${rejects}
    LEFT JOIN ${rejectEntities} USING (file, line) GROUP BY file, line, text`;
  try {
    for await (const chunk of rejects.session.chunks(sql)) {
      const rows = chunk.getRows() as [number, number, string, string | null][];
      const sealed = rows.map(([, line, text, entity]) => sealText(cipherOf(entity), text, line));
      appender.columns([rows.map(([file]) => file), rows.map(([, line]) => line), sealed]);
    }
  } finally {
    appender.close();
  }
  const reason = `CASE WHEN "column" IS NULL THEN trim(regexp_extract(reason, '^[^":]*')) ELSE ${namingNoFile(keys, names)} END`;
  await rejects.replace(
    `SELECT rejects.file, rejects.line, "column", ${reason} AS reason, sealed AS text
     FROM ${rejects} AS rejects JOIN ${texts} AS sealed_texts ON sealed_texts.file = rejects.file AND sealed_texts.line = rejects.line::DOUBLE
     ORDER BY rejects.file, rejects.line`,
  );
  await texts.drop();
}

async function findCiphers(
  rejects: Rejects,
  rejectEntities: RejectEntities,
  keys: SubjectKeys,
  { ciphers, subjects }: Pick<RejectsContext, 'ciphers' | 'subjects'>,
): Promise<(entity: string | null) => SubjectCipher> {
  const rest = (await rejects.count()) === 0 ? null : new SubjectCipher(await keys.takeRejectsKey());
  if (subjects.length > 1) return () => rest!;
  const rows = await rejects.session.rows<{ entity: string }>(
    `SELECT DISTINCT entity FROM ${rejectEntities} WHERE entity IS NOT NULL`,
  );
  const others = rows.map(({ entity }) => entity).filter((entity) => !ciphers.has(entity));
  const found = new Map([...(await keys.find(others))].map(([id, key]) => [id, new SubjectCipher(key)]));
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

/**
 * Rejected lines of which is known by which pseudonyms their subjects go, as SQL: `line`, `text` and `pseudonym`; the same with `text`
 * sealed. A subject without a key was erased meanwhile, and its line is not stored: the key of all such lines may be a new one.
 */
export async function sealTexts(
  session: Session,
  keys: SubjectKeys,
  { texts, subjects }: { readonly texts: string } & Pick<RejectsContext, 'subjects'>,
): Promise<Table<{ readonly line: number; readonly text: string }>> {
  const rows = await session.rows<{ line: number; text: string; pseudonym: string }>(
    `SELECT line::DOUBLE AS line, text, pseudonym FROM (${texts}) ORDER BY line`,
  );
  const found = await keys.findByPseudonym([...new Set(rows.map(({ pseudonym }) => pseudonym))]);
  const rest = subjects.length > 1 ? new SubjectCipher(await keys.takeRejectsKey()) : null;
  const ciphers = new Map([...found].map(([pseudonym, key]) => [pseudonym, new SubjectCipher(key)]));
  const { table, appender }: OpenTable<{ readonly line: number; readonly text: string }> = await openTable(
    session,
    'sealed_texts',
    [
      ['line', DOUBLE],
      ['text', VARCHAR],
    ],
  );
  appender.columns([
    rows.map(({ line }) => line),
    rows.map(({ line, text, pseudonym }) => {
      const own = ciphers.get(pseudonym);
      return own === undefined ? ERASED : sealText(rest ?? own, text, line);
    }),
  ]);
  appender.close();
  return table;
}
