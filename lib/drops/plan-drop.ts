/**
 * The first stage: makes the plan of a delivered object, or throws an InputError that says why it can't be read. The whole text is
 * looked at once, a chunk at a time: its hash, its encoding, and where it can be cut.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { InputError } from '../errors.ts';
import { windowGroups } from '../features/window-groups.ts';
import { inOrder } from '../history/history-entry.ts';
import { choosePartitions } from '../history/partition-sql.ts';
import type { Past } from '../history/past.ts';
import { type CutText, cutRanges } from '../intake/cut-ranges.ts';
import { type Delivery, examineFor, readText } from '../intake/delivery.ts';
import { matchHeader } from '../intake/header.ts';
import { type Model, thresholdOf } from '../models/model-folder.ts';
import { DomainStopped, type Stop, stopFor } from '../oversight/stop.ts';
import type { Pack } from '../packs/pack.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, type PlanSettings, readPlan } from './drop-plan.ts';
import { deliveredKey } from './erasable-drop.ts';
import type { DropRef, PlannedDrop, WindowTask } from './flow.ts';
import { planErasure } from './plan-erasure.ts';
import { deliveredPath, inSession, type StageDeps } from './stage.ts';

/** A large drop whose file isn't a text is scanned by one machine whatever its size: these are partitions of unknown numbers. */
const PARQUET_BYTES_PER_ROW = 20;
/** Up to so many records `assemble` fits a function: about a gigabyte of disk for each million, of the ten that it has. */
const MAX_ASSEMBLED = 7_000_000;

export interface PlanRequest {
  readonly drop: DropRef;
  readonly model: Model;
  /** Null: the model's, which is the card's unless another is in force. */
  readonly threshold: number | null;
  /** The model that waits for approval; null or absent: there is none. */
  readonly shadow?: Candidate | null;
  readonly past: Past;
  readonly settings: PlanSettings;
  /** What people stopped of the domain. */
  readonly stops: readonly Stop[];
  readonly now: Date;
}

/** A model that waits for approval. */
export interface Candidate {
  readonly version: string;
  /** Null: it could not be read. */
  readonly model: Model | null;
}

/**
 * The plan that is there already stays: a stage may have begun by it. Only one by a model that was stopped since is made anew,
 * unless the drop is sealed. Throws a DomainStopped where the domain or the model of the plan is stopped.
 */
export async function planDrop(deps: StageDeps, request: PlanRequest): Promise<DropPlan> {
  const { drop, model, stops } = request;
  expectNoStop(stopFor(stops, null));
  const key = dropKeys(drop).plan;
  const made = (await deps.data.readText(key)) === null ? null : await readPlan(deps.data, drop);
  if (made !== null && (stopFor(stops, made.model) === null || (await isSealed(deps, drop)))) return made;
  expectNoStop(stopFor(stops, model.card.version));
  const erasable = await planErasure(deps, drop, model.pack, request.past);
  return inSession(deps, async (session) => {
    const path = await deliveredPath(session, drop);
    await deps.drops.download(await deliveredKey(deps, drop), path, undefined, drop.version);
    const delivery = await examineFor(path, model.pack, {});
    // Wrong columns are reported now, before anything is made of the file.
    if (delivery.format === 'csv') matchHeader({ ...delivery, name: delivery.source.name }, model.pack);
    const planned = await makePlan(deps, request, delivery, session.folder);
    const plan = erasable === undefined ? planned : { ...planned, erasable };
    await deps.data.writeText(key, JSON.stringify(plan));
    return plan;
  });
}

function expectNoStop(stop: Stop | null): void {
  if (stop !== null) throw new DomainStopped(stop);
}

async function isSealed({ data }: StageDeps, drop: DropRef): Promise<boolean> {
  return (await data.readText(dropKeys(drop).sealedAt)) !== null;
}

async function makePlan(
  deps: StageDeps,
  { drop, model, threshold, shadow = null, past, settings, now }: PlanRequest,
  delivery: Delivery,
  folder: string,
): Promise<DropPlan> {
  const { keys } = windowGroups(model.pack);
  const { text, cut } = await cutText(deps, drop, delivery, settings, folder);
  const records = delivery.format === 'parquet' ? delivery.source.bytes / PARQUET_BYTES_PER_ROW : cut.records;
  const partitions =
    text.bytes <= settings.wholeBytes ? 1 : choosePartitions(records, settings.rowsPerPartition);
  const { path: _, ...source } = delivery.source;
  return {
    format: 'assay-drop-plan/1',
    drop,
    plannedAt: now.toISOString(),
    model: model.card.version,
    threshold: roundToBillionths(threshold ?? thresholdOf(model)),
    shadow: shadow?.version ?? null,
    shadowInPassing: shadow?.model?.pack.hash === model.pack.hash,
    settings,
    delivery: { ...delivery, source },
    text,
    ...(await ratesOf(deps, model.pack)),
    ranges: cut.ranges,
    shape: cut.shape,
    partitions,
    keys,
    flow: { ...flowOf(model.pack, cut.ranges.length, partitions), isLarge: records > MAX_ASSEMBLED },
    past: { ...past, recent: inOrder(past.recent.filter((entry) => entry.drop !== drop.id)) },
  };
}

async function ratesOf(deps: StageDeps, pack: Pack): Promise<Pick<DropPlan, 'rates'>> {
  const isConverted = pack.columns.some(({ derivedFrom }) => derivedFrom !== null);
  return isConverted ? { rates: await deps.rates.current(pack) } : {};
}

async function cutText(
  deps: StageDeps,
  drop: DropRef,
  delivery: Delivery,
  { bytesPerRange, wholeBytes, maxTextBytes }: PlanSettings,
  folder: string,
): Promise<{ text: DropPlan['text']; cut: CutText }> {
  const { source, format, encoding } = delivery;
  const bytes = format === 'parquet' ? source.bytes : await textBytes(delivery, maxTextBytes);
  const isOne = format === 'parquet' || bytes <= wholeBytes;
  const cut = await cutRanges(delivery, isOne ? Number.POSITIVE_INFINITY : bytesPerRange);
  const asItLies = format === 'parquet' || (source.compression === 'none' && encoding === 'utf-8');
  if (!asItLies) {
    const copy = join(folder, 'text');
    await pipeline(readText(delivery), createWriteStream(copy));
    await deps.data.upload(copy, dropKeys(drop).text);
  }
  // As it lies, a text differs from its file by a byte order mark at most.
  return { text: { isCopy: !asItLies, markBytes: asItLies ? source.bytes - bytes : 0, bytes }, cut };
}

/** Of the text, decompressed and as UTF-8: a small file may hold a very large one. */
async function textBytes(delivery: Delivery, limit: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of readText(delivery)) {
    bytes += chunk.length;
    if (bytes > limit) {
      throw new InputError(
        `${delivery.source.name} holds more than ${limit.toLocaleString('en-US')} bytes of text; ` +
          'that is the most for one drop: deliver it in several files',
      );
    }
  }
  return bytes;
}

function flowOf(pack: Pack, ranges: number, partitions: number): PlannedDrop {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
  if (ranges === 1 && partitions === 1) return { mode: 'whole', ranges: [0], partitions: [0], windows: [] };
  return {
    mode: 'parts',
    ranges: numbers(ranges),
    partitions: numbers(partitions),
    windows: windowTasks(pack, partitions),
  };
}

/** The windows by the first key are computed where records are scored; with one partition, all are. */
function windowTasks(pack: Pack, partitions: number): WindowTask[] {
  if (partitions === 1) return [];
  const { keys, keyOf } = windowGroups(pack);
  // Under some keys records are only kept together: the windows that would be computed there need all records.
  const others = keys.flatMap((_, group) =>
    group > 0 && keyOf.includes(group)
      ? Array.from({ length: partitions }, (_unused, partition) => ({ group, partition }))
      : [],
  );
  return keyOf.includes(null) ? [...others, { group: ALL_RECORDS, partition: 0 }] : others;
}

/** The group of windows whose keys share no column: every record is needed for each. */
export const ALL_RECORDS = -1;
