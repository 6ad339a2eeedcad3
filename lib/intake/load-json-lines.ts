/**
 * Delivered JSONL as a table of texts: one object a line, its values as a CSV would hold them. A key that is missing is a missing
 * value; a line that is no object, or that holds a nested value where a column is expected, is a reject.
 */
import type { Pack } from '../domain/pack.ts';
import { InputError } from '../errors.ts';
import { listed, matchRank } from './header.ts';
import { parseJsonObject } from './json-object.ts';
import { type LoadContext, type Loaded, newSpool, rejectedText, spooled } from './load.ts';
import type { ScannedRecord } from './record-scanner.ts';
import { walkRecords } from './walk-records.ts';

export async function loadJsonLines(context: LoadContext): Promise<Loaded> {
  const { delivery, pack } = context;
  const spool = newSpool(
    context,
    pack.columns.map((_, at) => `j${at}`),
  );
  const keys = new KeyMatcher(pack);
  let received = 0;
  const visit = (record: ScannedRecord, problem: string | null): void => {
    received++;
    const text = rejectedText(record);
    const cells = problem ?? keys.cellsOf(text);
    if (typeof cells === 'string') {
      context.reject(record.line, cells, text);
      return;
    }
    spool.number(record.line);
    for (const cell of cells) spool.text(cell);
    spool.endRow();
  };
  const { counts } = await walkRecords(delivery, visit, context.onDelivered);
  const rows = spooled(spool, received, counts);
  const columns = [...keys.seen];
  if (rows.sound > 0 && keys.matched.size === 0) {
    throw new InputError(
      `${delivery.source.name}: its objects have no column of the domain "${pack.domain}": found ${listed(columns)}; ` +
        `expected ${listed(pack.columns.map((column) => column.name))}`,
    );
  }
  const texts = pack.columns.map((_, at) => `j${at}`);
  return { ...rows, texts, columns, warnings: [] };
}

/** The keys of objects, told apart once each. */
class KeyMatcher {
  readonly seen = new Set<string>();
  readonly matched = new Set<number>();
  readonly #pack: Pack;
  readonly #known = new Map<string, readonly { at: number; rank: number }[]>();

  constructor(pack: Pack) {
    this.#pack = pack;
  }

  /** The cells in the order of the pack's columns, or what is wrong. */
  cellsOf(line: string): (string | null)[] | string {
    const object = parseJsonObject(line);
    if (typeof object === 'string') return object;
    const cells: (string | null)[] = new Array(this.#pack.columns.length).fill(null);
    const ranks: number[] = new Array(cells.length).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < object.keys.length; i++) {
      const key = object.keys[i]!;
      for (const { at, rank } of this.#matches(key)) {
        if (rank >= ranks[at]!) continue;
        if (object.nested.includes(key))
          return `the value of "${key}" is an object or a list; a plain value is expected`;
        ranks[at] = rank;
        cells[at] = object.values[i]?.trim() ?? null;
      }
    }
    return cells;
  }

  #matches(key: string): readonly { at: number; rank: number }[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const matches = this.#pack.columns.flatMap((column, at) => {
      const rank = matchRank(column, key.trim());
      return rank === null ? [] : [{ at, rank }];
    });
    // A file may hold a new key in every line.
    if (this.seen.size < 10_000) {
      this.seen.add(key);
      this.#known.set(key, matches);
    }
    for (const { at } of matches) this.matched.add(at);
    return matches;
  }
}
