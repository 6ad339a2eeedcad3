/**
 * The fields of one scanned record of delimited text: their places in the bytes, or their texts.
 */
import type { ScanDialect } from './record-scanner.ts';

/** `index`-th field at [from, to) without its quotes; inside a quoted one `""` still stands for one quote. */
export type FieldVisitor = (index: number, from: number, to: number, isQuoted: boolean) => void;

export type FieldDialect = Pick<ScanDialect, 'delimiter' | 'quote'>;

/** Visits the fields of a record without faults. */
export function eachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  dialect: FieldDialect,
  visit: FieldVisitor,
): void {
  const { delimiter, quote } = dialect;
  let index = 0;
  let i = start;
  const isBlank = (byte: number | undefined) => (byte === 32 || byte === 9) && byte !== delimiter;
  for (;;) {
    let opening = i;
    while (opening < end && bytes[opening]! <= 32 && isBlank(bytes[opening])) opening++;
    if (opening < end && bytes[opening] === quote) {
      i = opening + 1;
      const from = i;
      for (;;) {
        while (i < end && bytes[i] !== quote) i++;
        if (i + 1 < end && bytes[i + 1] === quote) i += 2;
        else break;
      }
      visit(index++, from, i, true);
      i++;
      while (i < end && isBlank(bytes[i])) i++;
    } else {
      const from = i;
      while (i < end && bytes[i] !== delimiter) i++;
      visit(index++, from, i, false);
    }
    if (i >= end) return;
    i++;
  }
}

/** Of a record without faults: every field is empty or blank. */
export function isEmptyRecord(bytes: Uint8Array, start: number, end: number, dialect: FieldDialect): boolean {
  const first = bytes[start]!;
  if (first > 32 && first !== dialect.delimiter && first !== dialect.quote) return false;
  let isEmpty = true;
  eachField(bytes, start, end, dialect, (_index, from, to) => {
    for (let i = from; isEmpty && i < to; i++) isEmpty = bytes[i]! <= 32;
  });
  return isEmpty;
}

/**
 * Whether a field may have swallowed a delimiter, because the one before an opening quote is missing: `1,x"y,z"` is meant as
 * 1, x and "y,z". Inches (`5",6"`) are not taken for that.
 */
export function isSeparatorLost(
  bytes: Uint8Array,
  start: number,
  end: number,
  dialect: FieldDialect,
): boolean {
  let isOpen = false;
  let isLost = false;
  eachField(bytes, start, end, dialect, (_index, from, to, isQuoted) => {
    if (isQuoted || isLost) return;
    let quotes = 0;
    for (let i = from; i < to; i++) if (bytes[i] === dialect.quote) quotes++;
    if (quotes % 2 === 0) return;
    let last = to - 1;
    while (last > from && bytes[last]! <= 32) last--;
    const endsWithQuote = bytes[last] === dialect.quote;
    if (isOpen && endsWithQuote) isLost = true;
    else if (!endsWithQuote) isOpen = true;
  });
  return isLost;
}

/** The texts of a record's fields; `start` and `end` are its bytes, line end left out. Quotes are taken off and doubled ones halved. */
export function fieldTexts(bytes: Uint8Array, start: number, end: number, dialect: FieldDialect): string[] {
  const texts: string[] = [];
  const quote = String.fromCharCode(dialect.quote);
  eachField(bytes, start, end, dialect, (_index, from, to, isQuoted) => {
    const text = textOf(bytes, from, to);
    texts.push(isQuoted ? text.replaceAll(quote + quote, quote) : text);
  });
  return texts;
}

export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
