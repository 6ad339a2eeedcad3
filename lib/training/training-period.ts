/**
 * The span of time whose labelled records a training uses, and where its held-out part begins. Records outside of it become history: windows
 * still see those that lie before.
 */

import { isDay } from '../days.ts';
import { InputError } from '../errors.ts';
import { recordTimeSql } from '../features/records-sql.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';

/** As a person writes times: ISO 8601 in UTC, or the pack's own steps. */
export interface TrainingPeriod {
  readonly from?: string;
  /** Not part of it any more. */
  readonly until?: string;
  readonly heldOutFrom?: string;
}

const OPTIONS = { from: '--from', until: '--until', heldOutFrom: '--held-out-from' } as const;

/** The times in the unit of the pack's times: microseconds, or its own steps. */
export function readPeriod(
  { record, columns, domain }: Pick<Pack, 'record' | 'columns' | 'domain'>,
  period: TrainingPeriod,
): { readonly [K in keyof TrainingPeriod]?: number } {
  const kind = columns.find(({ name }) => name === record.time)?.type.kind;
  const read = (key: keyof TrainingPeriod): { [K in keyof TrainingPeriod]?: number } => {
    const text = period[key];
    if (text === undefined) return {};
    if (kind === undefined)
      throw new InputError(
        `${OPTIONS[key]} needs the time of a record, but pack ${domain} has no record.time`,
      );
    const time = kind === 'integer' ? readSteps(text) : readTime(text);
    if (time === null)
      throw new InputError(
        `${OPTIONS[key]} is "${text}"; expected ${kind === 'integer' ? 'a whole number of steps' : 'a date or time as 2026-01-31 or 2026-01-31T12:00:00Z'}`,
      );
    return { [key]: time };
  };
  const times = { ...read('from'), ...read('heldOutFrom'), ...read('until') };
  const given = [times.from, times.heldOutFrom, times.until].filter((time) => time !== undefined);
  if (given.some((time, at) => at > 0 && time <= given[at - 1]!))
    throw new InputError('expected --from before --held-out-from before --until');
  return times;
}

function readSteps(text: string): number | null {
  return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}

function readTime(text: string): number | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(
      text.trim(),
    );
  if (match === null) return null;
  const time = Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  return Number.isNaN(time) || !isDay(match[1]!) ? null : time * 1000;
}

/** Makes history of what lies outside. Records without a time stay, and are warned of where all such are. */
export async function limitToPeriod(records: Records, pack: Pack, period: TrainingPeriod): Promise<void> {
  const { from, until } = readPeriod(pack, period);
  const time = recordTimeSql(pack);
  const outside = [
    ...(from === undefined ? [] : [`${time} < ${from}`]),
    ...(until === undefined ? [] : [`${time} >= ${until}`]),
  ];
  if (outside.length === 0) return;
  await records.session.run(`UPDATE ${records} SET history = true WHERE ${outside.join(' OR ')}`);
  if ((await records.count('NOT history')) === 0)
    throw new InputError('no record lies in the period of --from and --until');
}
