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
  for (;;) {
    if (i < end && bytes[i] === quote) {
      const from = ++i;
      for (;;) {
        while (i < end && bytes[i] !== quote) i++;
        if (i + 1 < end && bytes[i + 1] === quote) i += 2;
        else break;
      }
      visit(index++, from, i, true);
      i++;
    } else {
      const from = i;
      while (i < end && bytes[i] !== delimiter) i++;
      visit(index++, from, i, false);
    }
    if (i >= end) return;
    i++;
  }
}

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
