import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { type Dataset, type DatasetOptions, prepareDataset } from '../../lib/training/dataset.ts';
import { readPeriod, type TrainingPeriod } from '../../lib/training/training-period.ts';

const yaml = `domain: cards
record: { id: id, time: at, label: { of: bad, delay: 7 days } }
columns:
  id: { type: string, required: true }
  at: { type: timestamp, required: true }
  shop: { type: string, required: true }
  bad: boolean
windows: { late: { by: shop, over: all, delay: 7 days }, all_shop: { by: shop, over: all } }
features:
  seen: count(*) over all_shop
  risk: sum(bad::integer) over late
encodings: { shop_rate: { of: shop, smoothing: 0 } }
`;
const pack = parsePack(yaml, 'cards.yaml');
const day = (n: number) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10);
/** One payment a day at one shop, every fifth bad. */
const line = (n: number) => `p${n},${day(n)}T00:00:00,s,${n % 5 === 0 ? 1 : 0}`;
const days = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-period-'));
  const write = (name: string, all: number[]) =>
    writeFile(join(folder, name), `id,at,shop,bad\n${all.map(line).join('\n')}\n`);
  await write('all.csv', days(0, 120));
  await write('past.csv', days(0, 40));
  await write('later.csv', days(40, 120));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepare(
  files: DatasetOptions['inputs'],
  period: TrainingPeriod = {},
  own: Pack = pack,
): Promise<Dataset> {
  const session = await Session.open({ threads: 1 });
  try {
    const inputs = files.map((input) => ({ ...input, path: join(folder, input.path) }));
    return await prepareDataset(session, { pack: own, inputs, seed: 1, progress: noProgress, period });
  } finally {
    await session.close();
  }
}

const ids = (all: number[]) => all.map((n) => `p${n}`);
const column = ({ data }: Dataset['train'], at: number) =>
  Array.from({ length: data.rows }, (_, row) => data.values[row * data.columns + at]!);

describe('a period', () => {
  const period = { from: day(40), heldOutFrom: day(90), until: day(110) };

  test('trains on what is known at the cut, holds out from it to the end, and leaves the earlier past to windows', async () => {
    const { train, heldOut, split, manifest } = await prepare([{ path: 'all.csv' }], period);
    expect(train.id).toEqual(ids(days(40, 84)));
    expect(heldOut.id).toEqual(ids(days(90, 110)));
    expect(split).toMatchObject({ train: 44, heldOut: 20, unused: 6, cutTime: `${day(90)}T00:00:00.000Z` });
    expect(manifest).toMatchObject({ labelled: 70, period: { from: day(40), until: day(110) } });
    expect(column(train, 0)[0]).toBe(41);
  });

  test('a history file is the same past, and is named as history in the card', async () => {
    const whole = await prepare([{ path: 'all.csv' }], period);
    const apart = await prepare([{ path: 'later.csv' }, { path: 'past.csv', history: true }], {
      heldOutFrom: day(90),
      until: day(110),
    });
    expect(apart.train.id).toEqual(whole.train.id);
    expect(apart.train.data.values).toEqual(whole.train.data.values);
    expect(apart.heldOut.data.values).toEqual(whole.heldOut.data.values);
    expect(apart.manifest.files.map(({ name, history }) => [name, history])).toEqual([
      ['later.csv', undefined],
      ['past.csv', true],
    ]);
  });

  test('no window and no encoding sees a label before its delay has passed', async () => {
    const { train } = await prepare([{ path: 'all.csv' }], period);
    const known = (n: number) => days(0, n - 6).filter((one) => one % 5 === 0).length;
    expect(column(train, 1)).toEqual(days(40, 84).map(known));
    expect(column(train, 2)).toEqual(days(40, 84).map((n) => Math.fround(known(n) / (n - 6))));
  });

  test.each([
    [{ from: '2025-02-30' }, /--from is "2025-02-30"/],
    [{ until: 'soon' }, /--until is "soon"; expected a date or time as/],
    [{ from: day(50), heldOutFrom: day(40) }, /--from before --held-out-from/],
    [{ from: day(500) }, /no record lies in the period/],
  ])('%j is refused', async (wrong, message) => {
    await expect(prepare([{ path: 'all.csv' }], wrong)).rejects.toThrow(message);
  });

  test('needs a time, and counts in its steps where it is a number', () => {
    const untimed = { ...pack, record: { ...pack.record, time: null } };
    expect(() => readPeriod(untimed, { from: day(1) })).toThrow(/--from needs the time of a record/);
    const stepped = parsePack(
      yaml.replace('at: { type: timestamp', 'at: { type: integer').replaceAll('7 days', '7'),
      's',
    );
    expect(readPeriod(stepped, { from: '30', until: '60' })).toEqual({ from: 30, until: 60 });
    expect(() => readPeriod(stepped, { from: day(1) })).toThrow(/expected a whole number of steps/);
    expect(readPeriod(pack, { from: '2025-01-01T12:00+02:00' })).toEqual({
      from: Date.UTC(2025, 0, 1, 10) * 1000,
    });
  });
});

describe('a pack with a delay on its label', () => {
  test.each([
    [
      'windows: { late: { by: shop, over: all, delay: 7 days }',
      'windows: { late: { by: shop, over: all, delay: 6 days }',
      /bad is known only later.*late a delay/,
    ],
    [
      'smoothing: 0 }',
      'smoothing: 0, delay: 1 days }',
      /encodings\.shop_rate\.delay: found "1 days", expected at least record\.label\.delay/,
    ],
    ['delay: 7 days } }\ncolumns', 'delay: a week } }\ncolumns', /record\.label\.delay: found "a week"/],
    ['time: at, ', '', /record\.label\.delay: found a delay, but record\.time is not given/],
  ])('%s → %s is refused', (from, to, message) => {
    expect(yaml).toContain(from);
    expect(() => parsePack(yaml.replace(from, to), 'cards.yaml')).toThrow(message);
  });

  test('maps values as well, and without a mapping needs none', () => {
    const mapped = yaml
      .replace('of: bad, delay', 'of: bad, positive: [x], negative: [y], delay')
      .replace('bad: boolean', 'bad: string')
      .replace('sum(bad::integer)', 'count(bad)');
    expect(parsePack(mapped, 'm').record).toMatchObject({
      labelDelay: 7 * 86_400e6,
      labelValues: { positive: ['x'] },
    });
    expect(pack.record).toMatchObject({ label: 'bad', labelValues: null, labelDelay: 7 * 86_400e6 });
    expect(() => parsePack(yaml.replace('of: bad, delay', 'of: bad, positive: [x], delay'), 'm')).toThrow(
      /found no negative/,
    );
  });
});
