/**
 * What each column of a file is for, guessed from the columns' profiles: id, time, entity, label, keys, inputs, and why the others
 * are none.
 */

import { InputError } from '../errors.ts';
import { didYouMean } from '../packs/nearest-word.ts';
import {
  namesAmount,
  namesCode,
  namesCounter,
  namesKey,
  namesPersonal,
  namesSideTime,
  namesTime,
  ownerRank,
  wordsOf,
} from './column-words.ts';
import { type GuessedLabel, guessLabel, labelOf, soundsLikeOutcome } from './guess-label.ts';
import type { ColumnProfile } from './profile-column.ts';

/** Columns that a person named. */
export interface GivenRoles {
  readonly id?: string;
  readonly time?: string;
  readonly entity?: string;
  readonly label?: string;
}

export interface GuessedTimeColumn {
  /** One column; several are read together. */
  readonly columns: readonly ColumnProfile[];
  readonly kind: 'date' | 'timestamp' | 'steps';
  /** Of columns read together. */
  readonly format: string | null;
}

export interface Roles {
  readonly id: ColumnProfile | null;
  readonly time: GuessedTimeColumn | null;
  readonly entity: ColumnProfile | null;
  /** The other side of a payment, a second person: a key of windows of its own. */
  readonly second: ColumnProfile | null;
  readonly label: GuessedLabel | null;
  readonly outcomes: ReadonlySet<ColumnProfile>;
  readonly personal: ReadonlySet<ColumnProfile>;
  /** Amounts first. */
  readonly numbers: readonly ColumnProfile[];
  readonly categories: readonly ColumnProfile[];
  /** Of too many values to be categories. */
  readonly encoded: readonly ColumnProfile[];
  /** Why a column is no input. */
  readonly left: ReadonlyMap<ColumnProfile, string>;
}

const MAX_CATEGORY_VALUES = 50;
const MAX_ENCODED = 4;
const REGULAR =
  /^([A-Za-z]{0,6}[-_/. ]?\d[\d-]*|[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;
const EMAIL_OR_IBAN = /^([^@\s]+@[^@\s]+\.[a-z]{2,}|[A-Z]{2}\d{2}[A-Z0-9 ]{11,30})$/;

export function guessRoles(columns: readonly ColumnProfile[], given: GivenRoles, file: string): Roles {
  const named = (key: keyof GivenRoles) => {
    const name = given[key];
    return name === undefined ? null : namedColumn(columns, name, `--${key}`, file);
  };
  const label =
    givenLabel(named('label'), file) ??
    guessLabel(columns.filter(({ name }) => !Object.values(given).includes(name)));
  const outcomes = new Set(columns.filter((column) => column !== label?.column && soundsLikeOutcome(column)));
  const personal = new Set(columns.filter(isPersonal));
  const open = columns.filter((column) => column !== label?.column && !outcomes.has(column));
  const time = givenTime(named('time'), file) ?? guessTimeColumn(open);
  const untimed = open.filter((column) => !time?.columns.includes(column));
  const id = named('id') ?? guessId(untimed.filter(({ name }) => name !== given.entity));
  const keys = untimed.filter((column) => column !== id && isKeyLike(column));
  const entity = named('entity') ?? guessEntity(keys);
  const second = time === null ? null : guessSecond(keys.filter((column) => column !== entity));
  const roles = { id, time, entity, second, label, outcomes, personal };
  return {
    ...roles,
    ...guessInputs(
      untimed.filter((column) => column !== id && column !== entity),
      roles,
    ),
  };
}

function namedColumn(
  columns: readonly ColumnProfile[],
  name: string,
  option: string,
  file: string,
): ColumnProfile {
  const found =
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name);
  throw new InputError(
    `${file}: ${option} names "${name}", which is not a column of it${didYouMean(name, names)}; it has ${names
      .slice(0, 20)
      .map((one) => `"${one}"`)
      .join(', ')}`,
  );
}

function givenLabel(column: ColumnProfile | null, file: string): GuessedLabel | null {
  if (column === null) return null;
  const label = labelOf(column);
  if (label !== null) return label;
  const found = column.top
    .slice(0, 5)
    .map(({ text }) => `"${text}"`)
    .join(', ');
  throw new InputError(
    `${file}: --label names "${column.name}", whose ${column.distinct} values (${found}${column.distinct > 5 ? ', …' : ''}) are not yes and no; a label has two kinds of values`,
  );
}

function givenTime(column: ColumnProfile | null, file: string): GuessedTimeColumn | null {
  if (column === null) return null;
  if (column.time !== null) return { columns: [column], kind: column.time.kind, format: null };
  if (column.type === 'integer') return { columns: [column], kind: 'steps', format: null };
  const [first] = column.top;
  throw new InputError(
    `${file}: --time names "${column.name}", which holds no dates or times that are read${first === undefined ? ': it is empty' : `, as "${first.text}"`}`,
  );
}

function isPersonal({ name, type, top }: ColumnProfile): boolean {
  if (/^(integer|number|decimal|boolean)/.test(type)) return false;
  return (
    namesPersonal(name) || (top.length > 0 && top.slice(0, 10).every(({ text }) => EMAIL_OR_IBAN.test(text)))
  );
}

function isKeyLike({ type, notation, distinct }: ColumnProfile): boolean {
  return (type === 'string' || type === 'integer') && notation === null && distinct > 1;
}

function guessTimeColumn(columns: readonly ColumnProfile[]): GuessedTimeColumn | null {
  const full = columns.filter(({ filled, rows }) => filled >= rows * 0.9 && rows > 0);
  const rank = ({ name, time }: ColumnProfile) =>
    (namesSideTime(name) ? 2 : 0) + (namesTime(name) ? 0 : 1) + (time!.kind === 'timestamp' ? 0 : 0.5);
  const times = full
    .filter(({ time }) => time !== null)
    .sort((a, b) => rank(a) - rank(b) || a.position - b.position);
  const clock = full.find((column) => column.clock !== null && namesTime(column.name));
  const best = times[0];
  if (best !== undefined && best.time!.kind === 'date' && clock !== undefined)
    return {
      columns: [best, clock],
      kind: 'timestamp',
      format: `${best.time!.formats[0] ?? '%Y-%m-%d'} ${clock.clock}`,
    };
  if (best !== undefined) return { columns: [best], kind: best.time!.kind, format: null };
  const parts = [
    /^(year|jahr|annee|ano|anno|jaar)$/,
    /^(month|monat|mois|mes|mese|maand)$/,
    /^(day|tag|jour|dia|giorno|dag)$/,
  ].map((pattern) => full.find(({ name, type }) => type === 'integer' && pattern.test(wordsOf(name))));
  if (parts.every((part) => part !== undefined)) {
    return clock === undefined
      ? { columns: parts, kind: 'date', format: '%Y %m %d' }
      : { columns: [...parts, clock], kind: 'timestamp', format: `%Y %m %d ${clock.clock}` };
  }
  const counters = full.filter(
    ({ name, type, isAscending }) =>
      type === 'integer' && namesCounter(name) && (isAscending || /step|tick|period/.test(wordsOf(name))),
  );
  return counters[0] === undefined ? null : { columns: [counters[0]], kind: 'steps', format: null };
}

/** One of its own for (nearly) every row, and a name or a form that says so. */
function guessId(columns: readonly ColumnProfile[]): ColumnProfile | null {
  const unique = columns.filter((column) => {
    const { rows, filled, distinct, name, time } = column;
    return (
      isKeyLike(column) &&
      filled === rows &&
      distinct >= Math.max(2, rows * 0.995) &&
      time === null &&
      !namesAmount(name) &&
      !isPersonal(column)
    );
  });
  const plain = unique.filter(({ name }) => ownerRank(name) === null);
  const regular = (column: ColumnProfile) =>
    column.top.slice(0, 20).every(({ text }) => REGULAR.test(text)) && !/^-/.test(column.top[0]!.text);
  return (
    plain.find(({ name }) => namesKey(name)) ??
    unique.find(({ name }) => namesKey(name)) ??
    plain.find((column) => column.type === 'string' && regular(column)) ??
    null
  );
}

/** What comes again and again: the owner of the record by its name, else what is as various as a key. */
function guessEntity(keys: readonly ColumnProfile[]): ColumnProfile | null {
  const full = keys.filter(({ filled, rows }) => filled >= rows * 0.9 && rows > 0);
  const ranked = full
    .flatMap((column) => {
      const rank = ownerRank(column.name);
      return rank === null ? [] : [{ column, rank }];
    })
    .sort((a, b) => a.rank - b.rank || a.column.position - b.column.position);
  const repeats = ({ distinct, filled }: ColumnProfile) => distinct <= filled * 0.8;
  const owner =
    ranked.find(({ column, rank }) => rank < 6 && repeats(column)) ??
    ranked.find(({ rank }) => rank < 5) ??
    ranked.find(({ column }) => repeats(column));
  if (owner !== undefined) return owner.column;
  const named = full.filter(
    (column) =>
      repeats(column) &&
      namesKey(column.name) &&
      !namesCode(column.name.replace(/(id|nr|no|key|number|nummer|ref)$/i, '')),
  );
  const various = full
    .filter(
      (column) =>
        column.type === 'string' &&
        repeats(column) &&
        column.distinct >= Math.max(5, column.filled * 0.02) &&
        column.top.slice(0, 10).every(({ text }) => /\d/.test(text)),
    )
    .sort((a, b) => b.distinct - a.distinct);
  return named.find(({ distinct }) => distinct >= 3) ?? various[0] ?? null;
}

function guessSecond(keys: readonly ColumnProfile[]): ColumnProfile | null {
  const ranked = keys
    .filter(({ filled, rows, name }) => filled >= rows * 0.5 && ownerRank(name) !== null)
    .sort((a, b) => ownerRank(b.name)! - ownerRank(a.name)! || a.position - b.position);
  return ranked[0] ?? null;
}

type Found = Pick<Roles, 'time' | 'second' | 'label' | 'personal'>;

function guessInputs(
  rest: readonly ColumnProfile[],
  { time, second, label, personal }: Found,
): Pick<Roles, 'numbers' | 'categories' | 'encoded' | 'left'> {
  const numbers: ColumnProfile[] = [];
  const categories: ColumnProfile[] = [];
  const encoded: ColumnProfile[] = [];
  const left = new Map<ColumnProfile, string>();
  for (const column of rest) {
    const { name, type, distinct, filled, rows } = column;
    const isNumber = /^(integer|number|decimal)/.test(type);
    const isCode = column === second || (type === 'integer' && (namesCode(name) || ownerRank(name) !== null));
    const few = distinct >= 2 && distinct <= MAX_CATEGORY_VALUES && distinct * 2 <= Math.max(filled, 4);
    const many = distinct > 20 && distinct * 3 <= filled && label !== null && time !== null;
    if (filled === 0) left.set(column, 'no input: it is empty in every row');
    else if (distinct === 1 && filled === rows) left.set(column, 'no input: it is the same in every row');
    else if (personal.has(column))
      left.set(column, column === second ? 'a key of windows' : 'no input: personal data');
    else if (column.time !== null)
      left.set(column, 'no input yet: a second time; epoch(a) - epoch(b) gives seconds between two');
    else if (isNumber && !isCode) numbers.push(column);
    else if (few && column !== second) categories.push(column);
    else if (many && encoded.length < MAX_ENCODED && type !== 'boolean') encoded.push(column);
    else if (column === second) left.set(column, 'a key of windows');
    else if (column.clock !== null) left.set(column, 'no input: a time of day as text');
    else
      left.set(
        column,
        column.numberShare >= 0.5
          ? `no input: ${Math.round(column.numberShare * 100)} % of it are numbers, as ${JSON.stringify(sampleOf(column, true))}, but not ${JSON.stringify(sampleOf(column, false))}`
          : 'no input: a text of too many values',
      );
  }
  const isAmount = (column: ColumnProfile) => (namesAmount(column.name) ? 0 : 1);
  return { numbers: [...numbers].sort((a, b) => isAmount(a) - isAmount(b)), categories, encoded, left };
}

function sampleOf({ top }: ColumnProfile, isNumber: boolean): string {
  return top.find(({ text }) => /^[-+]?\d[\d.,' ]*$/.test(text) === isNumber)?.text ?? '';
}
