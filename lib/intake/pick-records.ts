/**
 * The records of a delivery that start on given lines, read again from the file: what has to be known of few records (their original
 * text) is not kept for all. The lines are held as one bit each.
 */
import type { Session } from '../engine/session.ts';
import type { Delivery } from './delivery.ts';
import type { RecordVisitor } from './record-scanner.ts';
import { walkRecords } from './walk-records.ts';

export class LineSet {
  #bits = new Uint8Array(1 << 12);

  /** From the first column of a query, line numbers as BIGINT. */
  static async from(session: Session, sql: string): Promise<LineSet> {
    const set = new LineSet();
    for await (const chunk of session.chunks(sql)) {
      for (const line of chunk.getColumnValues(0)) set.#add(Number(line));
    }
    return set;
  }

  has(line: number): boolean {
    const byte = line >>> 3;
    return byte < this.#bits.length && (this.#bits[byte]! & (1 << (line & 7))) !== 0;
  }

  #add(line: number): void {
    const byte = line >>> 3;
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bits.length, byte + 1));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[byte]! |= 1 << (line & 7);
  }
}

export async function pickRecords(delivery: Delivery, lines: LineSet, visit: RecordVisitor): Promise<void> {
  await walkRecords(delivery, (record) => {
    if (lines.has(record.line)) visit(record);
  });
}
