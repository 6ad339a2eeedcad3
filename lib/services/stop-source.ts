/** Whether a domain, or the model that serves it, is stopped: as functions and command line ask the stores. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { championVersion } from '../aws/model-table.ts';
import { activeStops } from '../aws/stop-table.ts';
import { DomainStopped, type Stop, stopFor } from '../oversight/stop.ts';

export interface StopSource {
  readonly documents: DynamoDBDocumentClient;
  readonly dropsTable: string;
}

/** Throws a DomainStopped where that model may not score now. */
export async function expectRunning(source: StopSource, domain: string, model: string): Promise<void> {
  const stop = stopFor(await activeStops(source.documents, source.dropsTable, domain), model);
  if (stop !== null) throw new DomainStopped(stop);
}

/** What keeps the model that serves a domain from scoring; null: nothing. The champion is looked up only where a model is stopped. */
export async function stopOfChampion(
  { documents, dropsTable, modelsTable }: StopSource & { readonly modelsTable: string },
  domain: string,
): Promise<Stop | null> {
  const stops = await activeStops(documents, dropsTable, domain);
  if (stops.length === 0) return null;
  const champion = stops.some(({ model }) => model !== null)
    ? await championVersion(documents, modelsTable, domain)
    : null;
  return stopFor(stops, champion);
}

/** Null: the domain as a whole is not stopped. */
export async function stopOfDomain(
  { documents, dropsTable }: StopSource,
  domain: string,
): Promise<Stop | null> {
  return stopFor(await activeStops(documents, dropsTable, domain), null);
}
