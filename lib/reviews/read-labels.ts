/**
 * Reads a labels file (CSV: `record_id,label[,labelled_at][,by]`, its columns in any order) as what it claims. A file with anything
 * wrong in it is refused as a whole, line and column of everything wrong reported: half a file of labels would be trained on as if
 * it were all of it.
 */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../errors.ts';
import { fieldTexts } from '../intake/record-fields.ts';
import { RecordScanner, type ScanFault } from '../intake/record-scanner.ts';
import type { LabelClaim } from './resolve-labels.ts';

export interface LabelsFile {
  readonly bytes: Uint8Array;
  /** For messages, and stored with every label. */
  readonly name: string;
  /** ISO 8601: when its labels became known, unless a line says otherwise. */
  readonly receivedAt: string;
}

/** What is wrong at one place. */
export interface LabelFault {
  /** Null: of the file as a whole. */
  readonly line: number | null;
  /** Null: of the line as a whole. */
  readonly column: string | null;
  /** What was expected and what was found. */
  readonly detail: string;
}

/** The whole file is refused; `faults` has the first of them, `count` says how many there are. */
export class LabelsRefused extends InputError {
  readonly faults: readonly LabelFault[];
  readonly count: number;

  constructor(message: string, faults: readonly LabelFault[], count = faults.length) {
    super(message);
    this.faults = faults;
    this.count = count;
  }
}

/** A file is read whole by a function of half a gigabyte, whatever is in it. */
export const MAX_LABELS_BYTES = 16 * 2 ** 20;
const MAX_LINES = 500_000;
/** What an item of a table holds. */
const MAX_FAULTS = 1_000;
/** Of what was found, in a message. */
const MAX_QUOTE = 60;

/** The first faults of a file; the others are counted. */
class Faults {
  readonly first: LabelFault[] = [];
  count = 0;

  add(fault: LabelFault): void {
    this.count++;
    if (this.first.length < MAX_FAULTS) this.first.push(fault);
  }
}

const COLUMNS = ['record_id', 'label', 'labelled_at', 'by'] as const;
const POSITIVE = ['1', 'true', 'yes', 'y'];
const NEGATIVE = ['0', 'false', 'no', 'n'];
/** ISO 8601: a day, or a time; without an offset it is UTC. */
const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const MAX_SHOWN = 20;

interface Line {
  readonly line: number;
  readonly fields: readonly string[];
  readonly fault: ScanFault | null;
}

/** A line with an empty label claims nothing. Throws a LabelsRefused. */
export function readLabels(file: LabelsFile): LabelClaim[] {
  const faults = new Faults();
  const claims = readFile(file, faults);
  if (faults.count > 0) throw refusal(file.name, faults);
  return claims;
}

function readFile(file: LabelsFile, faults: Faults): LabelClaim[] {
  if (!isUtf8(file.bytes)) {
    faults.add({ line: null, column: null, detail: 'not UTF-8; a labels file is UTF-8 text' });
    return [];
  }
  const claims: LabelClaim[] = [];
  let context: Context | null = null;
  let lines = 0;
  scanLines(file.bytes, (line) => {
    if (++lines > MAX_LINES + 1) return;
    if (context !== null) {
      const claim = context.place === null ? null : readLine(line, context.place, context);
      if (claim !== null) claims.push(claim);
      return;
    }
    const fault = headerFault(line);
    if (fault !== null) faults.add({ line: 1, column: null, detail: fault });
    const place = fault === null ? placesOf(line) : null;
    context = { file, header: line, place, faults, seen: new Map() };
  });
  if (lines === 0)
    faults.add({ line: null, column: null, detail: `empty; expected a header ${COLUMNS.join(',')}` });
  if (lines > MAX_LINES + 1) {
    const detail = `${lines - 1} lines; expected at most ${MAX_LINES}: send it in parts`;
    faults.add({ line: null, column: null, detail });
  }
  return claims;
}

function refusal(name: string, { first, count }: Faults): LabelsRefused {
  const sentences = first.slice(0, MAX_SHOWN).map(({ line, column, detail }) => {
    const at = line === null ? name : `${name}:${line}`;
    return [at, ...(column === null ? [] : [column]), detail].join(': ');
  });
  const more = count - MAX_SHOWN;
  return new LabelsRefused(
    [...sentences, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    first,
    count,
  );
}

function scanLines(bytes: Uint8Array, visit: (line: Line) => void): void {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const end = bytes.findIndex((byte, at) => at >= start && (byte === 10 || byte === 13));
  const first = Buffer.from(bytes.subarray(start, end < 0 ? bytes.length : end)).toString('utf8');
  const delimiter = [',', ';', '\t'].find((one) => first.includes(one)) ?? ',';
  const dialect = {
    delimiter: delimiter.charCodeAt(0),
    quote: 34,
    expectedFields: 0,
    maxRecordBytes: 1 << 16,
  };
  const scanner = new RecordScanner(dialect, ({ bytes: block, start: from, end: to, line, fault }) => {
    const fields = fault === null ? fieldTexts(block, from, to, dialect).map((text) => text.trim()) : [];
    visit({ line, fields, fault });
  });
  scanner.push(bytes.subarray(start));
  scanner.end();
}

type Places = Readonly<Record<(typeof COLUMNS)[number], number>>;

const namesOf = ({ fields }: Line) => fields.map((field) => field.toLowerCase());

function placesOf(header: Line): Places {
  const found = namesOf(header);
  return Object.fromEntries(COLUMNS.map((column) => [column, found.indexOf(column)])) as unknown as Places;
}

/** Null: there is none. */
function headerFault(header: Line): string | null {
  const found = namesOf(header);
  const twice = found.find((field, at) => found.indexOf(field) !== at);
  const unknown = found.find((field) => !(COLUMNS as readonly string[]).includes(field));
  const missing = (['record_id', 'label'] as const).find((column) => !found.includes(column));
  const expected = `expected the columns ${COLUMNS.join(', ')}, the last two if known`;
  if (twice !== undefined) return `the column "${twice.slice(0, MAX_QUOTE)}" stands twice; ${expected}`;
  if (unknown !== undefined) return `an unknown column "${unknown.slice(0, MAX_QUOTE)}"; ${expected}`;
  return missing === undefined ? null : `no column "${missing}"; ${expected}`;
}

interface Context {
  readonly file: LabelsFile;
  readonly header: Line;
  /** Null: the header is wrong, and no line is read. */
  readonly place: Places | null;
  readonly faults: Faults;
  /** Line of each record id so far. */
  readonly seen: Map<string, number>;
}

function readLine({ line, fields, fault }: Line, place: Places, context: Context): LabelClaim | null {
  const { file, header, faults, seen } = context;
  const before = faults.count;
  const report = (column: string | null, detail: string) => {
    faults.add({ line, column, detail });
  };
  if (fault !== null || fields.length !== header.fields.length) {
    report(null, fault ?? `expected ${header.fields.length} fields, found ${fields.length}`);
    return null;
  }
  const recordId = fields[place.record_id]!;
  const text = fields[place.label]!.toLowerCase();
  const at = place.labelled_at < 0 ? '' : fields[place.labelled_at]!;
  const by = place.by < 0 ? '' : fields[place.by]!;
  if (recordId === '') report('record_id', 'expected the id of a record, found none');
  else if (seen.has(recordId))
    report('record_id', `"${recordId.slice(0, MAX_QUOTE)}" stands in line ${seen.get(recordId)} already`);
  else seen.set(recordId, line);
  const isPositive = POSITIVE.includes(text);
  if (text !== '' && !isPositive && !NEGATIVE.includes(text)) {
    report(
      'label',
      `expected 1, 0, or nothing where it is not known, found "${fields[place.label]!.slice(0, MAX_QUOTE)}"`,
    );
  }
  const time = at === '' ? file.receivedAt : toInstant(at);
  if (time === null)
    report('labelled_at', `expected a date or time (ISO 8601), found "${at.slice(0, MAX_QUOTE)}"`);
  if (faults.count > before || text === '') return null;
  return {
    recordId,
    label: isPositive ? 1 : 0,
    source: 'labels_file',
    at: time!,
    by: by === '' ? null : by,
    from: file.name,
  };
}

/** Null: there is no such day or time. */
function toInstant(text: string): string | null {
  if (!TIME.test(text)) return null;
  const iso = text.replace(' ', 'T');
  const time = new Date(/T/.test(iso) && !/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? `${iso}Z` : iso);
  if (Number.isNaN(time.getTime())) return null;
  // 31 June would otherwise become 1 July.
  const day = Number(text.slice(8, 10));
  const lastOfMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  return day <= lastOfMonth ? time.toISOString() : null;
}
