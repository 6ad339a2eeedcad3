/**
 * Delivered JSONL as a table of texts: one object a line, its values as a CSV would hold them. A key that is missing is a missing
 * value; a line that is no object, or that holds a nested value where a column is expected, is a reject.
 */

import { InputError } from '../errors.ts';
import { deliveredColumns, isDelivered, keyColumns, type Pack } from '../packs/pack.ts';
import { plainNumber } from '../packs/plain-number.ts';
import { trimSpace } from '../packs/surrounding-space.ts';
import { listed, matchRank } from './header.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
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
  const rows = await spooled(spool, received, counts);
  const columns = [...keys.seen];
  if (rows.sound > 0 && keys.matched.size === 0) {
    throw new InputError(
      `${delivery.source.name}: its objects have no column of the domain "${pack.domain}": found ${listed(columns)}; ` +
        `expected ${listed(deliveredColumns(pack).map((column) => column.name))}`,
    );
  }
  const texts = pack.columns.map((_, at) => `j${at}`);
  return { ...rows, texts, columns, warnings: [] };
}

interface Place {
  /** Of the pack's column. */
  readonly at: number;
  /** Of the column's parts. */
  readonly part: number;
  readonly rank: number;
}

/** The keys of objects, distinguished once each. */
class KeyMatcher {
  readonly seen = new Set<string>();
  readonly matched = new Set<number>();
  readonly #pack: Pack;
  readonly #keys: readonly boolean[];
  readonly #known = new Map<string, readonly Place[]>();

  constructor(pack: Pack) {
    this.#pack = pack;
    const keys = keyColumns(pack);
    this.#keys = pack.columns.map(({ name }) => keys.has(name));
  }

  /** The cells in the order of the pack's columns, or what is wrong. */
  cellsOf(line: string): (string | null)[] | string {
    const object = parseJsonObject(line);
    if (typeof object === 'string') return object;
    const parts: (string | null)[][] = this.#pack.columns.map(({ from }) =>
      new Array(from.length || 1).fill(null),
    );
    const ranks: number[][] = parts.map((cells) => cells.map(() => Number.POSITIVE_INFINITY));
    const rivals: Place[] = [];
    for (let i = 0; i < object.keys.length; i++) {
      for (const place of this.#matches(object.keys[i]!)) {
        const { at, part, rank } = place;
        if (rank > ranks[at]![part]!) continue;
        if (rank === ranks[at]![part]!) {
          rivals.push(place);
          continue;
        }
        const problem = this.#problemOf(object, i, at);
        if (problem !== null) return problem;
        ranks[at]![part] = rank;
        parts[at]![part] = cellText(object, i);
      }
    }
    // Those that a better name did not decide.
    const open = rivals.find(({ at, part, rank }) => ranks[at]![part] === rank);
    return open === undefined ? parts.map(joined) : this.#rivalsOf(object, open);
  }

  /** As a CSV with two such headers is refused: which of the values counts is not for us to say. */
  #rivalsOf({ keys }: JsonObject, { at, part, rank }: Place): string {
    const rivals = keys.filter((key) =>
      this.#matches(key).some((one) => one.at === at && one.part === part && one.rank === rank),
    );
    return `the keys ${listed(rivals)} could each be "${this.#pack.columns[at]!.name}"; name one exactly so`;
  }

  #problemOf(object: JsonObject, i: number, at: number): string | null {
    const key = object.keys[i]!;
    if (object.nested.includes(key))
      return `the value of "${key}" is an object or a list; a plain value is expected`;
    if (object.values[i]?.isWellFormed() === false)
      return `the value of "${key}" holds half a character (a lone surrogate)`;
    if (this.#keys[at] && object.fractional.includes(i) && plainNumber(object.values[i]!).includes('.'))
      return `the value of "${key}" is the number ${object.values[i]}; text or a whole number is expected, as it is part of a key`;
    return null;
  }

  #matches(key: string): readonly Place[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const header = trimSpace(key);
    const matches = this.#pack.columns.flatMap((column, at): Place[] => {
      if (!isDelivered(this.#pack, column)) return [];
      const names =
        column.from.length > 0 ? column.from.map((name) => ({ ...column, name, aliases: [] })) : [column];
      return names.flatMap((one, part) => {
        const rank = matchRank(one, header);
        return rank === null ? [] : [{ at, part, rank }];
      });
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

/** A number is the same text however it was written: 2.50 is 2.5. */
function cellText({ values, fractional }: JsonObject, i: number): string | null {
  const value = values[i]!;
  if (value === null) return null;
  return fractional.includes(i) ? plainNumber(value) : trimSpace(value);
}

function joined(cells: readonly (string | null)[]): string | null {
  if (cells.length === 1) return cells[0]!;
  return (
    cells
      .map((cell) => cell ?? '')
      .join(' ')
      .trim() || null
  );
}
