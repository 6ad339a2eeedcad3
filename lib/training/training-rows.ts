/**
 * The labelled records of a dataset as plain columns: what splitting, folding and evaluating ask about, in input order.
 */

import { quoteIdentifier } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { recordTimeSql } from '../features/records-sql.ts';
import type { Records } from '../intake/records.ts';
import { labelValueSql, unmappedLabelSql } from '../packs/label-values.ts';
import type { DerivedLabel, Pack } from '../packs/pack.ts';

export interface LabelledRows {
  readonly count: number;
  readonly seq: Float64Array;
  readonly labels: Uint8Array;
  /** The entity's text; the record's own id where the pack names no entity. */
  readonly entity: readonly (string | null)[];
  /** Time in microseconds, or in the pack's own steps; null where missing or not named by the pack. */
  readonly time: readonly (number | null)[];
  readonly id: readonly string[];
}

/** The label's column; throws an InputError where the pack names none. */
export function labelOf({ domain, record }: Pack): string {
  if (record.label !== null) return record.label;
  throw new InputError(
    `pack ${domain}: record.label is not set; without a label a pack can score but not train`,
  );
}

/** Throws an InputError when there are none, or all have one label. */
export async function readLabelledRows(records: Records, pack: Pack): Promise<LabelledRows> {
  const label = labelOf(pack);
  const value = labelValueSql(pack, quoteIdentifier(label));
  return await readRows(records, pack, value, (labels) => checkLabels(pack, label, labels));
}

/** All records that are not history, whatever their label: each counts as negative. */
export function readAllRows(records: Records, pack: Pack): Promise<LabelledRows> {
  return readRows(records, pack, '0', () => {});
}

/** The records whose label, a piece of SQL, is known. */
async function readRows(
  records: Records,
  pack: Pack,
  value: string,
  check: (labels: readonly number[]) => void,
): Promise<LabelledRows> {
  const { entity } = pack.record;
  const entitySql = entity === null ? 'NULL' : `${quoteIdentifier(entity)}::VARCHAR`;
  const sql = `SELECT seq::DOUBLE, (${value})::INTEGER, ${entitySql}, (${recordTimeSql(pack)})::DOUBLE, record_id
    FROM ${records} WHERE NOT history AND (${value}) IS NOT NULL ORDER BY seq`;
  const seq: number[] = [];
  const labels: number[] = [];
  const entities: (string | null)[] = [];
  const times: (number | null)[] = [];
  const ids: string[] = [];
  for await (const chunk of records.session.chunks(sql)) {
    const [s, l, e, t, id] = chunk.getColumns() as [
      number[],
      number[],
      (string | null)[],
      (number | null)[],
      string[],
    ];
    for (let i = 0; i < chunk.rowCount; i++) {
      seq.push(s[i]!);
      labels.push(l[i]!);
      entities.push(e[i]!);
      times.push(t[i]!);
      ids.push(id[i]!);
    }
  }
  check(labels);
  return {
    count: seq.length,
    seq: Float64Array.from(seq),
    labels: Uint8Array.from(labels),
    entity: entities,
    time: times,
    id: ids,
  };
}

/** Records whose label column holds a value that the pack's mapping does not name: they count as unlabelled, but not in silence. */
export async function warnOfUnmapped(records: Records, pack: Pack): Promise<string[]> {
  const label = labelOf(pack);
  const column = quoteIdentifier(label);
  const unmapped = unmappedLabelSql(pack, column);
  if (unmapped === null) return [];
  const rows = await records.session.rows<{ value: string; n: number }>(
    `SELECT CAST(${column} AS VARCHAR) AS value, count(*)::INTEGER AS n FROM ${records}
     WHERE NOT history AND ${unmapped} GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
  if (rows.length === 0) return [];
  const isPersonal = pack.columns.some(({ name, pii }) => name === label && pii);
  const shown = rows.slice(0, 5).map(({ value, n }) => `${JSON.stringify(value.slice(0, 60))} (${n})`);
  const named = isPersonal ? '' : `: ${shown.join(', ')}${rows.length > 5 ? ' …' : ''}`;
  const count = rows.reduce((sum, { n }) => sum + n, 0);
  return [
    `${count} records count as unlabelled, since their "${label}" is neither positive nor negative by record.label${named}`,
  ];
}

function checkLabels({ record }: Pack, column: string, labels: readonly number[]): void {
  const hint = record.labelIs === null ? '' : missingHint(record.labelIs);
  if (labels.length === 0) {
    throw new InputError(
      `no record has a label: the column "${column}" is empty or missing in all of them; training needs both 0 and 1${hint}`,
    );
  }
  const odd = labels.find((value) => value !== 0 && value !== 1);
  if (odd !== undefined) throw new InputError(`the label column "${column}" holds ${odd}; expected 0 or 1`);
  const positives = labels.reduce((sum, value) => sum + value, 0);
  if (positives === 0 || positives === labels.length) {
    throw new InputError(
      `all ${labels.length} labels in "${column}" are ${positives === 0 ? 0 : 1}; training needs records of both kinds${hint}`,
    );
  }
}

function missingHint({ is, needs }: DerivedLabel): string {
  return `. It is derived: ${is}${needs.length === 0 ? '' : `; it is not known where ${needs.join(' or ')} is missing, unless that is under may_be_missing`}`;
}
