/**
 * An audit log's lines as flat columns: each line read in, its number, hash, predecessor and fault kept, some thirty
 * bytes a line. When a log does not verify, this is what says where each entry went.
 *
 * Hashes are stored as their first 48 bits: enough to find lines again. Whether a log is intact is decided elsewhere, on
 * whole hashes.
 */
import type { ParsedLine } from './audit-entry.ts';

export class AuditTable {
  count = 0;
  /** The entry number that a line claims; NaN: it claims none. */
  seq = new Float64Array(1024);
  /** 48 bits of the hash that a line claims, and of its predecessor's; NaN: none. */
  hash = new Float64Array(1024);
  prev = new Float64Array(1024);
  /** 1 where the line is an entry that seals the log. */
  seals = new Uint8Array(1024);
  /** Index into `faults`; 0: the line is an entry as it was written. */
  fault = new Uint8Array(1024);
  readonly faults: string[] = [''];
  #byHash: Uint32Array | undefined;
  #bySeq: Uint32Array | undefined;

  push({ entry, fault }: ParsedLine): void {
    if (this.count === this.seq.length) this.#grow();
    const line = this.count++;
    this.seq[line] = entry?.seq ?? Number.NaN;
    this.hash[line] = entry === undefined ? Number.NaN : shortHash(entry.hash);
    this.prev[line] = entry === undefined ? Number.NaN : shortHash(entry.prev);
    this.seals[line] =
      fault === undefined && entry?.event === 'sealed' && entry.data.entries === entry.seq ? 1 : 0;
    this.fault[line] = fault === undefined ? 0 : this.#faultIndex(fault);
  }

  isSound(line: number): boolean {
    return this.fault[line] === 0;
  }

  /** All lines that claim this hash, in order. */
  withHash(hash: number): Uint32Array {
    this.#byHash ??= this.#sorted(this.hash);
    return equalRange(this.#byHash, this.hash, hash);
  }

  /** All lines that claim this entry number, in order. */
  withSeq(seq: number): Uint32Array {
    this.#bySeq ??= this.#sorted(this.seq);
    return equalRange(this.#bySeq, this.seq, seq);
  }

  /** The lines that claim an entry number below `seq`, by number, then by line. */
  belowSeq(seq: number): Uint32Array {
    this.#bySeq ??= this.#sorted(this.seq);
    return this.#bySeq.subarray(0, firstAtLeast(this.#bySeq, this.seq, seq));
  }

  #sorted(keys: Float64Array): Uint32Array {
    const lines = Uint32Array.from({ length: this.count }, (_, line) => line).filter(
      (line) => !Number.isNaN(keys[line]!),
    );
    return lines.sort((a, b) => keys[a]! - keys[b]! || a - b);
  }

  #faultIndex(fault: string): number {
    const known = this.faults.indexOf(fault);
    return known >= 0 ? known : this.faults.push(fault) - 1;
  }

  #grow(): void {
    const longer = (old: Float64Array<ArrayBuffer>) => {
      const array = new Float64Array(2 * old.length);
      array.set(old);
      return array;
    };
    const longerBytes = (old: Uint8Array<ArrayBuffer>) => {
      const array = new Uint8Array(2 * old.length);
      array.set(old);
      return array;
    };
    [this.seq, this.hash, this.prev] = [longer(this.seq), longer(this.hash), longer(this.prev)];
    [this.seals, this.fault] = [longerBytes(this.seals), longerBytes(this.fault)];
  }
}

/** First 48 bits of a hash, a whole number that a double holds exactly. */
export function shortHash(hash: string): number {
  return Number.parseInt(hash.slice(0, 12), 16);
}

/** Index in `lines`, sorted by key, of the first whose key is not below `key`. */
function firstAtLeast(lines: Uint32Array, keys: Float64Array, key: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[lines[middle]!]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function equalRange(lines: Uint32Array, keys: Float64Array, key: number): Uint32Array {
  const start = firstAtLeast(lines, keys, key);
  let end = start;
  while (end < lines.length && keys[lines[end]!] === key) end += 1;
  return lines.subarray(start, end);
}
