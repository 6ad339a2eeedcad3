/** Random changes to one file of a run, by a seed: bytes and ranges flipped, cut, moved, added; the file emptied, taken away or exchanged. */
import type { Random } from '../../../samples/generators/random.ts';
import type { RunCopy } from './run-copy.ts';

export interface Mutation {
  readonly file: string;
  readonly what: string;
  /** Null: the file is taken away. */
  readonly bytes: Buffer | null;
}

type Change = (bytes: Buffer, random: Random, other: Buffer) => Buffer | null;

const place = (bytes: Buffer, random: Random): number => random.integer(0, Math.max(0, bytes.length - 1));
const span = (bytes: Buffer, random: Random): readonly [number, number] => {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + random.integer(1, 200))];
};
const join = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);

const CHANGES: Readonly<Record<string, Change>> = {
  bit(bytes, random) {
    const at = place(bytes, random);
    const changed = Buffer.from(bytes);
    changed[at] = changed[at]! ^ (1 << random.integer(0, 7));
    return changed;
  },
  byte(bytes, random) {
    const at = place(bytes, random);
    const changed = Buffer.from(bytes);
    changed[at] = random.integer(0, 255);
    return changed;
  },
  digit(bytes, random) {
    const digits = [...bytes.keys()].filter((at) => bytes[at]! >= 48 && bytes[at]! <= 57);
    const changed = Buffer.from(bytes);
    const at = digits[random.integer(0, digits.length - 1)]!;
    changed[at] = 48 + random.integer(0, 9);
    return changed;
  },
  insert(bytes, random) {
    const at = place(bytes, random);
    return join(bytes.subarray(0, at), Buffer.of(random.integer(0, 255)), bytes.subarray(at));
  },
  cut(bytes, random) {
    const [start, end] = span(bytes, random);
    return join(bytes.subarray(0, start), bytes.subarray(end));
  },
  repeat(bytes, random) {
    const [start, end] = span(bytes, random);
    return join(bytes.subarray(0, end), bytes.subarray(start));
  },
  move(bytes, random) {
    const [start, end] = span(bytes, random);
    const rest = join(bytes.subarray(0, start), bytes.subarray(end));
    const at = place(rest, random);
    return join(rest.subarray(0, at), bytes.subarray(start, end), rest.subarray(at));
  },
  truncate: (bytes, random) => bytes.subarray(0, place(bytes, random)),
  append: (bytes, random) => join(bytes, Buffer.of(random.integer(0, 255))),
  empty: () => Buffer.alloc(0),
  remove: () => null,
  exchange: (_, __, other) => other,
};

/** One that changes something. */
export function mutate(run: RunCopy, other: RunCopy, random: Random): Mutation {
  const files = [...run.files.keys()].toSorted();
  const names = Object.keys(CHANGES);
  for (;;) {
    const file = files[random.integer(0, files.length - 1)]!;
    const what = names[random.integer(0, names.length - 1)]!;
    const bytes = run.files.get(file)!;
    const changed = CHANGES[what]!(bytes, random, other.files.get(file) ?? Buffer.alloc(0));
    if (changed === null || !changed.equals(bytes)) return { file, what, bytes: changed };
  }
}
