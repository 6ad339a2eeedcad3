/** The text of a column's type goes in; the type comes out, and from a type its name in DuckDB's SQL. */
import type { ColumnType } from './pack.ts';

export const TYPE_WORDS = ['string', 'integer', 'number', 'decimal(18,2)', 'boolean', 'date', 'timestamp'];

/** null: not a type. What belongs to a time is the caller's to fill in. */
export function parseColumnType(text: string): ColumnType | null {
  const decimal = /^decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (decimal !== null) {
    const precision = Number(decimal[1]);
    const scale = Number(decimal[2]);
    const possible = precision >= 1 && precision <= 38 && scale <= precision;
    return possible ? { kind: 'decimal', precision, scale } : null;
  }
  if (text === 'string' || text === 'integer' || text === 'number' || text === 'boolean')
    return { kind: text };
  if (text === 'date' || text === 'timestamp')
    return { kind: text, formats: [], timezone: null, overlap: null };
  return null;
}

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
