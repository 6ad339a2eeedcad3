/**
 * An endless row of random numbers of a seed and a stream number. Streams are how work is shared out: each tree draws from a stream
 * of its own, so what it draws depends on (seed, tree) and never on who grew it or when.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, a counter among them, so no
 * stream is shorter than 2^32 numbers. Its first fifteen numbers are thrown away to mix seed and stream.
 */

const WARM_UP_ROUNDS = 15;

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` and `stream` are whole numbers from 0 to 2^53 - 1, and to 2^32 - 1. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = stream | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#next();
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to `limit` - 1, each exactly as likely: masked, and drawn again if too large. */
  below(limit: number): number {
    if (limit <= 1) return 0;
    const mask = -1 >>> Math.clz32(limit - 1);
    let drawn = (this.#next() & mask) >>> 0;
    while (drawn >= limit) drawn = (this.#next() & mask) >>> 0;
    return drawn;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** One step of a Fisher-Yates shuffle: an item drawn from those at `place` and after it, and left at `place`. */
  draw(items: Int32Array, place: number): number {
    const from = place + this.below(items.length - place);
    const item = items[from]!;
    items[from] = items[place]!;
    items[place] = item;
    return item;
  }

  /** The first `count` items become a random sample without replacement, in random order. */
  shuffle(items: Int32Array, count = items.length): void {
    for (let place = 0; place < count; place++) this.draw(items, place);
  }
}
