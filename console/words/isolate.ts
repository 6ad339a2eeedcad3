/** Values within a sentence: what turns the direction of writing in one of them turns nothing beside it. */

const FSI = '\u2068';
const PDI = '\u2069';
/** Scripts written from right to left, and characters that say which way to write. */
const TURNS =
  /[\u0590-\u08FF\u200E\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC]|[\u{10800}-\u{10FFF}]|[\u{1E800}-\u{1EFFF}]/u;

/** The same text, between a first strong isolate and its end (UAX 9) where it needs one; each isolate that it begins, it ends. */
export function isolate(value: string): string {
  if (!TURNS.test(value)) return value;
  let open = 0;
  const own = value.replace(/[\u2066-\u2069]/g, (one) => {
    if (one !== PDI) open++;
    else if (open-- === 0) {
      open = 0;
      return '';
    }
    return one;
  });
  return `${FSI}${own}${PDI.repeat(open + 1)}`;
}
