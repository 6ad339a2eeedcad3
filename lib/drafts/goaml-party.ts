/**
 * An account of a goAML report and who holds it: a person, or a legal entity with a person who signs for it. FIUs ask for different
 * things about them, so each element that the public schemas know is a fact that may be given; those that are stand in the order of
 * the schema.
 */
import type { Facts } from './facts.ts';
import { element, filled, given, type XmlNode } from './xml.ts';

interface Field {
  readonly name: string;
  /** The fact's, where it is another one. */
  readonly key?: string;
  /** In every schema; the others are written where they are given. */
  readonly isNeeded?: true;
  readonly parts?: readonly Field[];
  /** The element around it. */
  readonly within?: string;
}

const field = (name: string): Field => ({ name });
const needed = (name: string, key = name): Field => ({ name, key, isNeeded: true });
const telephone = (part: string): Field => ({ name: `tph_${part}`, key: part });

const PHONE = [
  ...['contact_type', 'communication_type', 'country_prefix'].map(telephone),
  needed('tph_number', 'number'),
  telephone('extension'),
];
const ADDRESS = [
  ...[field('address_type'), needed('address'), field('town'), needed('city'), field('zip')],
  ...[needed('country_code'), field('state')],
];
const IDENTIFICATION = [
  ...[needed('type'), needed('number')],
  ...['issue_date', 'expiry_date', 'issued_by', 'issue_country'].map(field),
];
const REACHED = [
  { name: 'phone', within: 'phones', parts: PHONE },
  { name: 'address', within: 'addresses', parts: ADDRESS },
  field('email'),
];
const PERSON: readonly Field[] = [
  ...[field('gender'), field('title'), needed('first_name'), field('middle_name'), field('prefix')],
  needed('last_name'),
  ...['birthdate', 'birth_place', 'mothers_name', 'alias', 'ssn'].map(field),
  ...['passport_number', 'passport_country', 'id_number'].map(field),
  ...['nationality1', 'nationality2', 'nationality3', 'residence'].map(field),
  ...REACHED,
  ...['occupation', 'employer_name'].map(field),
  { name: 'identification', parts: IDENTIFICATION },
  ...['tax_number', 'tax_reg_number', 'source_of_wealth', 'comments'].map(field),
];
const ENTITY: readonly Field[] = [
  needed('name'),
  ...['commercial_name', 'incorporation_legal_form', 'incorporation_number', 'business'].map(field),
  ...REACHED,
  ...['url', 'incorporation_state', 'incorporation_country_code'].map(field),
  { name: 'director_id', key: 'director', parts: [...PERSON, field('role')] },
  ...['incorporation_date', 'tax_number', 'tax_reg_number', 'comments'].map(field),
];

export type InstitutionPaths = Readonly<Record<'name' | 'code' | 'swift' | 'nonBank' | 'branch', string>>;

export interface Account {
  readonly account: string | null;
  /** Where the facts of the account stand. */
  readonly path: string;
  /** Where those stand that are the same of all such accounts and hold where it has none of its own; null: nowhere. */
  readonly common: string | null;
  /** Paths of the institution's facts: of its own, then of what is the same of all. */
  readonly institutions: readonly [InstitutionPaths, ...InstitutionPaths[]];
  /** Its holder is known to who reports. */
  readonly isClient: boolean;
  /** The facts are those of several accounts: nothing that only one of them has is among them. */
  readonly isShared: boolean;
}

/** In the order of the schema. */
export function accountParts(facts: Facts, account: Account): (XmlNode | null)[] {
  const { path, common, isClient, isShared } = account;
  const may = (...names: string[]) => write(facts, path, names.map(field));
  const sharable = (name: string) => {
    const value = optionalIn(facts, common === null ? [path] : [path, common], name);
    return value === null ? null : element(name, withTime(value));
  };
  const whose = isClient ? 'name of the account' : 'name of the other account';
  return [
    ...institutionParts(facts, account),
    filled('account', account.account),
    sharable('currency_code'),
    sharable('account_name') ?? filled('account_name', facts.need(`${path}.account_name`, whose)),
    ...(isShared ? [] : may('iban', 'client_number')),
    sharable('personal_account_type'),
    ...(isShared ? [] : write(facts, path, [{ name: 't_entity', key: 'entity', parts: ENTITY }])),
    ...(isShared ? [] : [signatory(facts, `${path}.holder`, isClient)]),
    ...(isShared ? [] : may('opened', 'closed', 'balance', 'date_balance')),
    ...['status_code', 'beneficiary', 'beneficiary_comment', 'comments'].map(sharable),
  ];
}

function institutionParts(facts: Facts, { institutions, isClient }: Account): (XmlNode | null)[] {
  const whose = isClient ? 'your institution' : 'the other institution';
  const may = (what: keyof InstitutionPaths) =>
    firstOf(institutions.map((paths) => facts.optional(paths[what])));
  // The schema wants one of the two. Both are asked for, so that neither is refused beside the other.
  const codes = institutions.map(({ swift, code }) => {
    const both = [given('swift', facts.optional(swift)), given('institution_code', facts.optional(code))];
    return firstOf(both);
  });
  const [own] = institutions;
  return [
    given('institution_name', may('name')) ??
      (isClient ? filled('institution_name', facts.need(own.name, `name of ${whose}`)) : null),
    firstOf(codes) ?? filled('institution_code', facts.need(own.code, `code of ${whose}`)),
    given('non_bank_institution', may('nonBank')),
    given('branch', may('branch')),
  ];
}

/** Asks for the fact in all places, so that it is known in each, and takes the first. */
function optionalIn(facts: Facts, paths: readonly string[], name: string): string | null {
  return firstOf(paths.map((path) => facts.optional(`${path}.${name}`)));
}

function firstOf<T>(values: readonly (T | null)[]): T | null {
  return values.find((value) => value !== null) ?? null;
}

function signatory(facts: Facts, path: string, isNeeded: boolean): XmlNode | null {
  const [primary, role] = write(facts, path, ['is_primary', 'role'].map(field));
  const person = write(facts, path, PERSON, isNeeded);
  if (!isNeeded && !facts.hasBelow(path)) return null;
  return element('signatory', [primary!, element('t_person', person), role!]);
}

/** Asks for all of them, so that the list of what may be given is whole. */
function write(
  facts: Facts,
  path: string,
  fields: readonly Field[],
  isNeeded = facts.hasBelow(path),
): (XmlNode | null)[] {
  return fields.map(({ name, key = name, parts, within, isNeeded: isInAll }) => {
    const at = `${path}.${key}`;
    if (parts === undefined) {
      const value = facts.optional(at);
      if (value !== null) return element(name, withTime(value));
      return isNeeded && isInAll === true ? filled(name, facts.need(at, `${name} of ${path}`)) : null;
    }
    const content = write(facts, at, parts);
    if (!facts.hasBelow(at)) return null;
    const own = element(name, content);
    return within === undefined ? own : element(within, [own]);
  });
}

/** A day is given as one; the schema wants a time with it. */
function withTime(value: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00` : value;
}
