/**
 * A draft of a goAML report (STR) with the transactions of a dossier. The elements and their order are those of the public goAML schema
 * of UNODC; each FIU has code lists and required fields of its own, so codes are facts that are given, and the draft is held against the
 * FIU's own schema before it is sent.
 */
import type { Dossier, DossierFlag } from '../dossier/dossier.ts';
import { InputError } from '../errors.ts';
import { type Draft, reportedFlags } from './draft.ts';
import type { Facts } from './facts.ts';
import { type Account, accountParts, type InstitutionPaths } from './goaml-party.ts';
import { inPieces, narrate } from './narrative.ts';
import { element, filled, formatXml, given, type XmlElement } from './xml.ts';

const MAX_REASON = 8_000;
/** Where facts stand that are the same of all other sides. */
const SHARED_COUNTERPARTY = 'counterparty';
const OWN_INSTITUTION: InstitutionPaths = {
  name: 'institution.name',
  code: 'institution.code',
  swift: 'institution.swift',
  nonBank: 'institution.non_bank',
  branch: 'institution.branch',
};
const otherInstitution = (path: string): InstitutionPaths => ({
  name: `${path}.institution_name`,
  code: `${path}.institution_code`,
  swift: `${path}.swift`,
  nonBank: `${path}.non_bank_institution`,
  branch: `${path}.branch`,
});

/** `today` is YYYY-MM-DD. */
export function goamlReport(dossier: Dossier, facts: Facts, today: string): Draft {
  const flags = reportedFlags(dossier);
  const sentences = narrate(flags);
  const [reason] = inPieces(sentences, MAX_REASON, 1);
  const need = (path: string, needs: string) => facts.need(path, needs);
  const root = element('report', [
    filled('rentity_id', need('rentity_id', 'number of your institution at the FIU')),
    filled('submission_code', 'E'),
    filled('report_code', facts.optional('report_code') ?? 'STR'),
    filled('entity_reference', need('entity_reference', 'your own reference of the report')),
    filled('submission_date', `${today}T00:00:00`),
    filled('currency_code_local', need('currency', 'code of the local currency')),
    reportingPerson(facts),
    element('reason', reason!),
    ...flags.map((flag) => transaction(facts, flag)),
    element('report_indicators', [
      filled('indicator', need('indicator', "code of the FIU's list of indicators")),
    ]),
  ]);
  const note =
    'Draft of a goAML report, written by Assay from a dossier: complete it and hold it against the schema of your FIU';
  return { name: 'goaml.xml', text: formatXml(root, note), sentences, open: facts.open };
}

function reportingPerson(facts: Facts): XmlElement {
  return element('reporting_person', [
    filled('first_name', facts.need('reporting_person.first_name', 'of who reports')),
    filled('last_name', facts.need('reporting_person.last_name', 'of who reports')),
  ]);
}

/** Which column of a record holds what is the pack's: the facts name it. */
function transaction(facts: Facts, { record, record_id, entity, time }: DossierFlag): XmlElement {
  const column = (role: string, needs: string): string | null => {
    const named = facts.need(`columns.${role}`, needs);
    if (named === null) return null;
    if (!Object.hasOwn(record, named))
      throw new InputError(
        `columns.${role} is ${named}; the record ${record_id} has ${Object.keys(record).join(', ')}`,
      );
    const value = record[named];
    return value === null || value === undefined ? null : String(value);
  };
  const kind = column('kind', 'the column that says which kind of transaction it is');
  const code = (list: string, needs: string) => (kind === null ? null : facts.need(`${list}.${kind}`, needs));
  const direction = code('direction', 'in or out: whether it brings money to the account');
  if (direction !== null && direction !== 'in' && direction !== 'out')
    throw new InputError(`direction.${kind} is "${direction}"; in or out was expected`);
  const funds = code('funds', "code of the FIU's list of funds");
  const own = side(facts, direction === 'in' ? 'to' : 'from', {
    funds,
    account: entity,
    country: column('country', 'the column with the country of the account'),
    path: `accounts.${entity}`,
    isClient: true,
  });
  const counterparty = column('counterparty', 'the column with the other side');
  const other = side(facts, direction === 'in' ? 'from' : 'to', {
    funds,
    account: counterparty,
    country: column('counterparty_country', 'the column with the country of the other side'),
    path: counterpartyPath(facts, counterparty),
    isClient: false,
  });
  return element('transaction', [
    element('transactionnumber', record_id),
    filled('transaction_location', facts.need('location', 'where transactions are carried out')),
    filled('transaction_description', kind),
    filled('date_transaction', time === null ? null : time.slice(0, 19)),
    filled('transmode_code', code('transmode', "code of the FIU's list of transaction modes")),
    given('transmode_comment', facts.optional('transmode_comment')),
    filled('amount_local', column('amount', 'the column with the amount in local currency')),
    ...(direction === 'in' ? [other, own] : [own, other]),
  ]);
}

/** Where facts of this very account stand, or else those that are the same of all. */
function counterpartyPath(facts: Facts, account: string | null): string {
  const own = `counterparties.${account}`;
  return facts.hasBelow(own) ? own : SHARED_COUNTERPARTY;
}

interface Side extends Pick<Account, 'account' | 'path' | 'isClient'> {
  readonly funds: string | null;
  readonly country: string | null;
}

function side(
  facts: Facts,
  way: 'from' | 'to',
  { funds, account, country, path, isClient }: Side,
): XmlElement {
  const isShared = path === SHARED_COUNTERPARTY;
  const parts = accountParts(facts, {
    ...{ account, path, isClient, isShared, common: isClient ? null : SHARED_COUNTERPARTY },
    institutions: isClient
      ? [OWN_INSTITUTION]
      : [otherInstitution(path), otherInstitution(SHARED_COUNTERPARTY)],
  });
  return element(isClient ? `t_${way}_my_client` : `t_${way}`, [
    filled(`${way}_funds_code`, funds),
    element(`${way}_account`, parts),
    filled(`${way}_country`, country),
  ]);
}
