/**
 * The daily look at a domain, by its drops of the last days and their reviews: a point for each model that scored any, what someone
 * must know of the present one, and whether to train anew.
 */
import type { ModelCard } from '../models/card.ts';
import { type Alarm, raiseAlarms } from './alarms.ts';
import type { MeasuredDrop } from './measured-drop.ts';
import { type MonitoringPoint, measureModel } from './monitoring-point.ts';
import { observeModel, type SeenReview } from './observe-model.ts';

/** Reviews come slowly: a point looks back over so many days. */
export const DAYS = 30;
const SEED = 1;

export interface DomainSeen {
  /** Of the days looked back over. */
  readonly drops: readonly MeasuredDrop[];
  readonly reviews: readonly SeenReview[];
  /** Of every model that scored any of the drops. */
  readonly cards: ReadonlyMap<string, ModelCard>;
  /** The model that decides. */
  readonly champion: string;
}

export interface DomainWatched {
  readonly points: readonly MonitoringPoint[];
  /** Of the present model alone: a retired one troubles no one. */
  readonly alarms: readonly Alarm[];
}

/** `now` is ISO 8601; the day of the points is its day. */
export function watchDomain({ drops, reviews, cards, champion }: DomainSeen, now: string): DomainWatched {
  const options = { day: now.slice(0, 10), days: DAYS, now, seed: SEED };
  const points: MonitoringPoint[] = [];
  const alarms: Alarm[] = [];
  for (const [model, own] of Map.groupBy(drops, (drop) => drop.model)) {
    const card = cards.get(model);
    if (card === undefined) continue;
    const point = measureModel(card, observeModel(card, own, reviews), options);
    points.push(point);
    if (model === champion) alarms.push(...alarmsOf(point, card));
  }
  return { points, alarms };
}

/** What a point of a model rings. */
export function alarmsOf(point: MonitoringPoint, card: ModelCard): Alarm[] {
  return raiseAlarms(withoutEncodings(point, card), card);
}

/**
 * An encoding's value is what was known of a category's labels at the time; in training that grew record by record, in scoring
 * it stands still. Against profiles of the training part it differs where nothing has moved; against the held-out part it does not.
 */
function withoutEncodings(point: MonitoringPoint, { fitted, reference }: ModelCard): MonitoringPoint {
  if (reference !== undefined) return point;
  const encodings = new Set(fitted.encodings.map(({ name }) => name));
  return { ...point, inputs: point.inputs.filter(({ name }) => !encodings.has(name)) };
}
