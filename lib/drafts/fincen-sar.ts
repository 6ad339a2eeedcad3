/**
 * A draft of a FinCEN SAR for the BSA E-Filing System: a batch of one activity by the schema EFL_SARXBatchSchema 1.2 (elements in its
 * order, numbers for all). Parties: transmitter (35), its contact (37), filing institution (30), contact for assistance (8), institution
 * where it happened (34), subject (33).
 */
import type { Dossier, DossierFlag } from '../dossier/dossier.ts';
import { type Draft, reportedFlags } from './draft.ts';
import type { Facts } from './facts.ts';
import { inPieces, narrate } from './narrative.ts';
import { element, filled, formatXml, type XmlElement, type XmlNode } from './xml.ts';

const MAX_NARRATIVE = 4_000;
const MAX_NARRATIVES = 5;
const NAMESPACES = {
  'xmlns:fc2': 'www.fincen.gov/base',
  'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
};

interface Part {
  readonly name: string;
  readonly content: string | null | readonly (Part | null)[];
  readonly isNumbered?: boolean;
}

const leaf = (name: string, content: string | null): Part => ({ name, content });
const group = (name: string, content: readonly (Part | null)[]): Part => ({
  name,
  content,
  isNumbered: true,
});

/** `today` is YYYY-MM-DD. */
export function fincenSar(dossier: Dossier, facts: Facts, today: string): Draft {
  const flags = reportedFlags(dossier);
  const sentences = narrate(flags);
  const narratives = inPieces(sentences, MAX_NARRATIVE, MAX_NARRATIVES);
  const subjects = [...new Set(flags.map(({ entity }) => entity ?? '–'))];
  const parties = [...filer(facts), ...subjects.map((entity) => subject(facts, entity))];
  const activity = group('Activity', [
    leaf('FilingDateText', compactDay(today)),
    group('ActivityAssociation', [leaf('InitialReportIndicator', 'Y')]),
    ...parties,
    suspiciousActivity(facts, flags),
    ...narratives.map((text, at) =>
      group('ActivityNarrativeInformation', [
        leaf('ActivityNarrativeSequenceNumber', String(at + 1)),
        leaf('ActivityNarrativeText', text),
      ]),
    ),
  ]);
  const number = counter();
  const root = element(
    'fc2:EFilingBatchXML',
    [element('fc2:FormTypeCode', 'SARX'), toXml(activity, number)],
    {
      ...{ ...NAMESPACES, TotalAmount: facts.optional('activity.total_amount') ?? '0' },
      ...{ PartyCount: String(parties.length), ActivityCount: '1' },
      ...{ ActivityAttachmentCount: '0', AttachmentCount: '0' },
    },
  );
  const note =
    'Draft of a FinCEN SAR, written by Assay from a dossier: complete, check and sign it before you file it';
  return { name: 'fincen-sar.xml', text: formatXml(root, note), sentences, open: facts.open };
}

function filer(facts: Facts): Part[] {
  const institution = (code: string, path: string): Part =>
    group('Party', [
      leaf('ActivityPartyTypeCode', code),
      code === '30' || code === '34'
        ? leaf(
            'PrimaryRegulatorTypeCode',
            facts.need('filer.regulator', 'code of the primary federal regulator, such as 4 (OCC)'),
          )
        : null,
      name(facts.need(`${path}.name`, 'legal name')),
      address(facts, path),
      path === 'filer' && code !== '35' ? null : phone(facts, path),
      ...identification(facts, path, code),
      code === '30' || code === '34'
        ? group('OrganizationClassificationTypeSubtype', [
            leaf(
              'OrganizationTypeID',
              facts.need(
                'filer.organization_type',
                'code of the type of institution, such as 2 (depository institution)',
              ),
            ),
          ])
        : null,
    ]);
  return [
    institution('35', 'transmitter'),
    group('Party', [
      leaf('ActivityPartyTypeCode', '37'),
      name(facts.need('transmitter.contact', 'name of a contact person')),
    ]),
    institution('30', 'filer'),
    group('Party', [
      leaf('ActivityPartyTypeCode', '8'),
      name(facts.need('filer.contact_office', 'name of the office to contact')),
      phone(facts, 'filer'),
    ]),
    institution('34', 'filer'),
  ];
}

function subject(facts: Facts, entity: string): Part {
  const path = `subjects.${entity}`;
  const birth = facts.need(`${path}.birth_date`, 'date of birth, YYYY-MM-DD');
  return group('Party', [
    leaf('ActivityPartyTypeCode', '33'),
    leaf('IndividualBirthDateText', birth === null ? null : compactDay(birth)),
    group('PartyName', [
      leaf('PartyNameTypeCode', 'L'),
      leaf(
        'RawEntityIndividualLastName',
        facts.need(`${path}.last_name`, 'last name, or name of the entity'),
      ),
      leaf('RawIndividualFirstName', facts.need(`${path}.first_name`, 'first name')),
    ]),
    address(facts, path),
    group('PartyAccountAssociation', [
      leaf('PartyAccountAssociationTypeCode', '7'),
      group('Party', [
        leaf('ActivityPartyTypeCode', '41'),
        group('PartyIdentification', [
          leaf(
            'PartyIdentificationNumberText',
            facts.need('filer.tin', 'taxpayer number of the institution, digits only'),
          ),
          leaf('PartyIdentificationTypeCode', '4'),
        ]),
        group('Account', [
          leaf('AccountNumberText', entity),
          group('PartyAccountAssociation', [leaf('PartyAccountAssociationTypeCode', '5')]),
        ]),
      ]),
    ]),
  ]);
}

function suspiciousActivity(facts: Facts, flags: readonly DossierFlag[]): Part {
  const days = flags.flatMap(({ time }) => (time === null ? [] : [compactDay(time)]));
  const amount = facts.need('activity.total_amount', 'whole US dollars involved');
  return group('SuspiciousActivity', [
    leaf(
      'SuspiciousActivityFromDateText',
      days[0] ?? facts.need('activity.from', 'first day of the activity'),
    ),
    leaf('SuspiciousActivityToDateText', days.at(-1) ?? null),
    leaf('TotalSuspiciousAmountText', amount),
    group('SuspiciousActivityClassification', [
      leaf(
        'SuspiciousActivitySubtypeID',
        facts.need('activity.subtype', 'code of the activity, such as 112 (below the CTR threshold)'),
      ),
      leaf(
        'SuspiciousActivityTypeID',
        facts.need('activity.type', 'code of its kind, such as 1 (structuring)'),
      ),
    ]),
  ]);
}

function name(text: string | null): Part {
  return group('PartyName', [leaf('PartyNameTypeCode', 'L'), leaf('RawPartyFullName', text)]);
}

function address(facts: Facts, path: string): Part {
  const need = (key: string, needs: string) => facts.need(`${path}.${key}`, needs);
  return group('Address', [
    leaf('RawCityText', need('city', 'city')),
    leaf('RawCountryCodeText', need('country', 'two letters')),
    leaf('RawStateCodeText', need('state', 'code of the state')),
    leaf('RawStreetAddress1Text', need('street', 'street and number')),
    leaf('RawZIPCode', need('zip', 'ZIP code, digits only')),
  ]);
}

function phone(facts: Facts, path: string): Part {
  return group('PhoneNumber', [
    leaf('PhoneNumberText', facts.need(`${path}.phone`, 'telephone, digits only')),
  ]);
}

function identification(facts: Facts, path: string, code: string): Part[] {
  const one = (number: string | null, type: string): Part =>
    group('PartyIdentification', [
      leaf('PartyIdentificationNumberText', number),
      leaf('PartyIdentificationTypeCode', type),
    ]);
  const tin = one(facts.need(`${path}.tin`, 'taxpayer number of the institution, digits only'), '4');
  if (code !== '35') return [tin];
  return [tin, one(facts.need('transmitter.tcc', 'transmitter control code'), '28')];
}

function toXml({ name: own, content, isNumbered }: Part, number: () => string): XmlNode {
  const qualified = `fc2:${own}`;
  if (content === null || typeof content === 'string') return filled(qualified, content);
  // Numbered as they begin.
  const attributes: Record<string, string> = isNumbered === true ? { SeqNum: number() } : {};
  const parts: readonly (Part | null)[] = content;
  const inner = parts.map((one) => (one === null ? null : toXml(one, number)));
  return element(qualified, inner, attributes) satisfies XmlElement;
}

function counter(): () => string {
  let last = 0;
  return () => String(++last);
}

function compactDay(time: string): string {
  return time.slice(0, 10).replaceAll('-', '');
}
