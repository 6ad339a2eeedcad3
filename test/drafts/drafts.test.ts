import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
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
  institution: { name: Example Bank, code: EX }, accounts: { A-1: { account_name: Jo Doe } },
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
    report_indicators: ['indicator'],
  };

  function childrenOf(xml: string, name: string): string[] {
    const [, indent, inner] = new RegExp(`\\n?( *)<${name}>\\n([\\s\\S]*?)\\n\\1</${name}>`).exec(xml)!;
    return [...inner!.matchAll(new RegExp(`^${indent}  <(\\w+)`, 'gm'))].map(([, child]) => child!);
  }

  test('has the elements of the schema in their order, all that are required', () => {
    const { text, open } = goamlReport(dossierOf([flagOf(1)]), new Facts(GOAML, 'facts.yaml'), TODAY);
    expect(open).toEqual([]);
    for (const [name, order] of Object.entries(ORDER)) {
      const found = childrenOf(text, name);
      const known = order.map((child) => child.replace('?', ''));
      expect(
        found.filter((child) => !known.includes(child)),
        name,
      ).toEqual([]);
      expect(found.map((child) => known.indexOf(child))).toEqual(
        found.map((child) => known.indexOf(child)).toSorted((a, b) => a - b),
      );
      expect(
        order.filter((child) => !child.endsWith('?') && !found.includes(child)),
        name,
      ).toEqual([]);
    }
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
