/** A dossier to draft from, and all facts that a FinCEN SAR and a goAML report of it ask for. */
import type { Dossier, DossierFlag } from '../../lib/dossier/dossier.ts';

export const TODAY = '2026-11-28';
export const HASH = 'a'.repeat(64);

export function flagOf(number: number, changes: Partial<DossierFlag> = {}): DossierFlag {
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

export function dossierOf(flags: readonly DossierFlag[], changes: Partial<Dossier> = {}): Dossier {
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
export const FINCEN = `
transmitter: { ${BANK}, contact: Ada Lovelace, tcc: TBSATEST }
filer: { ${BANK}, contact_office: AML desk, regulator: "4", organization_type: "2" }
activity: { total_amount: "27800", type: "1", subtype: "112" }
subjects: { A-1: { last_name: Doe, first_name: Jo, birth_date: 1980-01-31, ${PLACE} } }
`;
export const GOAML = `
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
