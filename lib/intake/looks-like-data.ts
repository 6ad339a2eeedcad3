/** Whether what stands where a header should looks like a record: a number, a date or a time above a column of such. */
import type { HeadRecord } from './find-header.ts';

const VALUE = /^[-+]?\d[\d.,:/ T+-]*Z?$/;

export function looksLikeData(header: readonly string[], rows: readonly HeadRecord[]): boolean {
  const sound = rows.flatMap(({ cells }) => (cells?.length === header.length ? [cells] : []));
  if (sound.length === 0) return header.filter((cell) => VALUE.test(cell)).length * 2 > header.length;
  const areValues = header.map((_, at) => {
    const filled = sound.map((cells) => cells[at]!).filter((cell) => cell !== '');
    return filled.length > 0 && filled.every((cell) => VALUE.test(cell));
  });
  const both = header.filter((cell, at) => areValues[at] && VALUE.test(cell)).length;
  return both > 0 && both * 2 > areValues.filter(Boolean).length;
}
