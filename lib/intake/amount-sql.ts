/** The SQL twin of `readAmount`: a cell in a notation as plain digits, step by step. */

import { quoteText } from '../engine/session.ts';
import {
  AMOUNT_GROUPS,
  type AmountForm,
  type AmountGroup,
  type AmountNotation,
  amountPattern,
  CURRENCY_GROUPS,
  formParts,
  SIGN_GROUPS,
} from '../packs/amount-notation.ts';
import { shiftPointSql } from '../packs/plain-number.ts';

/** SQL under a name; each step sees the cell and the steps before it. */
export interface Step {
  readonly name: string;
  readonly sql: string;
}

export interface SteppedSql {
  readonly steps: readonly (readonly Step[])[];
  readonly sql: string;
}

/** `prefix` begins the names of the steps. */
export function plainDigitsSql(notation: AmountNotation, text: string, prefix: string): SteppedSql {
  const bare = `${prefix}_bare`;
  const groups = `[${AMOUNT_GROUPS.map((name) => `'${name}'`).join(', ')}]`;
  const matches = notation.like.map((form, at) => ({
    name: `${prefix}_m${at}`,
    sql: `regexp_extract(${bare}, ${quoteText(amountPattern(form, notation))}, ${groups})`,
  }));
  const signed = notation.like.map((form, at) => ({
    name: `${prefix}_s${at}`,
    sql: signedSql(form, notation, matches[at]!.name),
  }));
  return {
    steps: [[{ name: bare, sql: bareSql(text) }], matches, signed],
    sql: onlySql(signed.map(({ name }) => name)),
  };
}

/** What the readings that there are agree on; NULL where two differ. */
export function onlySql(readings: readonly string[]): string {
  if (readings.length === 1) return readings[0]!;
  const list = `list_distinct([${readings.join(', ')}])`;
  return `CASE WHEN len(${list}) = 1 THEN coalesce(${readings.join(', ')}) END`;
}

function bareSql(text: string): string {
  return (
    `CASE WHEN length(${text}) > 3 AND starts_with(${text}, '="') AND ends_with(${text}, '"') THEN ${text}[3:-2] ` +
    `WHEN starts_with(${text}, '''') THEN substr(${text}, 2) ELSE ${text} END`
  );
}

function signedSql(form: AmountForm, notation: AmountNotation, match: string): string {
  const group = (name: AmountGroup) => `${match}.${name}`;
  const there = (name: AmountGroup) => `${group(name)} <> ''`;
  const several = (names: readonly AmountGroup[]) =>
    `${names.map((name) => `(${there(name)})::INTEGER`).join(' + ')} > 1`;
  const hasSides = notation.positive.length + notation.negative.length > 0;
  const signs = hasSides ? SIGN_GROUPS : SIGN_GROUPS.filter((name) => !name.startsWith('side'));
  const refusals = [
    `${group('digits')} = ''`,
    several(signs),
    `(${there('opened')}) <> (${there('closed')})`,
    ...(notation.currency.length > 0 ? [several(CURRENCY_GROUPS)] : []),
  ];
  const sign = `${group('sign_1')} || ${group('sign_2')} || ${group('sign_3')}`;
  const negatives = [there('opened'), `${sign} NOT IN ('', '+')`];
  if (notation.negative.length > 0) {
    const words = notation.negative.map((word) => quoteText(word.toLowerCase())).join(', ');
    negatives.push(`lower(${group('side_before')} || ${group('side_behind')}) IN (${words})`);
  }
  const plain = plainSql(form, group('digits'));
  const size = `CASE WHEN ${there('exponent')} THEN ${shiftPointSql(plain, group('exponent'))} ELSE ${plain} END`;
  return (
    `CASE WHEN ${refusals.join(' OR ')} OR ${match} IS NULL THEN NULL ` +
    `WHEN ${negatives.join(' OR ')} THEN '-' || ${size} ELSE ${size} END`
  );
}

function plainSql(form: AmountForm, digits: string): string {
  const { decimal, group } = formParts(form);
  const joined = group === '' ? digits : `translate(${digits}, ${quoteText(group)}, '')`;
  return decimal === '.' ? joined : `replace(${joined}, ',', '.')`;
}
