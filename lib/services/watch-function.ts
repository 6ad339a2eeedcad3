/** The function `monitor` wired up: what it reads of a domain, and what it leaves. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { documentClient } from '../aws/clients.ts';
import type { DropTable } from '../aws/drop-table.ts';
import { readEnvironment } from '../aws/environment.ts';
import { LastWatch } from '../aws/last-watch.ts';
import { MetricsTable } from '../aws/metrics-table.ts';
import type { ModelTable } from '../aws/model-table.ts';
import type { Outbox } from '../aws/outbox.ts';
import { RetrainingTable } from '../aws/retraining-table.ts';
import type { ReviewTable } from '../aws/review-table.ts';
import type { S3ObjectStore } from '../aws/s3-object-store.ts';
import { DAY_MS } from '../days.ts';
import { makeEvent } from '../events/event-schemas.ts';
import { inParallel } from '../in-parallel.ts';
import type { Alarm } from '../monitoring/alarms.ts';
import type { MeasuredDrop } from '../monitoring/measured-drop.ts';
import { DAYS, type DomainSeen, watchDomain } from '../monitoring/watch-domain.ts';
import { measureFigures } from '../observe/metrics.ts';
import { hasEnded, RetrainingRefused } from '../retraining/retraining-status.ts';
import { sealActs } from './seal-acts.ts';
import { auditReader, auditWriter, dataStore, dropStatus, reviewTable, stageModels } from './stage-deps.ts';
import { outbox } from './stage-events.ts';
import { type RetrainingStarter, startRetraining } from './start-retraining.ts';
import { stopOfDomain } from './stop-source.ts';

/** A retraining that an alarm started is given so long before an alarm starts another. */
const PAUSE_DAYS = 7;
const DROPS_A_PAGE = 200;

export interface Watcher {
  readonly models: ModelTable;
  readonly data: S3ObjectStore;
  readonly status: DropTable;
  readonly reviews: ReviewTable;
  readonly metrics: MetricsTable;
  readonly outbox: Pick<Outbox, 'announce'>;
  readonly starter: RetrainingStarter;
  readonly lastWatch: LastWatch;
  readonly mayRetrain: boolean;
  readonly seal: (domain: string, now: string) => Promise<void>;
}

export function makeWatcher(): Watcher {
  const environment = readEnvironment(
    ['ASSAY_MODELS_TABLE', 'ASSAY_DROPS_TABLE', 'ASSAY_RETRAIN_MACHINE_ARN', 'ASSAY_RETRAIN_ON_DRIFT'],
    process.env,
  );
  const [retain, stored] = [auditWriter(), auditReader()];
  const documents = documentClient();
  return {
    models: stageModels(),
    data: dataStore(),
    status: dropStatus(),
    reviews: reviewTable(),
    metrics: new MetricsTable(documents, environment.ASSAY_MODELS_TABLE),
    outbox: outbox(),
    starter: {
      table: new RetrainingTable(documents, environment.ASSAY_MODELS_TABLE, Date.now),
      executions: new SFNClient({ retryMode: 'adaptive', maxAttempts: 8 }),
      machineArn: environment.ASSAY_RETRAIN_MACHINE_ARN,
      stopOf: (domain) => stopOfDomain({ documents, dropsTable: environment.ASSAY_DROPS_TABLE }, domain),
      now: Date.now,
      chance: Math.random,
    },
    lastWatch: new LastWatch(documents, environment.ASSAY_DROPS_TABLE),
    mayRetrain: environment.ASSAY_RETRAIN_ON_DRIFT,
    seal: (domain, now) =>
      sealActs({ documents, table: environment.ASSAY_DROPS_TABLE, retain, stored }, domain, now),
  };
}

export interface Watched {
  readonly points: number;
  readonly alarms: readonly Alarm[];
  /** Its id; null: none was started. */
  readonly retraining: string | null;
}

/** Looks at a domain once a day: stores its figures, announces alarms, starts a retraining where one asks for it. `now` is ISO 8601. */
export async function watch(watcher: Watcher, domain: string, now: string): Promise<Watched> {
  const { metrics, outbox } = watcher;
  const seen = await seeDomain(watcher, domain, now);
  const { points, alarms } = watchDomain(seen, now);
  for (const point of points) await metrics.put(point);
  const present = points.find(({ model }) => model === seen.champion);
  if (present !== undefined) measureFigures(present, alarms.length);
  for (const alarm of alarms) await outbox.announce(driftEvent(alarm, domain, seen.champion, now));
  const retraining = alarms.some(({ retrain }) => retrain) ? await retrainOnce(watcher, domain, now) : null;
  await watcher.seal(domain, now);
  return { points: points.length, alarms, retraining };
}

async function seeDomain(
  { models, data, status, reviews }: Watcher,
  domain: string,
  now: string,
): Promise<DomainSeen> {
  const from = new Date(Date.parse(now) - DAYS * DAY_MS).toISOString();
  const ids = await dropsSince(status, domain, from);
  const texts = await inParallel(ids, 8, (id) => data.readText(`monitoring/${domain}/${id}.json`));
  const drops = texts.flatMap((text) => (text === null ? [] : (JSON.parse(text) as MeasuredDrop)));
  const champion = await models.champion(domain);
  const versions = [...new Set(drops.map(({ model }) => model))];
  const loaded = await inParallel(versions, 2, (version) => models.load(domain, version));
  return {
    drops,
    reviews: await reviews.reviewedSince(domain, from),
    cards: new Map(loaded.map(({ card }) => [card.version, card])),
    champion: champion.card.version,
  };
}

async function dropsSince(status: DropTable, domain: string, from: string): Promise<string[]> {
  const ids: string[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await status.list({
      scope: [domain],
      limit: DROPS_A_PAGE,
      ...(before !== undefined && { before }),
    });
    const late = page.items.filter(({ receivedAt }) => receivedAt >= from);
    ids.push(...late.filter(({ state }) => state === 'done').map(({ id }) => id));
    if (page.next === null || late.length < page.items.length) return ids;
    before = page.next;
  }
}

function driftEvent(
  { figure, input, measured, limit, sentence }: Alarm,
  domain: string,
  model: string,
  at: string,
) {
  const { value, low, high } = measured;
  const day = at.slice(0, 10);
  return makeEvent('Drift', { at, domain, model, day, figure, input, value, low, high, limit, sentence });
}

/** Not while one is under way, nor soon after one that an alarm started: reviews take time, and so does a change to show. */
async function retrainOnce(
  { starter, mayRetrain }: Watcher,
  domain: string,
  now: string,
): Promise<string | null> {
  if (!mayRetrain) return null;
  const { items } = await starter.table.list({ domain, limit: 20 });
  const since = new Date(Date.parse(now) - PAUSE_DAYS * DAY_MS).toISOString();
  const isPaused = items.some(
    (one) => !hasEnded(one) || (one.started_by === MONITOR && one.started_at >= since),
  );
  if (isPaused) return null;
  return startRetraining(starter, { domain, startedBy: MONITOR }).catch((error: unknown) => {
    // Someone else started one at this moment, or stopped the domain.
    if (error instanceof RetrainingRefused) return null;
    throw error;
  });
}

const MONITOR = 'assay monitor';
