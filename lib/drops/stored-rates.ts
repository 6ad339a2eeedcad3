/**
 * Rates of exchange in a deployed stack: each file under its hash, and which one is current. A drop's plan names the hash, so that
 * the stages of a drop convert alike whatever is sent meanwhile.
 *
 *     rates/<domain>/<sha256>.csv
 *     rates/<domain>/current.json     { "sha256": "…", "name": "june.csv" }
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseRates, type Rates } from '../intake/rates.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';

const Current = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), name: z.string() });
export type CurrentRates = z.infer<typeof Current>;

type TextStore = Pick<ObjectStore, 'readText' | 'writeText'>;

export class StoredRates {
  readonly #store: TextStore;
  /** By domain the last file that was read: drops and requests come one after the other with the same rates. */
  readonly #read = new Map<string, { readonly key: string; readonly rates: Rates }>();

  constructor(store: TextStore) {
    this.#store = store;
  }

  /** Null: the pack converts nothing, or no rates were sent. */
  async current(pack: Pick<Pack, 'domain' | 'columns'>): Promise<CurrentRates | null> {
    if (pack.columns.every(({ derivedFrom }) => derivedFrom === null)) return null;
    const text = await this.#store.readText(currentKey(pack.domain));
    return text === null ? null : Current.parse(JSON.parse(text));
  }

  async read(domain: string, { sha256, name }: CurrentRates): Promise<Rates> {
    const key = fileKey(domain, sha256);
    const known = this.#read.get(domain);
    if (known?.key === key) return known.rates;
    const text = await this.#store.readText(key);
    if (text === null) throw new Error(`there is no ${key}, which ${currentKey(domain)} names`);
    const rates = parseRates(text, name);
    this.#read.set(domain, { key, rates });
    return rates;
  }

  /** Throws an InputError where the text is no table of rates. What was sent before stays. */
  async save(domain: string, text: string, name: string): Promise<CurrentRates> {
    parseRates(text, name);
    const sha256 = createHash('sha256').update(text).digest('hex');
    await this.#store.writeText(fileKey(domain, sha256), text);
    const current: CurrentRates = { sha256, name };
    await this.#store.writeText(currentKey(domain), JSON.stringify(current));
    return current;
  }
}

const fileKey = (domain: string, sha256: string): string => `rates/${domain}/${sha256}.csv`;
const currentKey = (domain: string): string => `rates/${domain}/current.json`;
