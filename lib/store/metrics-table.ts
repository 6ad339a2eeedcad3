/**
 * The figures of live models, a point a day: points in, the points of some days out. A day measured again replaces what stood.
 *
 *     'metrics#<domain>', '<day>#<model>'    point (JSON)
 */
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';
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
      const points: MonitoringPoint[] = [];
      let after: Record<string, unknown> | undefined;
      do {
        const page = await this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: '#domain = :domain AND #version BETWEEN :from AND :to',
            ExpressionAttributeNames: { '#domain': 'domain', '#version': 'version' },
            ExpressionAttributeValues: {
              ':domain': partition(domain),
              ':from': from,
              // Sorts behind every model of that day.
              ':to': `${to}#~`,
            },
            ExclusiveStartKey: after,
          }),
        );
        for (const item of page.Items ?? []) points.push(JSON.parse(String(item.point)) as MonitoringPoint);
        after = page.LastEvaluatedKey;
      } while (after !== undefined);
      return model === null ? points : points.filter((point) => point.model === model);
    });
  }
}

function partition(domain: string): string {
  return `metrics#${domain}`;
}
