/**
 * The figures of live models, a point a day. A day measured again replaces what stood.
 *
 *     'metrics#<domain>', '<day>#<model>'    point (JSON)
 */
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { queryAll } from './query-all.ts';
import { doing } from './store-error.ts';

export class MetricsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async put(point: MonitoringPoint): Promise<void> {
    const { domain, model, day } = point;
    await doing(`storing the figures of model ${model} on ${day}`, () =>
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { domain: partition(domain), version: `${day}#${model}`, point: JSON.stringify(point) },
        }),
      ),
    );
  }

  /** In order of day; `model` null: of all. Days are inclusive, YYYY-MM-DD. */
  async range(domain: string, model: string | null, from: string, to: string): Promise<MonitoringPoint[]> {
    return await doing(`reading the figures of ${domain}`, async () => {
      const items = await queryAll(this.#client, {
        TableName: this.#table,
        KeyConditionExpression: '#domain = :domain AND #version BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#domain': 'domain', '#version': 'version' },
        ExpressionAttributeValues: {
          ':domain': partition(domain),
          ':from': from,
          // Sorts behind every model of that day.
          ':to': `${to}#~`,
        },
      });
      const points = items.map((item) => JSON.parse(String(item.point)) as MonitoringPoint);
      return model === null ? points : points.filter((point) => point.model === model);
    });
  }
}

function partition(domain: string): string {
  return `metrics#${domain}`;
}
