/**
 * Denials as acts in the log of the domain concerned; those that concern no domain, in a log of their own. A person who is refused
 * again and again fills no log: of each person and hour the first twenty are acts, the twentieth says so, and the rest are
 * in the function's log only. Nothing is written for them once a process knows.
 *
 *     pk 'denied#<person>', sk <hour>    denials; gone after a day
 */
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditChain } from './audit-chain.ts';
import { doing } from './store-error.ts';

/** No domain has this name: a domain begins with a letter or digit. */
export const ACCESS_LOG = '_access';
export const MAX_DENIALS_AN_HOUR = 20;
const DAY_SECONDS = 86_400;
const HOUR_MS = 3_600_000;
/** Persons of whom a process remembers that they have used up their hour. */
const MAX_REMEMBERED = 10_000;

export interface Denial {
  readonly actor: string;
  /** Null: none was named. */
  readonly domain: string | null;
  /** What it would have taken a right to do. */
  readonly action: string;
  /** As the routes are declared. */
  readonly route: string;
  readonly role: string;
}

export class DenialLog {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #audit: AuditChain;
  readonly #domains: () => Promise<readonly string[]>;
  readonly #now: () => number;
  readonly #full = new Set<string>();

  /** `domains` are those with a model; `now` gives milliseconds since 1970. */
  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    {
      audit,
      domains,
      now,
    }: { audit: AuditChain; domains: () => Promise<readonly string[]>; now: () => number },
  ) {
    this.#client = client;
    this.#table = table;
    this.#audit = audit;
    this.#domains = domains;
    this.#now = now;
  }

  async record({ actor, domain, action, route, role }: Denial): Promise<void> {
    const at = this.#now();
    const hour = new Date(Math.floor(at / HOUR_MS) * HOUR_MS).toISOString();
    const place = `${actor}\n${hour}`;
    if (this.#full.has(place)) return;
    const count = await this.#count(actor, hour);
    if (count >= MAX_DENIALS_AN_HOUR) this.#remember(place);
    if (count > MAX_DENIALS_AN_HOUR) return;
    const isKnown = domain !== null && (await this.#domains()).includes(domain);
    await this.#audit.append(isKnown ? domain : ACCESS_LOG, {
      event: 'denied',
      actor,
      subject: route,
      at: new Date(at).toISOString(),
      data: { action, role, ...(count === MAX_DENIALS_AN_HOUR && { last_recorded_of_hour: true }) },
    });
  }

  async #count(actor: string, hour: string): Promise<number> {
    return await doing('counting denials', async () => {
      const { Attributes } = await this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { pk: `denied#${actor}`, sk: hour },
          UpdateExpression: 'ADD denials :one SET expires_at = :expires',
          ExpressionAttributeValues: {
            ':one': 1,
            ':expires': Math.floor(this.#now() / 1000) + DAY_SECONDS,
          },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      return Number(Attributes?.denials);
    });
  }

  #remember(place: string): void {
    if (this.#full.size >= MAX_REMEMBERED) this.#full.clear();
    this.#full.add(place);
  }
}
