/** Where flags stand on a line of time. Times are ISO 8601, or whole numbers where a domain counts steps. */

interface Timed {
  readonly time: string | null;
  readonly flagged_at: string;
}

export interface Placed<Item> {
  readonly marks: readonly { readonly item: Item; readonly x: number }[];
  readonly first: string;
  readonly last: string;
}

/** `items`, at least one, by time. */
export function placeMarks<Item extends Timed>(
  items: readonly Item[],
  { left, right }: { readonly left: number; readonly right: number },
): Placed<Item> {
  const times = items.map((item) => timeOf(item));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const scale = to > from ? (right - left) / (to - from) : 0;
  const textOf = (item: Item) => item.time ?? item.flagged_at;
  return {
    marks: items.map((item, at) => ({
      item,
      x: scale === 0 ? (left + right) / 2 : round(left + (times[at]! - from) * scale),
    })),
    first: textOf(items[0]!),
    last: textOf(items.at(-1)!),
  };
}

function timeOf({ time, flagged_at }: Timed): number {
  const text = time ?? flagged_at;
  if (/^-?\d+$/.test(text)) return Number(text);
  const parsed = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(parsed) ? Date.parse(flagged_at) : parsed;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
