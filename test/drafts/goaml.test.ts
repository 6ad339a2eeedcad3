import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Facts } from '../../lib/drafts/facts.ts';
import { goamlReport } from '../../lib/drafts/goaml.ts';
import { dossierOf, flagOf, GOAML, TODAY } from './a-dossier.ts';

describe('a draft of a goAML report', () => {
  /** Of the public schema: children in their order; those without ? are always there. */
  const ORDER: Readonly<Record<string, readonly string[]>> = {
    report: [
      ...[
        'rentity_id',
        'rentity_branch?',
        'submission_code',
        'report_code',
        'entity_reference',
        'fiu_ref_number?',
      ],
      ...['submission_date', 'currency_code_local', 'reporting_person?', 'location?', 'reason?', 'action?'],
      ...['transaction', 'report_indicators'],
    ],
    transaction: [
      ...['transactionnumber', 'internal_ref_number?', 'transaction_location', 'transaction_description'],
      ...[
        'date_transaction',
        'teller?',
        'authorized?',
        'value_date?',
        'transmode_code',
        'transmode_comment?',
      ],
      ...['amount_local', 't_from_my_client?', 't_from?', 't_to_my_client?', 't_to?', 'comments?'],
    ],
    t_from: ['from_funds_code', 'from_funds_comment?', 'from_account', 'from_country'],
    t_to_my_client: ['to_funds_code', 'to_funds_comment?', 'to_account', 'to_country'],
    to_account: [
      ...['institution_name', 'swift?', 'institution_code?', 'non_bank_institution?', 'branch?', 'account'],
      ...['currency_code?', 'account_name', 'iban?', 'client_number?', 'personal_account_type?', 't_entity?'],
      ...['signatory', 'opened?', 'closed?', 'balance?', 'date_balance?', 'status_code?', 'beneficiary?'],
      ...['beneficiary_comment?', 'comments?'],
    ],
    signatory: ['is_primary?', 't_person', 'role?'],
    t_person: [
      ...['gender?', 'title?', 'first_name', 'middle_name?', 'prefix?', 'last_name', 'birthdate?'],
      ...['birth_place?', 'mothers_name?', 'alias?', 'ssn?', 'passport_number?', 'passport_country?'],
      ...['id_number?', 'nationality1?', 'nationality2?', 'nationality3?', 'residence?', 'phones?'],
      ...['addresses?', 'email?', 'occupation?', 'employer_name?', 'identification?', 'tax_number?'],
      ...['tax_reg_number?', 'source_of_wealth?', 'comments?'],
    ],
    report_indicators: ['indicator'],
  };
  /** Of accounts that a legal entity holds, and of what persons may have. */
  const MORE: Readonly<Record<string, readonly string[]>> = {
    t_entity: [
      ...['name', 'commercial_name?', 'incorporation_legal_form?', 'incorporation_number?', 'business?'],
      ...['phones?', 'addresses?', 'email?', 'url?', 'incorporation_state?', 'incorporation_country_code?'],
      ...['director_id?', 'incorporation_date?', 'tax_number?', 'tax_reg_number?', 'comments?'],
    ],
    director_id: [...ORDER.t_person!, 'role?'],
    phone: ['contact_type?', 'communication_type?', 'country_prefix?', 'number', 'extension?'].map(
      (name) => `tph_${name}`,
    ),
    address: ['address_type?', 'address', 'town?', 'city', 'zip?', 'country_code', 'state?'],
    identification: ['type', 'number', 'issue_date?', 'expiry_date?', 'issued_by?', 'issue_country?'],
  };
  /** A fact for each of these elements, by what it is called in the facts. */
  function allFacts(order: readonly string[], groups: Readonly<Record<string, unknown>> = {}) {
    const keys = order.map((child) => child.replace('?', '').replace('tph_', ''));
    return Object.fromEntries(
      keys.map((key) => {
        const name = { phones: 'phone', addresses: 'address', director_id: 'director' }[key] ?? key;
        const value = /date|opened|closed/.test(key) && key !== 'date_balance' ? '2001-02-03' : 'x';
        return [name, groups[name] ?? value];
      }),
    );
  }

  function expectOrder(xml: string, orders: Readonly<Record<string, readonly string[]>>): void {
    for (const [name, order] of Object.entries(orders)) {
      const found = childrenOf(xml, name);
      const known = order.map((child) => child.replace('?', ''));
      const places = found.map((child) => known.indexOf(child));
      expect([name, places.filter((place) => place < 0)]).toEqual([name, []]);
      expect([name, places]).toEqual([name, places.toSorted((a, b) => a - b)]);
      expect([name, order.filter((one) => !one.endsWith('?') && !found.includes(one))]).toEqual([name, []]);
    }
  }

  function childrenOf(xml: string, name: string): string[] {
    const [, indent, inner] = new RegExp(`\\n?( *)<${name}>\\n([\\s\\S]*?)\\n\\1</${name}>`).exec(xml)!;
    return [...inner!.matchAll(new RegExp(`^${indent}  <(\\w+)`, 'gm'))].map(([, child]) => child!);
  }

  test('has the elements of the schema in their order, all that are required', () => {
    const { text, open } = goamlReport(dossierOf([flagOf(1)]), new Facts(GOAML, 'facts.yaml'), TODAY);
    expect(open).toEqual([]);
    expectOrder(text, ORDER);
  });

  test('has of holders whatever an FIU asks for, in the order of the schema, days with a time', () => {
    const parts = {
      ...{ phone: allFacts(MORE.phone!), address: allFacts(MORE.address!) },
      identification: allFacts(MORE.identification!),
    };
    const person = allFacts(ORDER.t_person!, parts);
    const holder = { ...person, role: 'PAH', is_primary: '1' };
    const entity = allFacts(MORE.t_entity!, { ...parts, director: { ...person, role: 'DIR' } });
    const { institution_name: _, swift, institution_code, ...account } = allFacts(ORDER.to_account!);
    const own = { ...account, entity, holder };
    for (const key of ['non_bank_institution', 'branch', 'account', 't_entity', 'signatory'])
      delete (own as Record<string, unknown>)[key];
    const given = { ...parse(GOAML), accounts: { 'A-1': own } };
    const facts = new Facts(JSON.stringify(given), 'facts.yaml');
    const { text, open } = goamlReport(dossierOf([flagOf(1)]), facts, TODAY);
    facts.expectAllAsked();
    expect(open).toEqual([]);
    const { t_from: __, ...orders } = ORDER;
    expectOrder(text, { ...orders, ...MORE });
    for (const name of ['t_person', 't_entity', 'director_id', 'phone', 'address', 'identification'])
      expect([name, childrenOf(text, name).length]).toEqual([name, { ...orders, ...MORE }[name]!.length]);
    expect(text).toContain('<birthdate>2001-02-03T00:00:00</birthdate>');
    expect(swift).toBe(institution_code);
  });

  test('leaves the holder of the account open where no one named it, and of the other side out', () => {
    const facts = new Facts(GOAML.replace(/, holder: \{[^}]*\}/, ''), 'facts.yaml');
    const { text, open } = goamlReport(dossierOf([flagOf(1)]), facts, TODAY);
    expect(open.map(({ field }) => field)).toEqual([
      'accounts.A-1.holder.first_name',
      'accounts.A-1.holder.last_name',
    ]);
    expect(text.match(/<signatory>/g)).toHaveLength(1);
  });

  test('says of each counterparty what is known of it alone, and holds no one for the holder of all', () => {
    const flags = [1, 2].map((number) =>
      flagOf(number, { record: { ...flagOf(1).record, other: `B-${number}` } }),
    );
    const known =
      'counterparties: { B-1: { institution_code: "7", account_name: Cy }, B-2: { swift: OTHRDEFF, account_name: Ben Roe, holder: { first_name: Ben, last_name: Roe } } }, ';
    const own = new Facts(GOAML.replace('counterparty:', `${known}counterparty:`), 'facts.yaml');
    const { text, open } = goamlReport(dossierOf(flags), own, TODAY);
    own.expectAllAsked();
    expect(open).toEqual([]);
    const [first, second] = [...text.matchAll(/<t_from>[\s\S]*?<\/t_from>/g)].map(([side]) => side);
    expect(first).toContain('<account_name>Cy</account_name>');
    expect(first).not.toContain('signatory');
    expect(second).toContain('<last_name>Roe</last_name>');
    expect(second).toContain('<swift>OTHRDEFF</swift>');
    const all = new Facts(
      GOAML.replace('counterparty: { ', 'counterparty: { holder: { first_name: Ben }, '),
      'facts.yaml',
    );
    goamlReport(dossierOf(flags), all, TODAY);
    expect(() => all.expectAllAsked()).toThrow(
      'counterparty.holder.first_name is no fact of this draft; expected one of counterparty.account_name,',
    );
  });

  test('has the code of an institution that has both, and takes either', () => {
    const both = GOAML.replace('code: EX }', 'code: EX, swift: EXBKDEFF }').replace(
      'counterparty: { ',
      'counterparty: { swift: OTHRDEFF, ',
    );
    const facts = new Facts(both, 'facts.yaml');
    const { text } = goamlReport(dossierOf([flagOf(1)]), facts, TODAY);
    facts.expectAllAsked();
    expect([...text.matchAll(/<swift>(\w+)</g)].map(([, code]) => code)).toEqual(['OTHRDEFF', 'EXBKDEFF']);
    expect(text).not.toContain('<institution_code>');
  });

  test('has what is the same of all other sides of each, also of those with facts of their own', () => {
    const names = ['currency_code', 'personal_account_type', 'status_code', 'beneficiary'];
    const shared = [...names, 'beneficiary_comment', 'comments', 'institution_name', 'branch'];
    const given = GOAML.replace(
      'counterparty: { ',
      `counterparties: { B-2: { account_name: Cy, institution_code: "7", comments: own } },
       counterparty: { ${shared.map((name) => `${name}: all`).join(', ')}, swift: SHRDDEFF, `,
    );
    const facts = new Facts(given, 'facts.yaml');
    const { text, open } = goamlReport(dossierOf([flagOf(1)]), facts, TODAY);
    facts.expectAllAsked();
    expect(open).toEqual([]);
    const [side] = /<t_from>[\s\S]*?<\/t_from>/.exec(text)!;
    for (const name of shared)
      expect(side).toContain(`<${name}>${name === 'comments' ? 'own' : 'all'}</${name}>`);
    expect(side).toContain('<account_name>Cy</account_name>');
    expect(side).toContain('<institution_code>7</institution_code>');
    expect(side).not.toContain('SHRDDEFF');
  });

  test('has of the other side what some FIUs ask for, in the order of the schema', () => {
    const given = GOAML.replace(
      'counterparty: { ',
      'counterparty: { branch: Main, non_bank_institution: false, institution_name: Other Bank, ',
    );
    const { text } = goamlReport(dossierOf([flagOf(1)]), new Facts(given, 'facts.yaml'), TODAY);
    expect(childrenOf(text, 'from_account')).toEqual([
      ...['institution_name', 'institution_code', 'non_bank_institution', 'branch'],
      ...['account', 'account_name'],
    ]);
  });

  test('says which side is the client by the direction of the transaction', () => {
    const draft = (facts: string) =>
      goamlReport(dossierOf([flagOf(1)]), new Facts(facts, 'facts.yaml'), TODAY).text;
    expect(draft(GOAML)).toMatch(/<t_to_my_client>[\s\S]*<account>A-1</);
    expect(draft(GOAML.replace('cash_deposit: in', 'cash_deposit: out'))).toMatch(
      /<t_from_my_client>[\s\S]*<account>A-1<[\s\S]*<t_to>[\s\S]*<account>B-2</,
    );
    expect(() => draft(GOAML.replace('cash_deposit: in', 'cash_deposit: up'))).toThrow(
      'in or out was expected',
    );
    expect(() => draft(GOAML.replace('amount: amount', 'amount: sum'))).toThrow('columns.amount is sum');
  });

  test('keeps every text a text', () => {
    const { text } = goamlReport(
      dossierOf([flagOf(1, { record_id: '</reason>]]>--\u{0}x' })]),
      new Facts(GOAML, 'facts.yaml'),
      TODAY,
    );
    expect(text).toContain('<transactionnumber>&lt;/reason&gt;]]&gt;--\u{fffd}x</transactionnumber>');
    expect(text).toContain('Three deposits &lt; 10,000 EUR &amp; more.');
  });
});
