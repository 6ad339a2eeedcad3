import type { DuckDBDataChunk } from '@duckdb/node-api';

/** A column's values as DuckDB holds them. The types call them private; reading them one by one is many times slower. */
export function itemsOf<Items>(chunk: DuckDBDataChunk, column: number): Items {
  return (chunk.getColumnVector(column) as unknown as { readonly items: Items }).items;
}
