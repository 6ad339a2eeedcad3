/**
 * The process and audit-trail log of an invented pharmaceutical maker, in the order of entry: from a number of records and
 * a seed, CSV lines one at a time. Memory holds the plants and the entries of the days under way, never the file.
 *
 * About 7 % of the entries led to a deviation. The label is what the quality unit wrote down: it overlooks one in
 * twelve and opens one in five hundred for nothing.
 */

import { runBatch } from './pharma-batches.ts';
import type { Entry } from './pharma-entries.ts';
import { makeLine } from './pharma-plant.ts';
import { type Rota, shiftAt } from './pharma-shifts.ts';
import { Random } from './random.ts';
import type { SampleLine } from './sample-line.ts';

export interface PharmaOptions {
  readonly records: number;
  readonly seed: number;
  /** ISO date of the first day. */
  readonly start: string;
  /** Days that the records spread over: more records mean more production lines. */
  readonly days: number;
}

export const pharmaHeader =
  'entry_id,batch_id,product,site,step,step_sequence,operator_id,checked_by,equipment_id,calibrated_on,timestamp,recorded_at,' +
  'duration_minutes,parameter,reading,lower_limit,upper_limit,entry_type,reason_for_change,status,audit_trail,deviation';

const secondsPerDay = 86_400;
const recordsPerLineDay = 23;
const overlooked = 0.08;
const openedForNothing = 0.002;

export function* generatePharma(options: PharmaOptions): Generator<SampleLine> {
  const labels = new Random(options.seed, 2);
  let number = 0;
  for (const entry of entries(options)) {
    if (number === options.records) return;
    number++;
    const deviation = labels.chance(entry.risk)
      ? !labels.chance(overlooked)
      : labels.chance(openedForNothing);
    yield { cells: toCells(number, entry), label: deviation ? '1' : '0' };
  }
}

/** Day after day, forever: no batch begun later has an entry on an earlier day. */
function* entries(options: PharmaOptions): Generator<Entry> {
  const startDay = Math.floor(Date.parse(`${options.start}T00:00:00Z`) / 86_400_000);
  const plant = new Random(options.seed, 0);
  const random = new Random(options.seed, 1);
  const wanted = Math.max(1, Math.round(options.records / (options.days * recordsPerLineDay)));
  const lines = Array.from({ length: wanted }, (_, index) => makeLine(plant, index));
  const due = new Map<number, Entry[]>();
  const emit = (entry: Entry): void => {
    const day = Math.floor(entry.recordedAt / secondsPerDay);
    const list = due.get(day);
    if (list === undefined) due.set(day, [entry]);
    else list.push(entry);
  };
  const rota: Rota = {
    workload: new Map(),
    sessions: new Map(),
    isOutage: (site, second) => isOutage(options.seed, site, second),
    isServiced: (equipment, second) => isServiced(options.seed, equipment, second),
  };
  let batches = 0;
  for (let day = startDay; ; day++) {
    const now = shiftAt(day * secondsPerDay);
    for (const shift of rota.workload.keys()) if (shift < now - 3) rota.workload.delete(shift);
    for (const line of lines) {
      for (let left = random.poisson(2); left > 0; left--) {
        const start = day * secondsPerDay + random.integer(0, secondsPerDay - 1);
        const batch = `B${String(++batches).padStart(6, '0')}`;
        runBatch(random, line, rota, batch, start, emit);
      }
    }
    const ready = due.get(day) ?? [];
    due.delete(day);
    yield* ready.sort((a, b) => a.recordedAt - b.recordedAt);
  }
}

/** One site-day in eighty, the same for everyone who asks. */
function isOutage(seed: number, site: string, second: number): boolean {
  const day = Math.floor(second / secondsPerDay);
  return new Random(seed, 1000 + day * 128 + site.charCodeAt(0)).chance(1 / 80);
}

/** One machine-day in ninety. */
function isServiced(seed: number, equipment: string, second: number): boolean {
  let name = 0;
  for (const letter of equipment) name = (name * 31 + letter.charCodeAt(0)) % 1_000_003;
  const stream = (10_000_000 + Math.floor(second / secondsPerDay) * 1_000_003 + name) % 2 ** 32;
  return new Random(seed, stream).chance(1 / 90);
}

function toCells(number: number, entry: Entry): string {
  const { step } = entry;
  const decimals = step.tolerance < 1 ? 3 : 1;
  const value = (position: number | null): string =>
    position === null ? '' : (step.target + position * step.tolerance).toFixed(decimals);
  const calibratedOn = new Date(entry.calibratedDay * 86_400_000).toISOString().slice(0, 10);
  return (
    `E${String(number).padStart(8, '0')},${entry.batch},${entry.product.name},${entry.site},${step.name},` +
    `${entry.sequence},${entry.operator.id},${entry.checker?.id ?? ''},${entry.equipment.id},${calibratedOn},${toIso(entry.performedAt)},` +
    `${toIso(entry.recordedAt)},${entry.minutes ?? ''},${step.parameter},${value(entry.position)},${value(-1)},${value(1)},` +
    `${entry.type},${entry.reason},${entry.status},${entry.auditTrail ? 'yes' : 'no'}`
  );
}

function toIso(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
}
