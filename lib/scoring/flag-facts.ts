/**
 * What a person wants to know first of a flagged record: whose it is, and the columns that the pack names as its facts, read from
 * the records and worded. Personal data is masked.
 */

import { quoteIdentifier } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import { formatValue } from '../packs/format-value.ts';
import type { Column, Pack } from '../packs/pack.ts';
import { MASKED, personalDataOf } from '../packs/personal-data.ts';

export interface FlagFacts {
  /** Null: the pack has no entity, or the record none. */
  readonly entity: string | null;
  readonly facts: readonly Fact[];
}

export interface Fact {
  readonly name: string;
  readonly text: string;
}

const MAX_FACTS = 6;

/** By `seq`. */
export async function readFlagFacts(
  records: Records,
  pack: Pack,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, FlagFacts>> {
  if (seqs.length === 0) return new Map();
  const columns = factColumns(pack);
  const { columns: personal, entity: entityIsPersonal } = personalDataOf(pack);
  const shown = columns.flatMap((column, at) => [
    `CAST(${quoteIdentifier(column.name)} AS VARCHAR) AS fact_${at}`,
    ...(currencyColumn(pack, column) === null
      ? []
      : [`CAST(${quoteIdentifier(currencyColumn(pack, column)!)} AS VARCHAR) AS currency_${at}`]),
  ]);
  const entity = pack.record.entity === null ? 'NULL' : quoteIdentifier(pack.record.entity);
  const rows = await records.session.rows<Record<string, string | number | null>>(
    `SELECT seq::DOUBLE AS seq, CAST(${entity} AS VARCHAR) AS entity${shown.map((sql) => `, ${sql}`).join('')}
     FROM ${records} WHERE seq IN (${seqs.join(', ')})`,
  );
  return new Map(
    rows.map((row) => [
      Number(row.seq),
      {
        entity: row.entity === null ? null : entityIsPersonal ? MASKED : String(row.entity),
        facts: columns.flatMap((column, at) => {
          const text = row[`fact_${at}`];
          if (text === null || text === undefined) return [];
          const isPersonal = personal?.has(column.name) === true;
          const currency = row[`currency_${at}`] ?? column.money?.currency ?? null;
          const fact = isPersonal ? MASKED : factText(column, String(text), currency);
          return [{ name: column.name.replaceAll('_', ' '), text: fact }];
        }),
      },
    ]),
  );
}

/** As the pack lists them; else when it was, the amounts of money, and what records are distinguished by. */
function factColumns(pack: Pack): Column[] {
  const usual = [
    ...(pack.record.time === null ? [] : [pack.record.time]),
    ...pack.columns
      .filter(({ money, derivedFrom }) => money !== null && derivedFrom === null)
      .map(({ name }) => name),
    ...pack.segments,
    ...pack.categories.map(({ column }) => column),
  ];
  const names = pack.facts.length > 0 ? pack.facts : [...new Set(usual)].slice(0, MAX_FACTS);
  return names.flatMap((name) => pack.columns.find((column) => column.name === name) ?? []);
}

function currencyColumn(pack: Pack, { money }: Column): string | null {
  return pack.columns.find(({ name }) => name === money?.currency)?.name ?? null;
}

function factText({ type, codes, money }: Column, text: string, currency: string | number | null): string {
  if (money !== null) {
    const amount = formatValue(text, 'money');
    return currency === null ? amount : `${amount} ${currency}`;
  }
  if (codes === 'country') return formatValue(text, 'country');
  // To the second: the rest of a time is in the file.
  if (type.kind === 'timestamp') return `${text.slice(0, 19)} UTC`;
  if (type.kind === 'boolean') return formatValue(text === 'true');
  return type.kind === 'number' || type.kind === 'decimal' ? formatValue(text, 'number') : formatValue(text);
}
