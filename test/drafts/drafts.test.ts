import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { Dossier } from '../../lib/dossier/dossier.ts';
import { deviationReport } from '../../lib/drafts/deviation-report.ts';
import type { Draft } from '../../lib/drafts/draft.ts';
import { Facts } from '../../lib/drafts/facts.ts';
import { fincenSar } from '../../lib/drafts/fincen-sar.ts';
import { goamlReport } from '../../lib/drafts/goaml.ts';
import { inPieces, narrate } from '../../lib/drafts/narrative.ts';
import { MASKED } from '../../lib/packs/personal-data.ts';
import { dossierOf, FINCEN, flagOf, GOAML, HASH, TODAY } from './a-dossier.ts';

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
