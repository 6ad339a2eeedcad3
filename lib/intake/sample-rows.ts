/**
 * The first rows of a file as texts, for guessing what its columns are: its path in, header and at most `limit` rows out. Records
 * that are not sound are left out.
 */
import { Session } from '../engine/session.ts';
import { type Delivery, type DeliveryOptions, glanceAtDelivery } from './delivery.ts';
import { dataHint } from './header.ts';
import { parseJsonObject } from './json-object.ts';
import { parquetTexts } from './load-parquet.ts';
import { fieldTexts, textOf } from './record-fields.ts';
import { walkRecords } from './walk-records.ts';

export interface Sample {
  readonly header: readonly string[];
  /** Each as long as the header; what is missing is the empty text. */
  readonly rows: readonly (readonly string[])[];
  /** What is odd about the file, and how to read it otherwise. */
  readonly warnings: readonly string[];
}

export async function sampleRows(
  path: string,
  limit: number,
  options: DeliveryOptions = {},
): Promise<Sample> {
  const delivery = await glanceAtDelivery(path, options);
  const { header, rows } = await sampleOf(delivery, limit);
  const hint = dataHint(delivery);
  const odd = hint === null ? [] : [`${delivery.source.name}: ${hint}`];
  return { header, rows, warnings: [...delivery.warnings, ...odd] };
}

type Rows = Pick<Sample, 'header' | 'rows'>;

function sampleOf(delivery: Delivery, limit: number): Promise<Rows> {
  if (delivery.format === 'parquet') return sampleParquet(delivery, limit);
  return delivery.format === 'jsonl' ? sampleJsonLines(delivery, limit) : sampleCsv(delivery, limit);
}

async function sampleCsv(delivery: Delivery, limit: number): Promise<Rows> {
  const rows: string[][] = [];
  await firstSound(delivery, limit, (bytes, start, end) => {
    rows.push(fieldTexts(bytes, start, end, delivery.dialect).slice(0, delivery.header.length));
    return true;
  });
  return { header: delivery.header, rows };
}

async function sampleJsonLines(delivery: Delivery, limit: number): Promise<Rows> {
  const objects: Map<string, string>[] = [];
  const header = new Set<string>();
  await firstSound(delivery, limit, (bytes, start, end) => {
    const object = parseJsonObject(textOf(bytes, start, end));
    if (typeof object === 'string') return false;
    for (const key of object.keys) header.add(key);
    objects.push(new Map(object.keys.map((key, at) => [key, object.values[at] ?? ''])));
    return true;
  });
  const keys = [...header];
  return { header: keys, rows: objects.map((object) => keys.map((key) => object.get(key) ?? '')) };
}

async function sampleParquet(delivery: Delivery, limit: number): Promise<Rows> {
  const session = await Session.open({ threads: 1 });
  try {
    const { columns, table } = await parquetTexts(session, delivery);
    const rows = await session.rows<Record<string, string | null>>(
      `SELECT * EXCLUDE (line) FROM ${table} LIMIT ${limit}`,
    );
    return { header: columns, rows: rows.map((row) => columns.map((_, at) => row[`c${at}`] ?? '')) };
  } finally {
    await session.close();
  }
}

class EnoughSeen extends Error {}

/** Until `take` has said yes `limit` times. */
async function firstSound(
  delivery: Delivery,
  limit: number,
  take: (bytes: Uint8Array, start: number, end: number) => boolean,
): Promise<void> {
  const enough = new EnoughSeen();
  let taken = 0;
  if (limit < 1) return;
  try {
    await walkRecords(delivery, (record, problem) => {
      if (problem === null && take(record.bytes, record.start, record.end)) taken++;
      if (taken === limit) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
}
