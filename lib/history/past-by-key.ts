/**
 * Files of the past in tables of a session that repeats its work, in the order of a hash of the key by which they are looked up: DuckDB
 * compares the bounds of each stretch of a table with the hashes that are wanted, and reads the few stretches that may have them,
 * where a file is read whole each time. A file's records never change. Of the columns, those that windows see.
 */
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable, type Table } from '../engine/table.ts';
import { seenColumns } from '../features/seen-columns.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { Pack } from '../packs/pack.ts';
import { DROP } from './cached-past.ts';
import { dropOfPlace, PLACE } from './past.ts';
import { type PastFiles, pastSql } from './past-sql.ts';

/** A table takes longer to make than a file to read: it is worth it for a process that looks again. */
const LOOKS_BEFORE = 1;
/** Of a value of a column, some more than it takes. */
const BYTES_A_VALUE = 16;
/** Of the memory of the session. */
const SHARE = 0.25;
/** Of a file that was not looked up in so many looks the table makes room: a compaction took it up, or another pack is in force. */
const MAX_IDLE_LOOKS = 10_000;

/** A file by a key; `rows` is about how many it has. */
export interface FileByKey {
  readonly object: string;
  readonly by: readonly string[];
  readonly rows: number;
}

interface LookedUpFile {
  looks: number;
  /** Which of all looks was the last at this file. */
  lastLook: number;
  table: Table<{ readonly record_id: string }> | null;
  bytes: number;
}

interface SessionTables {
  readonly files: Map<string, LookedUpFile>;
  looks: number;
  bytes: number;
}

/** The hash of a key, as SQL: equal keys have the same. */
export const keyHashSql = (by: readonly string[]): string => `hash(${by.map(quoteIdentifier).join(', ')})`;

export const HASH = quoteIdentifier('hash of the key');

export class PastByKey {
  readonly #tables = new WeakMap<Session, SessionTables>();

  /** The name of its table, with HASH beside the columns that `CachedEntries` names; null: it is looked up in its file. */
  async tableOf(
    session: Session,
    pack: Pack,
    { object, by, rows }: FileByKey,
    read: () => Promise<PastFiles>,
  ): Promise<string | null> {
    if (!session.repeats || by.length === 0) return null;
    const tables = this.#tables.get(session) ?? { files: new Map(), looks: 0, bytes: 0 };
    this.#tables.set(session, tables);
    const name = JSON.stringify([pack.domain, pack.hash, object, by]);
    const file = tables.files.get(name) ?? { looks: 0, lastLook: 0, table: null, bytes: 0 };
    tables.files.set(name, file);
    file.lastLook = ++tables.looks;
    if (file.table !== null) return file.table.name;
    if (file.looks++ < LOOKS_BEFORE) return null;
    const seen = seenColumns(pack);
    const bytes = rows * (seen.size + 6) * BYTES_A_VALUE;
    const maxBytes = session.memoryLimitMb * 2 ** 20 * SHARE;
    if (tables.bytes + bytes > maxBytes) await makeRoom(tables);
    if (tables.bytes + bytes > maxBytes) return null;
    const values = pack.columns.map((column) => {
      const own = quoteIdentifier(column.name);
      return seen.has(column.name) ? own : `CAST(NULL AS ${sqlTypeOf(column.type)}) AS ${own}`;
    });
    const own = [PLACE, DROP, 'file', 'line', 'history', 'record_id', 'record_hash'];
    const names = [...own, ...pack.columns.map((column) => quoteIdentifier(column.name))];
    const past = pastSql(pack, await read(), [PLACE, dropOfPlace(PLACE)], []);
    file.table = await createTable<{ readonly record_id: string }>(
      session,
      'by_key',
      `SELECT ${[`${keyHashSql(by)} AS ${HASH}`, ...own, ...values].join(', ')}
       FROM (${past}) AS past(${names.join(', ')}) ORDER BY 1`,
      { lasting: true },
    );
    file.bytes = bytes;
    tables.bytes += bytes;
    return file.table.name;
  }
}

async function makeRoom(tables: SessionTables): Promise<void> {
  for (const [name, { lastLook, table, bytes }] of tables.files) {
    if (lastLook >= tables.looks - MAX_IDLE_LOOKS) continue;
    tables.files.delete(name);
    tables.bytes -= bytes;
    await table?.drop();
  }
}
