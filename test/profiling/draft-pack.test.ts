/** What `domain init` makes of the files of banks, plants, public data sets and spreadsheets: found where a person would, nothing dropped in silence. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkPack } from '../../lib/features/check-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { draftPack } from '../../lib/profiling/draft-pack.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { scoreOrders, trainShop } from '../helpers/shop.ts';

const cases = 'test/fixtures/cases';

async function draft(file: string) {
  const drafted = await draftPack({ file: join(cases, file), domain: 'x', reading: {}, given: {} });
  const pack = parsePack(drafted.yaml, file);
  await checkPack(pack, file);
  const inputs = [
    ...pack.features.flatMap(({ is }) => is),
    ...pack.categories.map(({ column }) => column),
    ...pack.encodings.flatMap(({ of }) => of),
  ];
  return { ...drafted, pack, inputs: inputs.join('\n') };
}

interface Expected {
  readonly id?: string;
  readonly time?: string;
  readonly entity?: string;
  readonly label?: string;
  readonly second?: string;
  /** Names of number inputs, the first being the amount. */
  readonly numbers?: readonly string[];
  readonly outcomes?: readonly string[];
}

const ROW = { id: 'id', time: 'when', entity: 'account', label: 'is_fraud', numbers: ['amount'] };
const EXPECTED: Readonly<Record<string, Expected>> = {
  'field/g01_german_bank.csv': { time: 'Buchungstag', second: 'Empfänger', numbers: ['Betrag'] },
  'field/g02_german_bank_preamble.csv': {
    time: 'Buchungsdatum',
    second: 'Empfänger',
    numbers: ['Betrag (€)'],
  },
  'field/g03_us_dates_ambiguous.csv': { ...ROW, time: 'date' },
  'field/g04_leading_zeros.csv': {
    time: 'when',
    entity: 'account_no',
    label: 'is_fraud',
    numbers: ['amount'],
  },
  'field/g05_us_thousands.csv': ROW,
  'field/g06_label_words.csv': { ...ROW, label: 'Is Laundering' },
  'field/g07_label_text.csv': { ...ROW, label: 'alert_outcome' },
  'field/g08_ibm_aml.csv': {
    time: 'Timestamp',
    entity: 'Account',
    second: 'Account 2',
    label: 'Is Laundering',
    numbers: ['Amount Received', 'Amount Paid'],
  },
  'field/g09_paysim.csv': {
    time: 'step',
    entity: 'nameOrig',
    second: 'nameDest',
    label: 'isFraud',
    numbers: ['amount', 'oldbalanceOrg', 'newbalanceOrig'],
    outcomes: ['isFlaggedFraud'],
  },
  'field/g10_samld.csv': {
    time: 'Date + Time',
    entity: 'Sender_account',
    second: 'Receiver_account',
    label: 'Is_laundering',
    numbers: ['Amount'],
    outcomes: ['Laundering_type'],
  },
  'field/g11_lims.csv': {
    id: 'Sample ID',
    time: 'Approved On',
    entity: 'Batch',
    second: 'Analyst',
    label: 'Deviation',
  },
  'field/g12_creditcard.csv': { time: 'Time', label: 'Class', numbers: ['Amount', 'V1', 'V2'] },
  'field/g13_paysim_both_flags.csv': {
    time: 'step',
    entity: 'nameOrig',
    second: 'nameDest',
    label: 'isFraud',
    numbers: ['amount', 'oldbalanceOrg', 'newbalanceOrig'],
    outcomes: ['isFlaggedFraud'],
  },
  'field/g14_ibm_aml_renamed.csv': {
    time: 'Timestamp',
    entity: 'Account',
    second: 'Account.1',
    label: 'Is Laundering',
    numbers: ['Amount Received', 'Amount Paid'],
  },
  'field/g15_creditcard_1e05.csv': { time: 'Time', label: 'Class', numbers: ['Amount', 'V1'] },
  'field/g16_elliptic.csv': { id: 'txId', time: 'step', label: 'class', numbers: ['f1'] },
  'field/g17_text_label.csv': { ...ROW, label: 'outcome' },
  'field/g18_semicolon_in_one_col.csv': {},
  'field/g19_yyyymmdd.csv': ROW,
  'field/g20_epoch_ms.csv': ROW,
  'field/g21_ampm.csv': ROW,
  'field/g22_iso_compact_offset.csv': ROW,
  'field/g23_oct_mon.csv': ROW,
  'field/g24_ddmmyy.csv': ROW,
  'field/g25_tabformer.csv': {
    time: 'Year + Month + Day + Time',
    entity: 'User',
    second: 'Merchant Name',
    label: 'Is Fraud?',
    numbers: ['Amount'],
  },
  'field/g26_19digit_accounts.csv': { ...ROW, entity: 'account_no' },
  'files/european.csv': {
    id: 'Nr',
    time: 'Zeit',
    entity: 'Konto',
    label: 'Verdacht',
    numbers: ['Betrag', 'Saldo'],
  },
  'files/float-noise-after-10000.csv': {
    id: 'id',
    time: 'time',
    entity: 'account',
    label: 'fraud',
    numbers: ['amount'],
  },
  'newcomer/finance_transactions.csv.gz': { time: 'timestamp', label: 'flagged_manual', numbers: ['amount'] },
  'newcomer/pharma_log.csv.gz': {
    time: 'timestamp',
    entity: 'process_id',
    second: 'operator_id',
    label: 'deviation_flag',
  },
};

describe('id, time, entity, label, second key, amounts and outcomes', () => {
  test.each(Object.entries(EXPECTED))('%s', async (file, expected) => {
    const { roles, rejected, pack, inputs, columns } = await draft(file);
    expect({
      id: roles.id?.name,
      time: roles.time?.columns.map(({ name }) => name).join(' + '),
      entity: roles.entity?.name,
      second: roles.second?.name,
      label: roles.label?.column.name,
      numbers: roles.numbers.map(({ name }) => name),
      outcomes: [...roles.outcomes].map(({ name }) => name),
    }).toEqual({
      id: undefined,
      time: undefined,
      entity: undefined,
      second: undefined,
      label: undefined,
      numbers: [],
      outcomes: [],
      ...expected,
    });
    expect(rejected).toBe(0);
    // Every column is read, or part of one that is.
    expect(pack.columns.flatMap(({ name, from }) => (from.length > 0 ? from : [name]))).toHaveLength(
      columns.length,
    );
    for (const { name } of [...roles.outcomes, ...(roles.label === null ? [] : [roles.label.column])]) {
      expect(inputs.split('\n')).not.toContain(name);
      expect(inputs).not.toContain(`"${name}"`);
    }
    for (const key of [...pack.record.id, ...(pack.record.entity === null ? [] : [pack.record.entity])])
      expect(pack.columns.find(({ name }) => name === key)!.type.kind).toBe('string');
  });
});

describe('what is written beside the guess', () => {
  test('two readings of a date are said; one that the others exclude is not', async () => {
    expect((await draft('field/g24_ddmmyy.csv')).yaml).toMatch(/when: .*"%d\.%m\.%y"/);
    expect((await draft('field/g02_german_bank_preamble.csv')).warnings.join()).toContain(
      'its header is on line 5',
    );
  });

  test('a label of codes is marked to be checked, one of words is not; what is not known is unlabelled', async () => {
    expect((await draft('field/g16_elliptic.csv')).yaml).toMatch(
      /label: \{ of: class, positive: \["1"\], negative: \["2"\] \} # .*CHECK/,
    );
    expect((await draft('field/g17_text_label.csv')).yaml).toMatch(
      /label: \{ of: outcome, positive: \["SAR"\], negative: \["cleared"\] \} # what a model learns to predict\n/,
    );
  });

  test('a column that is mostly numbers says why it is none', async () => {
    const { yaml } = await draft('field/g11_lims.csv');
    expect(yaml).toMatch(/Result: \{ type: string/);
  });
});

describe('a messy gift register', () => {
  test('is read to 99.9 %, its label found, and the rows that are not read are counted with their reason', async () => {
    const { roles, rejected, rows, rejects, yaml } = await draft('newcomer/gifts.csv.gz');
    expect(roles.label?.column.name).toBe('Breach');
    expect(rows).toBe(1800);
    expect(rejected).toBe(1);
    expect(rejects).toEqual([{ column: 'Ref No.', count: 1, example: expect.stringContaining('GH-00700') }]);
    expect(yaml).toContain('id: Ref No. # 1 of 1,800 rows repeat one');
    expect(yaml).toMatch(/Date Offered: \{ type: date, format: \["%d\.%m\.%Y", "%d\/%m\/%y"\] \}/);
  });
});

describe('from a raw file to flags without an edit', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-init-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ['finance_transactions', 'new_transactions'],
    ['pharma_log', 'pharma_log'],
    ['gifts', 'gifts_new'],
  ])(
    '%s: guessed, trained, scored',
    async (labelled, fresh) => {
      const data = join(cases, 'newcomer', `${labelled}.csv.gz`);
      const { yaml } = await draftPack({ file: data, domain: labelled, reading: {}, given: {} });
      const pack = parsePack(yaml, 'guessed.yaml');
      const model = await trainShop(data, { pack });
      const run = await scoreOrders(
        model,
        join(cases, 'newcomer', `${fresh}.csv.gz`),
        join(folder, labelled),
      );
      expect(run.summary.flagged).toBeGreaterThan(0);
      expect(run.summary.rejected).toBeLessThanOrEqual(run.summary.received * 0.05);
    },
    240_000,
  );

  test('a shipped domain that the file is not of points to init', async () => {
    const data = join(cases, 'newcomer', 'finance_transactions.csv.gz');
    const ran = await runAssayHere(
      'train',
      '--domain',
      'finance',
      '--data',
      data,
      '--out',
      join(folder, 'none'),
      '--quiet',
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`A pack of its own: assay domain init --data ${data} --out my-pack.yaml`);
  });

  test('a person names columns, and learns of one that is not there or cannot be', async () => {
    const data = join(cases, 'field', 'g26_19digit_accounts.csv');
    const said = await runAssayHere('domain', 'init', '--data', data, '--entity', 'id', '--json');
    expect(JSON.parse(said.stdout).record).toMatchObject({ entity: 'id', id: null });
    const typo = await runAssayHere('domain', 'init', '--data', data, '--label', 'is_frad');
    expect(typo.stderr).toContain(
      '--label names "is_frad", which is not a column of it (did you mean "is_fraud"?)',
    );
    const amount = await runAssayHere('domain', 'init', '--data', data, '--label', 'amount');
    expect(amount.stderr).toContain('are not yes and no; a label has two kinds of values');
    const time = await runAssayHere('domain', 'init', '--data', data, '--time', 'account_no');
    expect(time.stderr).toContain('--time names "account_no", which holds no dates or times');
  });
});
