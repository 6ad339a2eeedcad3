/**
 * Window aggregates over sorted typed arrays, the fast way beside DuckDB's windows: the same values to the last bit, which a property
 * test holds. What does not fit (types, sums beyond 2⁵³, times beyond 2⁵², memory) is left to DuckDB, aggregate by
 * aggregate: both ways give the same, so nothing depends on which was taken.
 */
import type { Session } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import type { Frame } from './feature-plan.ts';
import {
  countOver,
  distinctOver,
  endOver,
  extremeOver,
  type RunningTotals,
  runningCounts,
  runningTotals,
  sumOver,
} from './window-aggregates.ts';
import { readWindowColumns, type WantedColumns, type WindowColumns } from './window-columns.ts';
import { deviationOver } from './window-deviation.ts';
import type { KernelAggregate, NumberInput } from './window-kernel-input.ts';
import { type FrameEdges, frameEdges, gather, type KeyOrder, orderByKey } from './window-order.ts';

export interface KernelJob {
  readonly aggregate: KernelAggregate;
  /** SQL of the key's columns. */
  readonly keys: readonly string[];
  readonly frame: Pick<Frame, 'over' | 'delay'>;
  /** Without a delay, the frame ends before the record itself. */
  readonly isBefore: boolean;
}

export interface KernelResults {
  readonly seq: BigInt64Array;
  /** Beside the jobs: a number per record, NaN where missing; null: left to DuckDB. */
  readonly columns: readonly (Float64Array | null)[];
}

export interface KernelSource {
  readonly records: Records;
  /** A query with `seq`, `t` and what the jobs' SQL refers to. */
  readonly sql: string;
  /** What orders records: time, then id. */
  readonly order: string;
  /** False: history is seen, but the results are of the other records alone. */
  readonly ofAll: boolean;
}

/** SQL that is NULL of history. */
const OWN = 'CASE WHEN NOT history THEN 1 END';

const MAX_TIME = 2 ** 52;

/** Null: nothing is computed here. */
export async function computeWindows(
  source: KernelSource,
  jobs: readonly KernelJob[],
): Promise<KernelResults | null> {
  const { session } = source.records;
  const rows = await source.records.count();
  const wanted = wantedColumns(jobs, source.ofAll ? [] : [OWN]);
  const columns = wanted.numbers.size + wanted.codes.size + jobs.length;
  if (rows === 0 || !fitsMemory(session, rows, columns)) return null;
  const read = await readWindowColumns(session, { ...source, rows }, wanted);
  const { times, known } = read;
  if (known > 0 && Math.max(-times[0]!, times[known - 1]!) > MAX_TIME) return null;
  const kernel = new WindowKernel(read);
  const results = { seq: read.seq.toSorted(), columns: jobs.map((job) => kernel.compute(job)) };
  return source.ofAll ? results : ownResults(read, results);
}

function ownResults(
  { rows, places, present }: WindowColumns,
  { seq, columns }: KernelResults,
): KernelResults {
  const isOwn = present.get(OWN)!;
  const isOwnAt = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) isOwnAt[places[row]!] = isOwn[row]!;
  if (!isOwnAt.includes(0)) return { seq, columns };
  return {
    seq: seq.filter((_, place) => isOwnAt[place] === 1),
    columns: columns.map((column) => column?.filter((_, place) => isOwnAt[place] === 1) ?? null),
  };
}

/** Columns of eight bytes, beside the orders and frames, in half of what the session may take. */
function fitsMemory(session: Session, rows: number, columns: number): boolean {
  return rows * 8 * (columns + 12) < (session.memoryLimitMb * 2 ** 20) / 2;
}

function wantedColumns(jobs: readonly KernelJob[], others: readonly string[]): WantedColumns {
  const numbers = new Set<string>();
  const present = new Set(others);
  const codes = new Set(jobs.flatMap(({ keys }) => keys));
  for (const { aggregate } of jobs) {
    if (aggregate.kind === 'distinct') codes.add(aggregate.text);
    else if (aggregate.kind !== 'count') numbers.add(aggregate.value.sql);
    else if (aggregate.present !== null) present.add(aggregate.present);
  }
  return { numbers, present, codes };
}

/** Orders, frames, columns along an order and running totals are shared by the aggregates that have them in common. */
class WindowKernel {
  readonly #columns: WindowColumns;
  readonly #orders = new Map<string, KeyOrder>();
  readonly #edges = new Map<string, FrameEdges>();
  readonly #along = new Map<string, Float64Array | Int32Array | null>();
  readonly #totals = new Map<string, RunningTotals | null>();

  constructor(columns: WindowColumns) {
    this.#columns = columns;
  }

  compute(job: KernelJob): Float64Array | null {
    const order = once(this.#orders, keyOf(job), () => this.#orderBy(job.keys));
    const along = new Float64Array(order.rows.length).fill(Number.NaN);
    if (!this.#fill(job, order, along)) return null;
    const out = new Float64Array(this.#columns.rows).fill(Number.NaN);
    const { places } = this.#columns;
    for (let at = 0; at < along.length; at++) out[places[order.rows[at]!]!] = along[at]!;
    return out;
  }

  /** False: it does not fit. */
  #fill(job: KernelJob, order: KeyOrder, out: Float64Array): boolean {
    const { aggregate, frame, isBefore } = job;
    const edges = once(this.#edges, JSON.stringify([job.keys, frame.over, frame.delay, isBefore]), () =>
      frameEdges(order, frame, isBefore),
    );
    switch (aggregate.kind) {
      case 'count':
        countOver(order, edges, this.#countsOf(job, order, aggregate.present), out);
        return true;
      case 'distinct': {
        const codes = this.#columns.codes.get(aggregate.text)!;
        distinctOver(order, edges, gather(codes, order.rows, new Int32Array(out.length)), out);
        return true;
      }
      case 'sum':
      case 'avg': {
        const totals = this.#totalsOf(job, order, aggregate.value);
        if (totals === null) return false;
        const { scale } = aggregate.value;
        sumOver(order, edges, totals, { scale, isAverage: aggregate.kind === 'avg' }, out);
        return true;
      }
      case 'stddev': {
        const values = this.#integersOf(job, order, aggregate.value);
        return values !== null && deviationOver(order, edges, values, aggregate.value.scale, out);
      }
      default: {
        const values = this.#numbersOf(order, aggregate.value);
        if (values === null) return false;
        if ('skipsMissing' in aggregate) {
          const { kind, skipsMissing } = aggregate;
          endOver(order, edges, values, { isLast: kind === 'lag', skipsMissing }, out);
        } else {
          extremeOver(order, edges, values, aggregate.kind === 'max' ? 1 : -1, out);
        }
        return true;
      }
    }
  }

  #orderBy(keys: readonly string[]): KeyOrder {
    const { codes, times, known } = this.#columns;
    return orderByKey(
      keys.map((key) => codes.get(key)!),
      times,
      known,
    );
  }

  #countsOf(job: KernelJob, order: KeyOrder, present: string | null): Int32Array | null {
    if (present === null) return null;
    return once(this.#along, JSON.stringify([job.keys, present, 'count']), () => {
      const { rows } = order;
      return runningCounts(
        order,
        gather(this.#columns.present.get(present)!, rows, new Int8Array(rows.length)),
      );
    }) as Int32Array;
  }

  #totalsOf(job: KernelJob, order: KeyOrder, value: NumberInput): RunningTotals | null {
    return once(this.#totals, JSON.stringify([job.keys, value.sql, value.scale]), () => {
      const values = this.#integersOf(job, order, value);
      return values === null ? null : runningTotals(order, values);
    });
  }

  /** The numbers as they are. Null: one is too large. */
  #numbersOf({ rows }: KeyOrder, { sql, scale, limit }: NumberInput): Float64Array | null {
    const values = gather(this.#columns.numbers.get(sql)!, rows, new Float64Array(rows.length));
    for (let at = 0; at < values.length; at++) if (Math.abs(values[at]!) * scale > limit) return null;
    return values;
  }

  /** The numbers times their scale; halves go away from zero, as in DuckDB's casts. Null: one is too large. */
  #integersOf(job: KernelJob, order: KeyOrder, value: NumberInput): Float64Array | null {
    return once(this.#along, JSON.stringify([job.keys, value.sql, value.scale]), () => {
      const values = this.#numbersOf(order, value);
      if (values === null || value.scale === 1) return values;
      for (let at = 0; at < values.length; at++) {
        const scaled = values[at]! * value.scale;
        values[at] = scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(scaled + 0.5);
      }
      return values;
    }) as Float64Array | null;
  }
}

function keyOf({ keys }: KernelJob): string {
  return JSON.stringify(keys);
}

function once<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
