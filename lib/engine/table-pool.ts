/**
 * The temporary tables of a session. In one that repeats its work, a table that is done with waits for the next of the same definition:
 * making tables and dropping them would have DuckDB plan all of its statements again.
 */

/** Tables that may wait; more are dropped, those that wait longest first. */
const MAX_WAITING = 200;

export interface TakenTable {
  readonly name: string;
  /** It was used before, and holds what it held. */
  readonly isThere: boolean;
}

export class TablePool {
  readonly #repeats: boolean;
  /** Tables of the work at hand, each with what it was made by; null: it is not to be used again. */
  readonly #taken = new Map<string, string | null>();
  /** Names by definition, and all of them in the order in which they came to wait. */
  readonly #waiting = new Map<string, string[]>();
  readonly #order = new Map<string, string>();
  #named = 0;

  constructor(repeats: boolean) {
    this.#repeats = repeats;
  }

  /** The name of one that is dropped when the work is done. */
  nameOnce(kind: string): string {
    const name = `${kind}_${++this.#named}`;
    this.#taken.set(name, null);
    return name;
  }

  take(kind: string, definition: string, lasting: boolean): TakenTable {
    const key = `${kind} ${definition}`;
    const known = lasting ? undefined : this.#waiting.get(key)?.shift();
    if (known !== undefined) {
      this.#order.delete(known);
      this.#taken.set(known, key);
      return { name: known, isThere: true };
    }
    const name = `${kind}_${++this.#named}`;
    if (!lasting) this.#taken.set(name, key);
    return { name, isThere: false };
  }

  /** It could not be made: there is no table of that name. */
  forget(name: string): void {
    this.#taken.delete(name);
  }

  /** Whether it waits for its next use; else it is to be dropped. */
  release(name: string): boolean {
    const key = this.#taken.get(name) ?? null;
    this.#taken.delete(name);
    if (!this.#repeats || key === null) return false;
    const names = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, names);
    names.push(name);
    this.#order.set(name, key);
    return true;
  }

  /** All but the lasting ones; those that are to be dropped. */
  releaseAll(): string[] {
    return [...this.#taken.keys()].filter((name) => !this.release(name));
  }

  /** Those beyond what may wait, which are to be dropped. */
  takeOut(): string[] {
    const out = [...this.#order].slice(0, Math.max(0, this.#order.size - MAX_WAITING));
    for (const [name, key] of out) {
      this.#order.delete(name);
      const left = this.#waiting.get(key)!.filter((other) => other !== name);
      if (left.length > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
    }
    return out.map(([name]) => name);
  }

  /** `name` is now what `next` was: rows of another query. */
  replaced(name: string, next: string): void {
    this.#taken.delete(next);
    this.#taken.set(name, null);
  }
}
