import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { parse } from 'yaml';
import type { Dossier, DossierFlag } from '../../lib/dossier/dossier.ts';
import { deviationReport } from '../../lib/drafts/deviation-report.ts';
import type { Draft } from '../../lib/drafts/draft.ts';
import { Facts } from '../../lib/drafts/facts.ts';
import { fincenSar } from '../../lib/drafts/fincen-sar.ts';
import { goamlReport } from '../../lib/drafts/goaml.ts';
import { inPieces, narrate } from '../../lib/drafts/narrative.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';

const TODAY = '2026-11-28';
const HASH = 'a'.repeat(64);

function flagOf(number: number, changes: Partial<DossierFlag> = {}): DossierFlag {
  return {
    ...{ flag: `f${number}`, run: 'run', record_id: `T${number}`, entity: 'A-1' },
    ...{
      time: `2026-05-0${number}T10:00:00.000Z`,
      severity: 'high',
      status: 'true_positive',
      replayed: null,
    },
    explanation: {
      ...{ record_id: `T${number}`, score: 0.9, threshold: 0.5, base: 0.1, decision_id: `f${number}` },
      contributions: [
        { column: 'cash', value: 6, usual: 1, contribution: 0.9, words: 'Six deposits in a week' },
        { column: 'hour', value: 9, usual: 1, contribution: -0.1, words: 'It is day' },
      ],
      rules: [{ id: 'structuring', severity: 'high', words: 'Three deposits < 10,000 EUR & more' }],
      ...{ model: 'm', pack: 'finance@1' },
    },
    record: {
      kind: 'cash_deposit',
      amount: 9270,
      country: 'DE',
      other: 'B-2',
      other_country: 'FR',
      gone: null,
    },
    reviews: [
      {
        ...{ version: 1, kind: 'open', verdict: 'true_positive', reason: 'Seen at the desk', note: null },
        ...{ by: 'ada', at: '2026-05-09T10:00:00.000Z', by_name: 'Ada Lovelace', signature_holds: null },
      },
    ],
    entries: [
      {
        ...{ seq: 7, event: 'flagged', actor: 'assay', subject: `T${number}`, data: {} },
        ...{ prev: '0'.repeat(64), hash: HASH },
      },
      {
        ...{ seq: 3, event: 'reviewed', actor: 'ada', subject: `T${number}`, data: {} },
        ...{ at: '2026-05-09T10:00:00.000Z', prev: '0'.repeat(64), hash: 'b'.repeat(64) },
      },
    ],
    ...changes,
  };
}

function dossierOf(flags: readonly DossierFlag[], changes: Partial<Dossier> = {}): Dossier {
  return {
    format: 'assay-dossier/1',
    subject: { kind: 'case', domain: 'finance', id: 'c', from: null, until: null },
    making: { made_at: '2026-11-28T12:00:00.000Z', made_by: 'ada', version: '0.1.0' },
    ...{ personal: 'shown', proof: 'logs', case: null, models: [], flags },
    ...changes,
  };
}

const PLACE = 'city: Springfield, country: US, state: IL, street: 1 Main St, zip: "62701"';
const BANK = `name: Example Bank, ${PLACE}, phone: "2175550100", tin: "123456789"`;
const FINCEN = `
transmitter: { ${BANK}, contact: Ada Lovelace, tcc: TBSATEST }
filer: { ${BANK}, contact_office: AML desk, regulator: "4", organization_type: "2" }
activity: { total_amount: "27800", type: "1", subtype: "112" }
subjects: { A-1: { last_name: Doe, first_name: Jo, birth_date: 1980-01-31, ${PLACE} } }
`;
const GOAML = `
{ rentity_id: "4711", entity_reference: STR-1, currency: EUR, indicator: X, location: Berlin }
`
  .replace('}', ', reporting_person: { first_name: Ada, last_name: Lovelace },')
  .replace(
    /\n$/,
    `
  institution: { name: Example Bank, code: EX }, accounts: { A-1: { account_name: Jo Doe, holder: { first_name: Jo, last_name: Doe, role: PAH } } },
  counterparty: { institution_code: "-", account_name: "-" }, direction: { cash_deposit: in },
  funds: { cash_deposit: CASH }, transmode: { cash_deposit: CDM },
  columns: { kind: kind, amount: amount, country: country, counterparty: other, counterparty_country: other_country } }
`,
  );

const schema = readFileSync('test/fixtures/fincen/EFL_SARXBatchSchema.xsd', 'utf8');
async function problems(xml: string): Promise<string[]> {
  const result = await validateXML({
    xml: [{ fileName: 'sar.xml', contents: xml }],
    schema: [{ fileName: 'sar.xsd', contents: schema }],
  });
  return result.errors.map(({ message }) => message);
}

describe('a draft of a FinCEN SAR', () => {
  test('is valid by FinCEN’s schema once all facts are given, for one flag and for many', async () => {
    for (const flags of [[flagOf(1)], [1, 2, 3, 4, 5].map((number) => flagOf(number))]) {
      const draft = fincenSar(dossierOf(flags), new Facts(FINCEN, 'facts.yaml'), TODAY);
      expect(draft.open).toEqual([]);
      expect(await problems(draft.text)).toEqual([]);
    }
  });

  test('makes nothing up: what is not given is a comment in its place and on the list', async () => {
    const draft = fincenSar(dossierOf([flagOf(1)]), new Facts('', 'facts.yaml'), TODAY);
    const fields = draft.open.map(({ field }) => field);
    expect(fields).toContain('subjects.A-1.last_name');
    expect(fields).toContain('transmitter.tcc');
    expect(draft.text).toContain('<!-- TODO fc2:RawEntityIndividualLastName -->');
    expect(draft.text).not.toMatch(
      /<fc2:(?:RawEntityIndividualLastName|IndividualBirthDateText|TotalSuspicious)/,
    );
    expect(await problems(draft.text)).not.toEqual([]);
  });

  test('cuts a long narrative between sentences, and refuses one that is too long', () => {
    const sentences = narrate(Array.from({ length: 60 }, (_, at) => flagOf(1, { record_id: `T${at}` })));
    const pieces = inPieces(sentences, 4_000, 20);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.every((piece) => piece.length <= 4_000)).toBe(true);
    expect(pieces.join(' ')).toBe(sentences.map(({ text }) => text).join(' '));
    expect(() => inPieces(sentences, 4_000, 2)).toThrow('the narrative is too long');
  });
});

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

describe('a draft of a deviation report', () => {
  test('says what the records show, and leaves to people what only they can say', () => {
    const { text, open } = deviationReport(dossierOf([flagOf(1)]), new Facts('number: DEV-7', 'facts.yaml'));
    expect(text).toContain('| Deviation number | DEV-7 |');
    expect(text).toContain('2. Three deposits \\< 10,000 EUR & more.');
    expect(open.map(({ field }) => field)).toEqual([
      ...['site', 'product', 'reported_by'],
      ...['Immediate action', 'Impact on product, patients and data', 'Root cause'],
      ...['Corrective and preventive actions', 'Classification and disposition', 'Closure'],
    ]);
    expect(text.match(/\*\*TODO\*\*/g)).toHaveLength(9);
  });
});

describe('whatever the draft', () => {
  const drafts: readonly (readonly [string, (dossier: Dossier) => Draft])[] = [
    ['FinCEN SAR', (dossier) => fincenSar(dossier, new Facts(FINCEN, 'f'), TODAY)],
    ['goAML', (dossier) => goamlReport(dossier, new Facts(GOAML, 'f'), TODAY)],
    ['deviation', (dossier) => deviationReport(dossier, new Facts('', 'f'))],
  ];

  test.each(drafts)('each sentence of %s is linked to its record, reason and proof', (_, make) => {
    const { sentences, text } = make(dossierOf([flagOf(2), flagOf(1)]));
    expect(sentences.map(({ record_id, source }) => `${record_id} ${source.kind} ${source.name}`)).toEqual(
      ['T1', 'T2'].flatMap((id) => [
        ...[`${id} record ${id}`, `${id} rule structuring`, `${id} contribution cash`, `${id} review 1`],
      ]),
    );
    for (const { proof, source } of sentences) {
      const isReview = source.kind === 'review';
      expect(proof).toEqual(
        isReview
          ? { log: 'acts/live.jsonl', entry: 'b'.repeat(64) }
          : { log: 'logs/run/audit.jsonl', entry: HASH },
      );
    }
    expect(text).toContain('Six deposits in a week');
    expect(text).not.toContain('It is day');
  });

  test.each(drafts)('%s is about what people found to be true, and needs a verdict', (_, make) => {
    const mixed = make(dossierOf([flagOf(1), flagOf(2, { status: 'false_positive' })]));
    expect(mixed.text).not.toContain('T2');
    for (const status of ['open', 'false_positive', 'inconclusive'] as const)
      expect(() => make(dossierOf([flagOf(1, { status })]))).toThrow('needs a verdict by a person');
  });

  test.each(drafts)('%s is not made where the dossier hides whom it is about', (_, make) => {
    const masked = { personal: 'masked' as const };
    expect(() => make(dossierOf([flagOf(1, { entity: MASKED })], masked))).toThrow('--show-personal');
    expect(() => make(dossierOf([flagOf(1)], { proof: 'left out: ids are personal' }))).toThrow(
      '--show-personal',
    );
  });
});

describe('facts', () => {
  const WRITTEN = ['01067', '+49301234567', '12345678901234567890', '1e5', '10.50', '0x1F', 'True', '.5'];

  test.each(WRITTEN)('%s without quotes stands in a goAML report as written', (value) => {
    const facts = new Facts(GOAML.replace('account_name: Jo Doe', `account_name: ${value}`), 'facts.yaml');
    const { text } = goamlReport(dossierOf([flagOf(1)]), facts, TODAY);
    expect(text).toContain(`<account_name>${value}</account_name>`);
  });

  test.each(WRITTEN)('%s without quotes stands in a FinCEN SAR as written', (value) => {
    const facts = new Facts(FINCEN.replaceAll('zip: "62701"', `zip: ${value}`), 'facts.yaml');
    const { text } = fincenSar(dossierOf([flagOf(1)]), facts, TODAY);
    expect(text).toContain(`<fc2:RawZIPCode>${value}</fc2:RawZIPCode>`);
  });

  test('are found by accounts whose numbers begin with zeros', () => {
    const facts = new Facts('subjects: { 007: { last_name: Bond } }', 'facts.yaml');
    const { text } = fincenSar(dossierOf([flagOf(1, { entity: '007' })]), facts, TODAY);
    facts.expectAllAsked();
    expect(text).toContain('>Bond<');
  });

  test.each(['', '~', 'null'])('with %j for a value are not given; a quoted text is', (nothing) => {
    const facts = new Facts(`a: ${nothing}\nb: "null"\nc: ""`, 'facts.yaml');
    expect(['a', 'b', 'c'].map((name) => facts.optional(name))).toEqual([null, 'null', '']);
  });

  test('that nothing asked for are refused by name: a mistyped key is not lost', () => {
    const facts = new Facts('filer: { nmae: Bank }', 'facts.yaml');
    fincenSar(dossierOf([flagOf(1)]), facts, TODAY);
    expect(() => facts.expectAllAsked()).toThrow('facts.yaml: filer.nmae is no fact of this draft');
  });

  test.each([
    ['- a', 'is a list'],
    ['a: [', 'facts.yaml'],
    ['text', 'facts by name were expected'],
  ])('%j is refused', (text, message) => {
    expect(() => new Facts(text, 'facts.yaml')).toThrow(message);
  });
});
