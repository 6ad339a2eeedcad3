/** Columns of Assay's own that stand beside a pack's: a pack that names one of them is refused, and any other name is free. */

/** Of the table of records. */
const RECORD = ['seq', 'file', 'line', 'history', 'record_id', 'record_hash'] as const;

/** Of tables made on the way. Segments of the past are stored with the first two. */
export const WORKING_COLUMNS = {
  place: 'place of its drop',
  newId: 'id made for a repeat',
  drop: 'its drop',
  path: 'path of its file',
  part: 'its partition',
  weight: 'weight of its label',
  source: 'source of its label',
} as const;

export const RESERVED_COLUMNS: readonly string[] = [...RECORD, ...Object.values(WORKING_COLUMNS)];
