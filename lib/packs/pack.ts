/**
 * A domain pack, parsed and defaulted: everything particular to a domain, and nothing else anywhere is.
 * `parsePack` makes one of YAML.
 */
import type { AmountNotation } from './amount-notation.ts';
import type { ReviewPolicy } from './review-policy.ts';
import type { Severity } from './severity.ts';

export interface Pack {
  readonly domain: string;
  readonly version: number;
  readonly title: string;
  readonly record: RecordKeys;
  /** The line of a CSV that holds its header; `none`: it has none; null: it is found. */
  readonly header: number | 'none' | null;
  /** ISO 4217: what amounts of the type money are converted to; null: none is. */
  readonly baseCurrency: string | null;
  /** In the order of the file; what is derived from others comes last. */
  readonly columns: readonly Column[];
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly windows: readonly Window[];
  readonly features: readonly Feature[];
  readonly categories: readonly Category[];
  readonly encodings: readonly Encoding[];
  readonly rules: readonly Rule[];
  readonly threshold: ThresholdPolicy;
  /** Columns that a person should see first of a flagged record; none: they are chosen. */
  readonly facts: readonly string[];
  /** Columns by whose values metrics are broken down. */
  readonly segments: readonly string[];
  /** What a new model must show to be put forward for approval. */
  readonly acceptance: Acceptance;
  /** How its flags are reviewed; null: the pack does not say. */
  readonly review: ReviewPolicy | null;
  /** The YAML as written, kept with every model trained by it. */
  readonly source: string;
  /** sha256 of the source, hex. */
  readonly hash: string;
}

export interface RecordKeys {
  /** Columns that together identify a record; none: a record is identified by its own content. */
  readonly id: readonly string[];
  readonly time: string | null;
  readonly entity: string | null;
  readonly label: string | null;
  /** What the label column's values mean; null: it holds yes and no, or 1 and 0. */
  readonly labelValues: LabelValues | null;
  /** Where the label is derived: what `label`, which no file holds, is made of. Null: it is delivered. */
  readonly labelIs: DerivedLabel | null;
  /** How long after a record its label is known, in the unit of windows; 0: at once. */
  readonly labelDelay: number;
}

export interface DerivedLabel {
  /** The SQL condition, as written. */
  readonly is: string;
  /** Columns without which the label is not known: those that the condition looks at, but for those that may be missing. */
  readonly needs: readonly string[];
  /** The line of the pack, for messages. */
  readonly line: number;
}

export interface LabelValues {
  readonly positive: readonly string[];
  readonly negative: readonly string[];
  /** Known to mean that nothing is known yet. Any other value counts as that, too, with a warning. */
  readonly unlabelled: readonly string[];
}

export type ColumnType =
  | { readonly kind: 'string' | 'integer' | 'number' | 'boolean' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | {
      readonly kind: 'date' | 'timestamp';
      /** Tried in turn; where two read a text as different times, it is not read. None: ISO 8601. */
      readonly formats: readonly string[];
      readonly timezone: string | null;
      /** Of a local time that the clocks show twice; null: the later one, with a warning. */
      readonly overlap: 'earlier' | 'later' | 'reject' | null;
    };

/** ISO 3166-1 alpha-2 codes of countries, ISO 4217 codes of currencies. */
export type CodeList = 'country' | 'currency';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Of a string: the list whose codes are its values, in whatever form they are written; null: any text. */
  readonly codes: CodeList | null;
  /** Of an amount of money: the column that says its currency, or a code for all of them; null: a plain number. */
  readonly money: { readonly currency: string } | null;
  /** The amount that this one is in the base currency; null: it is no such column. */
  readonly derivedFrom: string | null;
  /** What becomes of a text that the list does not know: the record is rejected, or the text stays and is warned of. */
  readonly unknown: 'reject' | 'warn';
  readonly required: boolean;
  /** Inclusive. Dates and timestamps as ISO text. */
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly allowed: readonly (string | number)[] | null;
  /** A regular expression (RE2) that the whole text must match. */
  readonly pattern: string | null;
  /** Personal data: never in a log, a metric or a report. */
  readonly pii: boolean;
  /** Known only after the verdict: never an input, and in windows only after their delay. */
  readonly outcome: boolean;
  /** Texts that mean "missing", beside the empty one. */
  readonly missing: readonly string[];
  /** How amounts are written; null: as plain digits. */
  readonly notation: AmountNotation | null;
  /** Words of a boolean beside the usual ones. */
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** Headers whose texts, a blank between them, are the column's text; none: its own header. */
  readonly from: readonly string[];
  /** Other headers under which the column may arrive. */
  readonly aliases: readonly string[];
  /** Its place in a CSV or Parquet file, from 1; null: it is found by its name, or without a header by the order of columns. */
  readonly position: number | null;
  readonly description: string | null;
}

type Columns = Pick<Pack, 'columns' | 'record'>;

/** Whether files hold the column: the others are made of it, or of several, when records are read. */
export function isDelivered({ record }: Pick<Pack, 'record'>, { name, derivedFrom }: Column): boolean {
  return derivedFrom === null && !(record.labelIs !== null && name === record.label);
}

/** The columns that files hold. */
export function deliveredColumns(pack: Columns): readonly Column[] {
  return pack.columns.filter((column) => isDelivered(pack, column));
}

/** The columns that say what a record is, whose it is and what it is compared with: not a character of them may be lost. */
export function keyColumns({ record, windows }: Pick<Pack, 'record' | 'windows'>): ReadonlySet<string> {
  const entity = record.entity === null ? [] : [record.entity];
  return new Set([...record.id, ...entity, ...windows.flatMap(({ by }) => by)]);
}

export type Parameter = number | string | boolean | readonly (number | string)[];

export interface Window {
  readonly name: string;
  /** The columns whose equal values share a window; the record's entity by default. */
  readonly by: readonly string[];
  /** Length, in microseconds of the record's time (in units of it where the time is an integer); null: all the past. */
  readonly over: number | null;
  /** How long after a record it becomes visible, in the same unit. */
  readonly delay: number;
}

export type ValueFormat =
  | 'number'
  | 'integer'
  | 'money'
  | 'percent'
  | 'duration'
  | 'yesno'
  | 'text'
  | 'country';

/** Where a source stands among the reasons of a flag. */
export interface ReasonPlace {
  /** Sources of one group are added up and shown once, under this name; null: it stands by itself. */
  readonly group: string | null;
  /** Where, when or of what kind: shown after what was done. */
  readonly context: boolean;
}

export type Direction = 'increasing' | 'decreasing';

export interface Feature {
  readonly name: string;
  /** The SQL expression, as written. */
  readonly is: string;
  /** A sentence with {value}, {usual}, and any column, feature or parameter in braces; null: a plain one is made. */
  readonly words: string | null;
  /** SQL for what is usual for this entity; null: the training median. */
  readonly usual: string | null;
  readonly format: ValueFormat;
  /** What stands in for a missing value; null: it stays missing and the trees route it. */
  readonly impute: 'median' | number | null;
  /** Whether scores may only rise, or only fall, as it grows; null: as the data says. */
  readonly monotone: Direction | null;
  readonly shown: ReasonPlace;
  /** The line of the pack, for messages. */
  readonly line: number;
}

export interface Category {
  readonly column: string;
  /** How many of the most frequent values get an input of their own; the rest are "other". */
  readonly keep: number;
  readonly words: string | null;
  readonly shown: ReasonPlace;
}

/** A learned encoding: the smoothed past rate of the label among earlier labelled records with the same value. */
export interface Encoding {
  readonly name: string;
  readonly of: readonly string[];
  /** Pseudo-records at the overall rate. */
  readonly smoothing: number;
  /** How long after a record its label is known, in the unit of windows. */
  readonly delay: number;
  readonly words: string | null;
  readonly shown: ReasonPlace;
}

export type { Severity } from './severity.ts';

export interface Rule {
  readonly id: string;
  /** SQL over columns, features and parameters. */
  readonly when: string;
  /** A sentence with columns, features and parameters in braces. */
  readonly because: string;
  readonly severity: Severity;
  /** Whether a hit flags the record by itself, whatever its score; null: by its severity. */
  readonly flag: boolean | null;
  readonly line: number;
}

export type ThresholdPolicy =
  | { readonly policy: 'max_f1' }
  | { readonly policy: 'min_recall'; readonly recall: number }
  | { readonly policy: 'capacity'; readonly perDay: number };

export interface Acceptance {
  /** Labelled records below which nothing is trained. */
  readonly minLabels: number;
  /** Positive ones among them. */
  readonly minPositives: number;
  /** By how much lower the metric may be at the most: the margin of non-inferiority. */
  readonly maxLoss: number;
  /** The same of recall, each model at its own threshold. */
  readonly maxRecallLoss: number;
  /** How many times as many records as the champion it may flag, each at its own threshold. */
  readonly maxFlagGrowth: number;
  /** How much lower the metric may be in a segment, beyond chance. */
  readonly maxSegmentLoss: number;
  /** The least share of the held-out positives that the new model must find; null: none is asked for. */
  readonly recallFloor: number | null;
  /** What the new model is compared by. `recall`: at as many flags as the present one raises. */
  readonly metric: 'pr_auc' | 'recall';
}
