/** Reads the text of a column's type, and names a type in DuckDB's SQL. */
import type { CodeList, ColumnType } from './pack.ts';

export const TYPE_WORDS = [
  'string',
  'integer',
  'number',
  'decimal(18,2)',
  'boolean',
  'date',
  'timestamp',
  'country',
  'currency',
  'money',
];

/** null: not a type. What belongs to a time is the caller's to fill in. */
export function parseColumnType(text: string): ColumnType | null {
  if (text === 'money') return { kind: 'decimal', precision: 18, scale: 2 };
  const decimal = /^(?:decimal|money)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (decimal !== null) {
    const precision = Number(decimal[1]);
    const scale = Number(decimal[2]);
    const possible = precision >= 1 && precision <= 38 && scale <= precision;
    return possible ? { kind: 'decimal', precision, scale } : null;
  }
  if (codeListOf(text) !== null) return { kind: 'string' };
  if (text === 'string' || text === 'integer' || text === 'number' || text === 'boolean')
    return { kind: text };
  if (text === 'date' || text === 'timestamp')
    return { kind: text, formats: [], timezone: null, overlap: null };
  return null;
}

/** Whether amounts of the type have a currency. */
export function isMoney(text: string): boolean {
  return /^money\b/.test(text);
}

/** The list that a type's values are codes of: they are strings otherwise. */
export function codeListOf(text: string): CodeList | null {
  return text === 'country' || text === 'currency' ? text : null;
}

/** The type of DuckDB that holds the values of a column; a TIMESTAMP is in UTC. */
export function sqlTypeOf(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR';
    case 'integer':
      return 'BIGINT';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
  }
}
