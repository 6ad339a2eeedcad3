/**
 * The models that serve: each domain's champion. The table points at a version in the artifacts bucket; without a pointer the
 * champion that is shipped with Assay serves. A pointer is read again after half a minute, so a promotion counts within that
 * time; versions name their content and are kept for as long as the process lives.
 *
 *     domain, version 'champion'   { model: version, threshold?, card? }
 *     'domains', <domain>          a domain with a model of its own
 *     models/<domain>/<version>/model.onnx, card.json   in the bucket; model.sig where it is signed
 */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { InputError } from '../errors.ts';
import { hashCard } from '../models/card-schema.ts';
import { loadModel, type Model } from '../models/model-folder.ts';
import type { ModelKey } from '../models/model-key.ts';
import { findSignatureProblems, MODEL_FILES, SIGNATURE } from '../models/model-signature.ts';
import { championFolder, loadShippedChampion, shippedDomains } from '../models/shipped-models.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import type { ChampionPointer } from '../registry/registry-state.ts';
import { queryAll } from './query-all.ts';
import { doing } from './store-error.ts';

const pointerMs = 30_000;

export class ModelTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #artifacts: ObjectStore;
  readonly #now: () => number;
  readonly #keys: readonly ModelKey[];
  readonly #champions = new Map<string, { readonly readAt: number; readonly model: Promise<Model> }>();
  readonly #versions = new Map<string, Promise<Model>>();

  /** `now` gives milliseconds since 1970. With `keys`, one of them must have signed a model of the bucket. */
  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    {
      artifacts,
      now,
      keys = [],
    }: { readonly artifacts: ObjectStore; readonly now: () => number; readonly keys?: readonly ModelKey[] },
  ) {
    this.#client = client;
    this.#table = table;
    this.#artifacts = artifacts;
    this.#now = now;
    this.#keys = keys;
  }

  /** Throws an InputError for a domain without a model. */
  async champion(domain: string): Promise<Model> {
    const known = this.#champions.get(domain);
    if (known !== undefined && this.#now() - known.readAt < pointerMs) return await known.model;
    const model = this.#readChampion(domain);
    this.#champions.set(domain, { readAt: this.#now(), model });
    model.catch(() => this.#champions.delete(domain));
    return await model;
  }

  /** Null: the domain has none. */
  async championOrNone(domain: string): Promise<Model | null> {
    return (await this.domains()).includes(domain) ? await this.champion(domain) : null;
  }

  /** Those with a model. */
  async domains(): Promise<string[]> {
    return await domainsWithModels(this.#client, this.#table);
  }

  /** Throws an InputError for a version that is neither in the bucket nor shipped. */
  async load(domain: string, version: string): Promise<Model> {
    const key = `${domain}/${version}`;
    const loading = this.#versions.get(key) ?? this.#readVersion(domain, version, this.#keys);
    this.#versions.set(key, loading);
    loading.catch(() => this.#versions.delete(key));
    return await loading;
  }

  /** As the table has it now; null: nothing was put in force, and the shipped model serves. */
  async pointer(domain: string): Promise<ChampionPointer | null> {
    return (await readPointer(this.#client, this.#table, domain)) ?? null;
  }

  /** Throws an InputError where models must be signed and this one is not. */
  async expectSigned(domain: string, version: string): Promise<void> {
    if (this.#keys.length > 0) await this.load(domain, version);
  }

  /** Signed or not: for people to look at, sign or stop, never to score by. */
  async loadUnsigned(domain: string, version: string): Promise<Model> {
    return await this.#readVersion(domain, version, []);
  }

  async #readChampion(domain: string): Promise<Model> {
    const pointer = await readPointer(this.#client, this.#table, domain);
    if (pointer === undefined) return await this.load(domain, basename(await championFolder(domain)));
    const model = await this.load(domain, pointer.model);
    if (pointer.card !== undefined && hashCard(model.card) !== pointer.card) {
      throw new InputError(
        `models/${domain}/${pointer.model}/card.json: not the card that was promoted: its sha256 is ${hashCard(model.card)}, the champion pointer says ${pointer.card}`,
      );
    }
    return pointer.threshold === undefined ? model : { ...model, threshold: pointer.threshold };
  }

  async #readVersion(domain: string, version: string, keys: readonly ModelKey[]): Promise<Model> {
    const folder = await temporaryFolder('model');
    const prefix = `models/${domain}/${version}`;
    try {
      for (const file of MODEL_FILES) await this.#artifacts.download(`${prefix}/${file}`, join(folder, file));
      if (keys.length > 0) await this.#expectSigned(prefix, folder, keys);
      return await loadModel(folder);
    } catch (error) {
      if (!(error instanceof MissingObject) && !(error instanceof UnsignedModel)) throw error;
      return await loadShipped(domain, version, error);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Throws an InputError that names the object which is not as it was signed. */
  async #expectSigned(prefix: string, folder: string, keys: readonly ModelKey[]): Promise<void> {
    try {
      await this.#artifacts.download(`${prefix}/${SIGNATURE}`, join(folder, SIGNATURE));
    } catch (cause) {
      if (!(cause instanceof MissingObject)) throw cause;
      const message = `${prefix}/${SIGNATURE}: missing; the stage takes signed models only (assay models sign)`;
      throw new UnsignedModel(message, { cause });
    }
    // People know the object, and not where it was brought to.
    const named = (text: string): string => text.replaceAll(folder, prefix);
    const problems = await findSignatureProblems(folder, keys, MODEL_FILES).catch((cause: Error) => {
      throw cause instanceof InputError ? new InputError(named(cause.message), { cause }) : cause;
    });
    if (problems.length > 0) throw new InputError(problems.map(named).join('; '));
  }
}

/** A model of the bucket without a signature; the one that is shipped by that version needs none. */
class UnsignedModel extends InputError {}

async function loadShipped(domain: string, version: string, cause: Error): Promise<Model> {
  const folder = await championFolder(domain);
  if (basename(folder) === version) return await loadShippedChampion(domain);
  if (cause instanceof UnsignedModel) throw cause;
  throw new InputError(
    `the domain "${domain}" has no model ${version}: it is not in the artifacts bucket, and ${basename(folder)} is the one shipped`,
    { cause },
  );
}

async function readPointer(
  client: DynamoDBDocumentClient,
  table: string,
  domain: string,
): Promise<ChampionPointer | undefined> {
  return await doing(`reading which model serves ${domain}`, async () => {
    const Key = { domain, version: 'champion' };
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item as ChampionPointer | undefined;
  });
}

/** The version that serves a domain now; null: none does. */
export async function championVersion(
  client: DynamoDBDocumentClient,
  table: string,
  domain: string,
): Promise<string | null> {
  const pointer = await readPointer(client, table, domain);
  if (pointer !== undefined) return pointer.model;
  if (!(await shippedDomains()).includes(domain)) return null;
  return basename(await championFolder(domain));
}

/** Those with a model, shipped or their own, in order of name. */
export async function domainsWithModels(client: DynamoDBDocumentClient, table: string): Promise<string[]> {
  const own = await doing('reading which domains have models', () =>
    queryAll(client, {
      TableName: table,
      KeyConditionExpression: '#domain = :domains',
      ExpressionAttributeNames: { '#domain': 'domain' },
      ExpressionAttributeValues: { ':domains': 'domains' },
    }),
  );
  return [...new Set([...own.map(({ version }) => String(version)), ...(await shippedDomains())])].sort();
}
