/**
 * Looks for every leak that can be found in a prepared dataset and the records it was made of, before anything is trained on it.
 * Nothing that prepared it is trusted: parts are compared row by row, and inputs are computed again in a database of their own, from
 * records that end at a cut in time. An input that comes out differently there has seen what lay beyond the cut.
 *
 *     records   ├──────────┬──────────┬──────────┬───────────┬────────┤
 *     cuts              a third    two thirds   end of    middle of the
 *                       of the training part     it       held-out part      (a record belongs to the first cut not before it)
 *
 * What this cannot see is a column that was filled in after the fact by the one who delivered it.
 */

import { canonicalJson, type Json } from '../audit/canonical-json.ts';
import { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import { fitInputs } from '../features/fit-inputs.ts';
import { recordTimeSql } from '../features/records-sql.ts';
import type { RecordColumns, Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import { among, type Dataset, type DatasetPart, writeRowTable } from '../training/dataset.ts';
import { readMatrix } from '../training/read-matrix.ts';
import { loadRecords } from './load-records.ts';
import type { Machine } from './training-plan.ts';

export interface Leak {
  readonly kind: 'record_in_both' | 'entity_in_both' | 'not_later' | 'future_seen' | 'learned_beyond';
  readonly count: number;
  /** Up to five record ids, entities, or inputs. */
  readonly examples: readonly string[];
  readonly sentence: string;
}

export interface CheckOptions extends Pick<Machine, 'threads' | 'memoryLimitMb'> {
  /** records.parquet of the dataset. */
  readonly records: string;
  readonly pack: Pack;
  readonly dataset: Pick<Dataset, 'train' | 'heldOut' | 'fitted'>;
}

/** Empty: no leak was found. */
export async function checkDataset(options: CheckOptions): Promise<Leak[]> {
  const { pack, dataset } = options;
  const leaks = [...compareIds(dataset), ...compareEntities(pack, dataset)];
  if (pack.record.time === null) return leaks;
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const records = await loadRecords(session, pack, options.records);
    const times = await readTimes(records, pack);
    leaks.push(...compareTimes(dataset, times));
    leaks.push(...(await computeAgain(records, options, times)));
    return leaks;
  } finally {
    await session.close();
  }
}

function leak(kind: Leak['kind'], found: readonly string[], sentence: (count: string) => string): Leak[] {
  if (found.length === 0) return [];
  const count = found.length.toLocaleString('en-US');
  return [{ kind, count: found.length, examples: found.slice(0, 5), sentence: sentence(count) }];
}

type Parts = CheckOptions['dataset'];

function compareIds({ train, heldOut }: Parts): Leak[] {
  const trained = new Set(train.id);
  const both = heldOut.id.filter((id) => trained.has(id));
  return leak(
    'record_in_both',
    both,
    (count) => `${count} records are in the training and in the held-out part`,
  );
}

function compareEntities(pack: Pack, { train, heldOut }: Parts): Leak[] {
  if (pack.record.entity === null) return [];
  const trained = new Set(train.entity);
  const both = [...new Set(heldOut.entity)].filter((entity) => trained.has(entity));
  return leak(
    'entity_in_both',
    both,
    (count) => `${count} entities have records in the training and in the held-out part`,
  );
}

/** Of each record, at its `seq`, in the unit of the pack's time; NaN: it has none. */
type Times = Float64Array;

async function readTimes(records: Records, pack: Pack): Promise<Times> {
  const { session } = records;
  const { count } = await session.row<{ count: number }>(
    `SELECT (coalesce(max(seq), -1) + 1)::DOUBLE AS count FROM ${records}`,
  );
  const times = new Float64Array(count).fill(Number.NaN);
  for await (const chunk of session.chunks(
    `SELECT seq::DOUBLE, ${recordTimeSql(pack)}::DOUBLE FROM ${records}`,
  )) {
    const [seq, time] = chunk.getColumns() as [number[], (number | null)[]];
    for (let i = 0; i < chunk.rowCount; i++) if (time[i] !== null) times[seq[i]!] = time[i]!;
  }
  return times;
}

function compareTimes({ train, heldOut }: Parts, times: Times): Leak[] {
  const latest = train.seq.reduce((most, seq) => (times[seq]! > most ? times[seq]! : most), -Infinity);
  const early = heldOut.id.filter((_, row) => times[heldOut.seq[row]!]! <= latest);
  return leak(
    'not_later',
    early,
    (count) => `${count} held-out records are not later than all that is trained on`,
  );
}

async function computeAgain(
  records: Records,
  { pack, dataset }: CheckOptions,
  times: Times,
): Promise<Leak[]> {
  const { session } = records;
  const { train, heldOut, fitted } = dataset;
  const [third, twoThirds, end] = [1 / 3, 2 / 3, 1].map((share) => timeAt(train, times, share));
  const middle = timeAt(heldOut, times, 1 / 2);
  const cuts = [
    { part: train, mode: 'train', from: -Infinity, to: third! },
    { part: train, mode: 'train', from: third!, to: twoThirds! },
    { part: train, mode: 'train', from: twoThirds!, to: end! },
    { part: heldOut, mode: 'score', from: -Infinity, to: middle },
  ] as const;
  const changed = new Map<string, number>();
  const leaks: Leak[] = [];
  for (const { part, mode, from, to } of cuts) {
    const early = await createTable<RecordColumns>(
      session,
      'records',
      `SELECT * FROM ${records} WHERE ${recordTimeSql(pack)} <= ${to} ORDER BY seq`,
    );
    const features = await buildFeatures(early, pack, { usual: false });
    const rows = [...part.seq.keys()].filter((row) => {
      const time = times[part.seq[row]!]!;
      return time > from && time <= to;
    });
    const checked = await writeRowTable(
      session,
      rows.map((row) => part.seq[row]!),
    );
    const { values } = await readMatrix(features, pack, fitted, mode, checked);
    countChanged(
      part,
      rows,
      values,
      fitted.inputs.map(({ name }) => name),
      changed,
    );
    if (part === train && to === end) leaks.push(...(await learnAgain(features, pack, dataset)));
    for (const table of [checked, features, early]) await table.drop();
  }
  const found = [...changed].map(([name, count]) => `${name} (${count} records)`);
  leaks.push(
    ...leak(
      'future_seen',
      found,
      (count) => `${count} inputs differ once later records are taken away: they saw the future`,
    ),
  );
  return leaks;
}

/** The time up to which a share of the part's records lies. */
function timeAt({ seq }: DatasetPart, times: Times, share: number): number {
  const sorted = Float64Array.from(seq, (one) => times[one]!)
    .filter((time) => !Number.isNaN(time))
    .sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

function countChanged(
  { data }: DatasetPart,
  rows: readonly number[],
  values: Float32Array,
  names: readonly string[],
  changed: Map<string, number>,
): void {
  const { columns } = data;
  for (const [at, row] of rows.entries()) {
    for (let column = 0; column < columns; column++) {
      if (Object.is(values[at * columns + column], data.values[row * columns + column])) continue;
      const name = names[column]!;
      changed.set(name, (changed.get(name) ?? 0) + 1);
    }
  }
}

/** What turns records into inputs, learned again from the training rows, with nothing there that is later than these. */
async function learnAgain(features: Features, pack: Pack, { train, fitted }: Parts): Promise<Leak[]> {
  const again = await fitInputs(features, pack, among(await writeRowTable(features.session, train.seq)));
  const text = (value: unknown) => canonicalJson(value as Json);
  const names = [
    ...fitted.inputs.filter((input, at) => text(input) !== text(again.inputs[at] ?? null)),
    ...fitted.encodings.filter((encoding, at) => text(encoding) !== text(again.encodings[at] ?? null)),
  ].map(({ name }) => name);
  const all = again.inputs.length === fitted.inputs.length ? names : [...names, 'the number of inputs'];
  return leak(
    'learned_beyond',
    all,
    (count) => `${count} inputs were learned from more than the training part`,
  );
}
