/**
 * Rows of a file as texts, for guessing what its columns are: its first ones, or at most `limit` spread evenly over all of it. Records
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

export interface SpreadSample extends Sample {
  /** Sound rows of the file, of which `rows` are every n-th. */
  readonly total: number;
}

/** The whole file is read; of more than `limit` rows every second, fourth, eighth … is stored. */
export async function sampleSpread(
  path: string,
  limit: number,
  options: DeliveryOptions = {},
): Promise<SpreadSample> {
  const delivery = await glanceAtDelivery(path, options);
  const hint = dataHint(delivery);
  const odd = hint === null ? [] : [`${delivery.source.name}: ${hint}`];
  const spread =
    delivery.format === 'parquet' ? await spreadParquet(delivery, limit) : await spreadText(delivery, limit);
  return { ...spread, warnings: [...delivery.warnings, ...odd] };
}

type Spread = Rows & Pick<SpreadSample, 'total'>;

async function spreadText(delivery: Delivery, limit: number): Promise<Spread> {
  const read = delivery.format === 'jsonl' ? objectReader() : rowReader(delivery);
  let stored: (() => string[])[] = [];
  let stride = 1;
  let total = 0;
  await walkRecords(delivery, (record, problem) => {
    if (problem !== null) return;
    const row = total % stride === 0 ? read.row(record.bytes, record.start, record.end) : null;
    total++;
    if (row === null) return;
    stored.push(row);
    if (stored.length <= limit) return;
    stored = stored.filter((_, at) => at % 2 === 0);
    stride *= 2;
  });
  return { header: read.header(), rows: stored.map((row) => row()), total };
}

interface RowReader {
  /** Null: the record is not sound. The cells are asked for once the header is known. */
  row(bytes: Uint8Array, start: number, end: number): (() => string[]) | null;
  header(): readonly string[];
}

function rowReader({ dialect, header }: Delivery): RowReader {
  return {
    row(bytes, start, end) {
      const cells = fieldTexts(bytes, start, end, dialect).slice(0, header.length);
      return () => cells;
    },
    header: () => header,
  };
}

function objectReader(): RowReader {
  const keys = new Set<string>();
  return {
    row(bytes, start, end) {
      const object = parseJsonObject(textOf(bytes, start, end));
      if (typeof object === 'string') return null;
      for (const key of object.keys) keys.add(key);
      const values = new Map(object.keys.map((key, at) => [key, object.values[at] ?? '']));
      return () => [...keys].map((key) => values.get(key) ?? '');
    },
    header: () => [...keys],
  };
}

async function spreadParquet(delivery: Delivery, limit: number): Promise<Spread> {
  const session = await Session.open({ threads: 1 });
  try {
    const { columns, table } = await parquetTexts(session, delivery);
    const { n } = await session.row<{ n: number }>(`SELECT count(*)::INTEGER AS n FROM ${table}`);
    const stride = Math.max(1, Math.ceil(n / limit));
    const rows = await session.rows<Record<string, string | null>>(
      `SELECT * EXCLUDE (line) FROM ${table} WHERE line % ${stride} = 0`,
    );
    return {
      header: columns,
      rows: rows.map((row) => columns.map((_, at) => row[`c${at}`] ?? '')),
      total: n,
    };
  } finally {
    await session.close();
  }
}

/** The header and the first records of a file, at most `limit`, as texts. */
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
