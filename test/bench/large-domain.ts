/**
 * A made-up bank of any size, as SQL: a pack with as many model inputs as are asked for, nearly all of them windows, and the records
 * of ten drops with their labels. Accounts come and go (a hundred records in 40 to 90 days), so that the split by entity and time
 * uses nearly all of them: what there is to train on is as large as it can be.
 *
 * The last drops have no labels of their own: a labels file speaks of nineteen in twenty of their records, blind reviews of some
 * others.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText, Session } from '../../lib/engine/session.ts';
import type { DropRecords } from '../../lib/retraining/snapshot.ts';
import type { LabelClaim } from '../../lib/reviews/resolve-labels.ts';

const DROPS = 10;
const RECORDS_AN_ACCOUNT = 100;
/** The chance of a record of the last drops to be reviewed blindly. */
const CHANCE = 0.02;

export const DOMAIN = 'large';

export interface LargeDomain {
  readonly drops: readonly DropRecords[];
  /** CSV, as people upload it. */
  readonly labelsFile: string;
  readonly reviews: readonly LabelClaim[];
}

/** When all of them were received. */
export const ALL_RECEIVED = receivedAt(DROPS);
/** When two of them were: what the champion is trained on. */
export const SOME_RECEIVED = receivedAt(2);

function receivedAt(drops: number): string {
  return new Date(Date.UTC(2026, 1, drops)).toISOString();
}

/** YAML. The last input is an encoding, the others are features: windows of an account, then what a record says by itself. */
export function largePack(inputs: number): string {
  const windows = ['day', 'week', 'month', 'quarter'];
  const ofWindow = [
    ...['count(*)', 'sum(amount)', 'avg(amount)', 'max(amount)', 'min(amount)'],
    ...['stddev(amount)', 'count(distinct partner)', "count(*) filter (where kind = 'transfer')"],
  ].flatMap((call) => windows.map((window) => `${call} over ${window}`));
  const ofRecord = [
    ...['amount', 'hour(paid_at)', 'isodow(paid_at)', "kind = 'cash'", "country = 'C01' or country = 'C02'"],
    ...['amount / nullif(avg(amount) over quarter, 0)', 'amount % 100 = 0', 'count(*) over partner_month'],
  ];
  const features = [...ofWindow.slice(0, 31), ...ofRecord, ...ofWindow.slice(31)];
  if (!(inputs >= 2 && inputs <= features.length + 1)) {
    throw new RangeError(`--inputs ${inputs}: expected 2 to ${features.length + 1}`);
  }
  return `domain: ${DOMAIN}
version: 1
title: A bank of any size
record: { id: id, time: paid_at, entity: account, label: verdict }
columns:
  id: { type: string, required: true }
  paid_at: { type: timestamp, required: true }
  account: { type: string, required: true }
  partner: string
  country: string
  kind: string
  amount: { type: "decimal(18,2)", required: true }
  verdict: boolean
windows:
  day: 24 hours
  week: 7 days
  month: 30 days
  quarter: 90 days
  partner_month: { by: partner, over: 30 days }
features:
${features
  .slice(0, inputs - 1)
  .map((sql, at) => `  f${at}: { is: "${sql}"${at % 10 === 5 ? ', impute: median' : ''} }`)
  .join('\n')}
encodings:
  country_rate: { of: country, smoothing: 50, delay: 30 days }
segments: [kind, country]
`;
}

export async function makeLargeDomain(
  folder: string,
  records: number,
  unlabelledDrops: number,
): Promise<LargeDomain> {
  const labelled = DROPS - unlabelledDrops;
  await mkdir(folder, { recursive: true });
  const session = await Session.open({ threads: 2, memoryLimitMb: 4096 });
  try {
    await session.run(bankSql(records));
    const drops: DropRecords[] = [];
    for (let drop = 0; drop < DROPS; drop++) {
      const path = join(folder, `drop-${drop}.parquet`);
      await session.run(`COPY (
        SELECT row_number() OVER (ORDER BY n) - 1 AS seq, 0 AS file, n - ${dropStart(drop, records)} + 2 AS line, false AS history,
          id AS record_id, sha256(id) AS record_hash, id, paid_at, account, partner, country, kind, amount,
          ${drop < labelled ? 'verdict' : 'NULL::BOOLEAN'} AS verdict
        FROM bank WHERE n >= ${dropStart(drop, records)} AND n < ${dropStart(drop + 1, records)} ORDER BY n
      ) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
      drops.push({
        ...{ path, key: `records/${DOMAIN}/drop-${drop}.parquet`, versionId: 'v1' },
        ...{ receivedAt: receivedAt(drop + 1), rejected: 0 },
      });
    }
    const last = `FROM bank WHERE n >= ${dropStart(labelled, records)}`;
    const labelsFile = join(folder, 'labels.csv');
    await session.run(`COPY (
      SELECT id AS record_id, verdict::INTEGER AS label ${last} AND ${chance('told')} < 0.95 ORDER BY n
    ) TO ${quoteText(labelsFile)} (FORMAT csv, HEADER)`);
    const drawn = await session.rows<{ id: string; verdict: boolean }>(
      `SELECT id, verdict ${last} AND ${chance('told')} >= 0.95 AND ${chance('drawn')} < ${CHANCE} ORDER BY n`,
    );
    const reviews = drawn.map(({ id, verdict }): LabelClaim => {
      const known = { source: 'review', at: ALL_RECEIVED, by: 'dora', from: id, chance: CHANCE } as const;
      return { recordId: id, label: verdict ? 1 : 0, ...known };
    });
    return { drops, labelsFile, reviews };
  } finally {
    await session.close();
  }
}

function dropStart(drop: number, records: number): number {
  return Math.round((drop * records) / DROPS);
}

/** A number from 0 to 1 that follows from the record's. */
function chance(what: string, of = 'i'): string {
  return `(hash('${what} ' || ${of}) / 18446744073709551616.0)`;
}

/** `bank`: in the order of time, `n` from 0. One account in 25 is a mule's at its end: many large transfers, to few countries. */
function bankSql(records: number): string {
  return `CREATE TABLE bank AS
    WITH drawn AS (
      SELECT i, i % ${Math.ceil(records / RECORDS_AN_ACCOUNT)} AS a, ${chance('when')} AS share FROM range(${records}) t(i)
    ), placed AS (
      SELECT *, ${chance('mule', 'a')} < 0.04 AND share > 0.7 AS mule,
        TIMESTAMP '2025-01-01' + to_microseconds(CAST(86400e6 *
          (300 * ${chance('start', 'a')} + share * (40 + 50 * ${chance('span', 'a')})) AS BIGINT)) AS paid_at
      FROM drawn
    ), paid AS (
      SELECT *, mule AND ${chance('act')} < 0.7 AS acts,
        exp(3 + 2 * ${chance('usual', 'a')} + 1.5 * (${chance('one')} + ${chance('two')} + ${chance('three')} - 1.5)) AS usual
      FROM placed
    )
    SELECT i, row_number() OVER (ORDER BY paid_at, i) - 1 AS n, 't' || i AS id, paid_at, 'a' || a AS account,
      'p' || floor(CASE WHEN acts THEN ${records / 10} * ${chance('partner')} ELSE ${records / 100} * ${chance('partner')} ** 2 END)::BIGINT AS partner,
      'C' || lpad(floor(CASE WHEN acts THEN 6 ELSE 40 END * ${chance('country')} ** 2)::VARCHAR, 2, '0') AS country,
      CASE WHEN acts OR ${chance('kind')} < 0.4 THEN 'transfer' WHEN ${chance('kind')} < 0.8 THEN 'card' ELSE 'cash' END AS kind,
      CAST(usual * CASE WHEN acts THEN 1 + 6 * ${chance('large')} ELSE 1 END AS DECIMAL(18, 2)) AS amount,
      ${chance('verdict')} < CASE WHEN acts THEN 0.9 ELSE 0.015 END AS verdict
    FROM paid ORDER BY n`;
}
