/** The learned encodings of a pack as SQL: their keys, their past counts as window aggregates, and the smoothed rate. */
import type { Encoding, Pack } from '../packs/pack.ts';
import { columnName } from './records-sql.ts';

/** Several columns make one text that no other values make: a JSON list. A key with a missing part is missing. */
export function encodingKeySql(pack: Pack, encoding: Encoding): string {
  const texts = encoding.of.map((name) => `CAST(${columnName(pack, name)} AS VARCHAR)`);
  if (texts.length === 1) return texts[0]!;
  const missing = texts.map((text) => `${text} IS NULL`).join(' OR ');
  return `CASE WHEN ${missing} THEN NULL ELSE CAST(to_json(list_value(${texts.join(', ')})) AS VARCHAR) END`;
}

/** `prior` stands in for `smoothing` records: what training and scoring both compute. */
export function smoothedRateSql(count: string, positives: string, prior: string, smoothing: number): string {
  return `((${positives} + ${smoothing}::DOUBLE * ${prior}) / nullif(${count} + ${smoothing}::DOUBLE, 0))`;
}
