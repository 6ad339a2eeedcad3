/** True values put where pseudonyms and keyed ids stand. */

/** Whether a text is what stands for a subject. */
export function isPseudonym(text: string): boolean {
  return /^s_[0-9a-f]{32}$/.test(text);
}

const TOKEN = /[rs]_[0-9a-f]{32}/g;

/** Puts the true values into a text; what has none stays. */
export function revealText(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(TOKEN, (token) => names.get(token) ?? token);
}

/** As `revealText`, in every text of a value, however deep. */
export function revealValue<Value>(value: Value, names: ReadonlyMap<string, string>): Value {
  const reveal = (one: unknown): unknown => {
    if (typeof one === 'string') return revealText(one, names);
    if (Array.isArray(one)) return one.map(reveal);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, reveal(inner)]));
  };
  return reveal(value) as Value;
}

/** Whether a record id is one that a run with subject keys writes in place of the true one. */
export function isKeyedId(recordId: string): boolean {
  return /^r_[0-9a-f]{32}$/.test(recordId);
}
