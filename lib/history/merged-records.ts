/** The records of several pieces in one table: their columns as they were written, those that some do not have missing there. */
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { defineTable, type Table } from '../engine/table.ts';
import { RESERVED_COLUMNS } from '../packs/own-columns.ts';
import { NEW_ID, type Piece, PLACE } from './past.ts';
import { columnsOfFiles, type PastFiles, placeSql, withRepeatsSql } from './past-sql.ts';

/** Beside the packs' columns. */
type MergedTable = Table<{ readonly line: bigint; readonly record_id: string; readonly record_hash: string }>;

export class MergedRecords {
  readonly table: MergedTable;
  /** The packs' columns: their types by name. */
  readonly columns = new Map<string, string>();
  rows = 0;

  private constructor(table: MergedTable) {
    this.table = table;
  }

  static async create(session: Session): Promise<MergedRecords> {
    return new MergedRecords(
      await defineTable(session, 'merged_records', [
        ...[`${PLACE} VARCHAR`, 'line BIGINT', 'record_id VARCHAR', 'record_hash VARCHAR'],
        `${NEW_ID} VARCHAR`,
      ]),
    );
  }

  /** False: a column of it has another type here, or other capitals, and nothing is added. */
  async add(piece: Piece, paths: readonly string[], repeats: PastFiles['repeats']): Promise<boolean> {
    const all = [...(await columnsOfFiles(this.table.session, paths))];
    const columns = all.filter(([name]) => !RESERVED_COLUMNS.includes(name));
    if (!columns.every(([name, type]) => this.#fits(name, type))) return false;
    for (const [name, type] of columns) {
      if (this.columns.has(name)) continue;
      await this.table.session.run(`ALTER TABLE ${this.table} ADD COLUMN ${quoteIdentifier(name)} ${type}`);
      this.columns.set(name, type);
    }
    const names = columns.map(([name]) => `past.${quoteIdentifier(name)} AS ${quoteIdentifier(name)}`);
    await this.table.session.run(
      `INSERT INTO ${this.table} BY NAME
       SELECT ${placeSql(piece)} AS ${PLACE}, past.line, past.record_id, past.record_hash, past.${NEW_ID},
         ${names.join(', ')} FROM ${withRepeatsSql(paths, repeats)}`,
    );
    this.rows += piece.rows;
    return true;
  }

  #fits(name: string, type: string): boolean {
    const known = this.columns.get(name);
    if (known !== undefined) return known === type;
    // To DuckDB these are one column, to packs two.
    return ![...this.columns.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
  }
}
