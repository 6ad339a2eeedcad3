import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { COLUMN, PACK } from '../../lib/packs/pack-schema.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';

const SOUND = `domain: d
record: { id: id, time: at, entity: account, label: bad }
columns:
  id: string
  at: timestamp
  account: string
  amount: { type: "decimal(18,2)", min: 0 }
  country: string
  bad: boolean
  Amount (EUR): number
parameters: { high: 100, offshore: [Panama, Belize] }
windows:
  day: 24 hours
  late: { by: country, over: 30 days, delay: 7 days }
features:
  amount: amount
  day_count: count(*) over day
  day_mean: { is: avg(amount) over day, words: "{value} in a day, {usual} usual", usual: avg(amount) over late }
categories: [country]
encodings:
  country_rate: { of: country }
rules:
  - { id: big, when: "amount > $high", because: "{amount} is above {high}" }
threshold: { policy: min_recall, recall: 0.9 }
segments: [country]
`;

/** [what is changed, into what, what is said about it] */
const BAD: readonly (readonly [from: string, to: string, message: string])[] = [
  [
    'domain: d',
    'domian: d',
    `p:1: domian: found an unknown key, expected one of ${Object.keys(PACK).join(', ')} (did you mean "domain"?)`,
  ],
  [
    'domain: d',
    'domain: My Domain',
    'p:1: domain: found "My Domain", expected lower-case letters, digits, - and _',
  ],
  [
    'domain: d',
    'domain: d\nheader: first',
    'p:2: header: found "first", expected the number of a line, or none',
  ],
  ['domain: d', 'domain: d\nversion: one', 'p:2: version: found "one", expected a whole number from 1'],
  ['domain: d', 'domain: d\ndomain: e', 'p:2: not valid YAML: Map keys must be unique'],
  [
    'label: bad }',
    'labl: bad }',
    'p:2: record.labl: found an unknown key, expected one of id, time, entity, label (did you mean "label"?)',
  ],
  [
    'entity: account',
    'entity: acount',
    'p:2: record.entity: found "acount", which is not a column (did you mean "account"?)',
  ],
  [
    'time: at',
    'time: amount',
    'p:2: record.time: column amount is of type decimal, expected date or timestamp or integer',
  ],
  [
    'label: bad }',
    'label: country }',
    'p:2: record.label: column country is of type string, expected boolean or integer; texts are mapped by label: { of: …, positive: […], negative: […] }',
  ],
  ['entity: account', 'entity: bad', 'p:2: record.entity: bad is the label, expected another column'],
  [
    '  id: string',
    '  id: { type: string, required: false }',
    'p:4: columns.id.required: found false, expected true: it is part of the record id',
  ],
  [
    '  account: string',
    '  account: strng',
    'p:6: columns.account.type: found "strng", expected one of string, integer, number, decimal(18,2), boolean, date, timestamp, country, currency, money (did you mean "string"?)',
  ],
  [
    '  account: string',
    '  account:',
    `p:6: columns.account: found nothing, expected keys: ${Object.keys(COLUMN).join(', ')}`,
  ],
  [
    'decimal(18,2)',
    'decimal(99,2)',
    'p:7: columns.amount.type: found "decimal(99,2)", expected one of string, integer, number, decimal(18,2), boolean, date, timestamp, country, currency, money (did you mean "decimal(18,2)"?)',
  ],
  ['min: 0', 'min: zero', 'p:7: columns.amount.min: found "zero", expected a number'],
  ['min: 0', 'min: 5, max: 4', 'p:7: columns.amount.max: found 4, expected at least min, which is 5'],
  [
    'min: 0',
    'minimum: 0',
    `p:7: columns.amount.minimum: found an unknown key, expected one of ${Object.keys(COLUMN).join(', ')}`,
  ],
  [
    '  country: string',
    '  country: { type: string, notation: "1.234,56", overlap: later, yes: [ja] }',
    'p:8: columns.country.notation: found on a column of type string, expected on integer, number and decimal only',
  ],
  [
    'min: 0',
    'notation: "1.2.3"',
    'p:7: columns.amount.notation.like.0: found "1.2.3", expected 1234.56, 1,234.56, 1234,56, 1.234,56, 1\'234.56, 1 234,56, 1 234.56, 12,34,567.89, 1\'234,56',
  ],
  [
    'min: 0',
    'notation: { like: "1.234,56", currency: ["12"], negative: [S], positive: [s] }',
    'p:7: columns.amount.notation.currency: found "12", expected words or symbols without digits, signs and parentheses',
  ],
  [
    'min: 0',
    'notation: { like: "1.234,56", negative: [S], positive: [s] }',
    'p:7: columns.amount.notation.negative: found "S" under positive and negative, expected it under one of them',
  ],
  [
    '  at: timestamp',
    '  at: { type: timestamp, min: "31 Jan 2024" }',
    'p:5: columns.at.min: found "31 Jan 2024", expected a date as 2024-01-31',
  ],
  [
    '  country: string',
    '  country: { type: string, pii: true }\n  land: string',
    'p:20: categories: found "country", which is pii: its values would stand in the model card',
  ],
  [
    '{amount} is above {high}',
    '{bad} is above {high}',
    'p:23: rules.0.because: found {bad}, expected a column (neither pii, an outcome nor the label), feature or parameter of this pack',
  ],
  ['min: 0', 'required: yes', 'p:7: columns.amount.required: found "yes", expected true or false'],
  [
    '  at: timestamp',
    '  at: { type: timestamp, timezone: Europe/Berln }',
    'p:5: columns.at.timezone: found "Europe/Berln", expected a time zone as Europe/Berlin',
  ],
  [
    '  country: string',
    '  line: string\n  country: string',
    'p:8: columns.line: the name line is taken by Assay itself: name the column otherwise and give it aliases: [line]',
  ],
  [
    '  country: string',
    '  Its Partition: string\n  country: string',
    'p:8: columns."Its Partition": the name Its Partition is taken by Assay itself: name the column otherwise and give it aliases: [Its Partition]',
  ],
  [
    '  country: string',
    '  country: string\n  Country: string',
    'p:9: columns.Country: differs from column country by capitals only, expected names that differ',
  ],
  [
    'offshore: [Panama, Belize]',
    'offshore: []',
    'p:11: parameters.offshore: found an empty list, expected at least one value',
  ],
  [
    'day: 24 hours',
    'day: 1 month',
    'p:13: windows.day: found "1 month", a month has no fixed length: write it in days, as 30 days, or all',
  ],
  [
    'day: 24 hours',
    'day: 24',
    'p:13: windows.day: found 24, expected a duration: a number of seconds, minutes, hours, days or weeks, as 24 hours, or all',
  ],
  [
    'by: country',
    'by: contry',
    'p:14: windows.late.by: found "contry", which is not a column (did you mean "country"?)',
  ],
  ['by: country', 'by: bad', 'p:14: windows.late.by: bad is the label, expected another column'],
  [
    'over: 30 days',
    'ovr: 30 days',
    'p:14: windows.late.ovr: found an unknown key, expected one of by, over, delay (did you mean "over"?)',
  ],
  ['over: 30 days', 'ovr: 30 days', 'p:14: windows.late: found no over, expected one'],
  [', entity: account', '', 'p:13: windows.day: found no by, expected one, since record.entity is not given'],
  [
    'time: at, ',
    '',
    'p:12: windows: found windows, but record.time is not given: a window needs the time of a record',
  ],
  [
    '  amount: amount\n',
    '  amount: amount * 2\n',
    'p:16: features.amount: has the name of a column but is "amount * 2", expected amount itself or another name',
  ],
  [
    'count(*) over day',
    'count(*) over dya',
    'p:17: features.day_count: dya is not a window, expected one of day, late (did you mean "day"?) (in count(*) over dya)',
  ],
  [
    'count(*) over day',
    'count(*)',
    'p:17: features.day_count: count(…) needs a window after it, as count(…) over day (in count(*))',
  ],
  [
    'count(*) over day',
    'amunt + 1',
    'p:17: features.day_count: amunt is neither a column nor a feature of this pack (did you mean "amount"?) (in amunt + 1)',
  ],
  [
    'count(*) over day',
    'amount > $hihg',
    'p:17: features.day_count: $hihg is not a parameter, expected one of $high, $offshore (did you mean "high"?) (in amount > $hihg)',
  ],
  [
    'count(*) over day',
    'amount > high',
    'p:17: features.day_count: high is a parameter: write $high (in amount > high)',
  ],
  [
    'count(*) over day',
    'amount > $offshore',
    'p:17: features.day_count: $offshore is a list, expected it after in, as x in $offshore (in amount > $offshore)',
  ],
  [
    'count(*) over day',
    'rond(amount)',
    'p:17: features.day_count: rond() is not a function that a pack may call (did you mean "round"?) (in rond(amount))',
  ],
  [
    'count(*) over day',
    'day_mean * 2',
    'p:17: features.day_count: day_mean is defined further down: a feature may use only those above it (in day_mean * 2)',
  ],
  [
    'count(*) over day',
    'bad',
    "p:17: features.day_count: bad is the label, and a record may not know its own: use it inside a window's aggregate only, as avg(bad) over … (in bad)",
  ],
  [
    'count(*) over day',
    'amount, 2',
    'p:17: features.day_count: found ",", expected one expression (in amount, 2)',
  ],
  ['count(*) over day', '(amount', 'p:17: features.day_count: expected ")", found the end (in (amount)'],
  ['count(*) over day', 'amount +', 'p:17: features.day_count: syntax error at the end (in amount +)'],
  [
    'count(*) over day',
    'country + 1',
    "p:17: features.day_count: No function matches the given name and argument types '+(VARCHAR, INTEGER_LITERAL)'. (in country + 1)",
  ],
  [
    'count(*) over day',
    'country',
    'p:17: features.day_count: is of type VARCHAR, expected a number or true/false; a text goes under categories (in country)',
  ],
  [
    'count(*) over day',
    'at - lag(at) over day',
    'p:17: features.day_count: is of type INTERVAL, expected a number or true/false: epoch(…) gives seconds (in at - lag(at) over day)',
  ],
  [
    'count(*) over day',
    'sum(country) over day',
    'p:17: features.day_count: sum(…) of type VARCHAR, expected a number (in sum(country) over day)',
  ],
  [
    'count(*) over day',
    "amount = 'high'",
    'p:17: features.day_count: Could not convert string "high" to DECIMAL(18,2) (in amount = \'high\')',
  ],
  [
    'count(*) over day',
    "count(*) filter (where bad = 'SAR') over day",
    "p:17: features.day_count: Could not convert string 'SAR' to BOOL (in count(*) filter (where bad = 'SAR') over day)",
  ],
  [
    '{value} in a day',
    '{vlaue} in a day',
    'p:18: features.day_mean.words: found {vlaue}, expected a column (neither pii, an outcome nor the label), feature or parameter of this pack (did you mean "value"?)',
  ],
  [
    'usual: avg(amount) over late',
    'usual: country',
    'p:18: features.day_mean.usual: is of type VARCHAR, expected a number or true/false; a text goes under categories (in country)',
  ],
  [
    'usual: avg',
    'format: euros, usual: avg',
    'p:18: features.day_mean.format: found "euros", expected number, integer, money, percent, duration, yesno, text, country',
  ],
  [
    'is: avg(amount) over day',
    'is: coalesce(amount, 0)',
    'p:18: features.day_mean."0)": found an unknown key, expected one of is, words, usual, format, impute, monotone, group, context (inside { } a comma ends a value: write the text with the comma in quotes)',
  ],
  [
    'usual: avg',
    'impute: mean, usual: avg',
    'p:18: features.day_mean.impute: found "mean", expected median or a number',
  ],
  [
    'categories: [country]',
    'categories: [amount]',
    'p:19: categories.0: "amount" is a feature already, expected it in one place',
  ],
  [
    'categories: [country]',
    'categories: { country: { kep: 3 } }',
    'p:19: categories.country.kep: found an unknown key, expected one of keep, words, group, context (did you mean "keep"?)',
  ],
  ['categories: [country]', 'categories: [land]', 'p:19: categories.0: found "land", which is not a column'],
  [
    '{ of: country }',
    '{ of: [country, acc] }',
    'p:21: encodings.country_rate.of: found "acc", which is not a column',
  ],
  [
    'country_rate: {',
    'amount: {',
    'p:21: encodings.amount: has the name of a feature, expected a name of its own',
  ],
  [
    ', label: bad',
    '',
    'p:20: encodings: found encodings, but record.label is not given: an encoding is a past rate of the label',
  ],
  ['id: big', 'name: big', 'p:23: rules.0: found no id, expected one'],
  [
    'amount > $high"',
    'country"',
    'p:23: rules.big.when: is of type VARCHAR, expected a condition, true or false (in country)',
  ],
  [
    '{amount} is above',
    '{amout} is above',
    'p:23: rules.0.because: found {amout}, expected a column (neither pii, an outcome nor the label), feature or parameter of this pack (did you mean "amount"?)',
  ],
  [
    'id: big',
    'severity: grave, id: big',
    'p:23: rules.0.severity: found "grave", expected low, medium, high, critical',
  ],
  [
    'policy: min_recall',
    'policy: min_recal',
    'p:24: threshold.policy: found "min_recal", expected max_f1, min_recall, capacity (did you mean "min_recall"?)',
  ],
  [', recall: 0.9', '', 'p:24: threshold: found no recall, expected one with policy min_recall'],
  ['recall: 0.9', 'recall: 90', 'p:24: threshold.recall: found 90, expected up to 1'],
  ['min_recall, recall: 0.9', 'capacity, per_day: 0', 'p:24: threshold.per_day: found 0, expected above 0'],
  [
    'segments: [country]',
    'segments: [countri]',
    'p:25: segments.0: found "countri", which is not a column (did you mean "country"?)',
  ],
  [
    'segments: [country]',
    'acceptance: { min_labels: 0 }',
    'p:25: acceptance.min_labels: found 0, expected a whole number from 1',
  ],
  [
    'segments: [country]',
    'acceptance: { min_labels: 30, min_positives: 30 }',
    'p:25: acceptance.min_positives: found min_positives 30 of min_labels 30, expected fewer positives than labels',
  ],
  [
    'segments: [country]',
    'acceptance: { max_segment_loss: 2 }',
    'p:25: acceptance.max_segment_loss: found 2, expected up to 1',
  ],
  [
    'segments: [country]',
    'acceptance: { recall_floor: 0 }',
    'p:25: acceptance.recall_floor: found 0, expected above 0',
  ],
  [
    'segments: [country]',
    'acceptance: { metric: prauc }',
    'p:25: acceptance.metric: found "prauc", expected pr_auc, recall (did you mean "pr_auc"?)',
  ],
  [
    'segments: [country]',
    'acceptance: { min_label: 3 }',
    'p:25: acceptance.min_label: found an unknown key, expected one of min_labels, min_positives, max_loss, max_recall_loss, max_flag_growth, max_segment_loss, recall_floor, metric (did you mean "min_labels"?)',
  ],
  [
    '  country: string',
    '  country: { type: string, pattern: "(" }',
    'p: columns.country.pattern: found "(", expected a regular expression (RE2) (Invalid Input Error: missing ): ()',
  ],
];

async function problemsOf(yaml: string): Promise<string[]> {
  try {
    await checkPack(parsePack(yaml, 'p'), 'p');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.split('\n');
  }
}

describe('a bad pack is reported by file, line and key', () => {
  test('the pack that the others are made of is sound', async () => {
    expect(await problemsOf(SOUND)).toEqual([]);
  });

  test.each(BAD)('%s → %s', async (from, to, message) => {
    expect(SOUND).toContain(from);
    expect(await problemsOf(SOUND.replace(from, to))).toContain(message);
  });

  test('all problems are reported at once, in order of their lines', async () => {
    const bad = SOUND.replace('entity: account', 'entity: acount')
      .replace('min: 0', 'min: x')
      .replace('over: 30 days', 'over: soon');
    const lines = (await problemsOf(bad)).map((problem) => problem.split(' ')[0]);
    expect(lines).toEqual(['p:2:', 'p:7:', 'p:14:']);
  });

  test('at most twenty problems are reported, and how many more there are', async () => {
    const columns = Array.from({ length: 25 }, (_, index) => `  c${index}: strin\n`).join('');
    const problems = await problemsOf(`domain: d\ncolumns:\n${columns}features: { one: 1 }\n`);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('… and 5 more');
  });

  test.each([
    ['', 'p:1: found nothing, expected keys: domain,'],
    ['- a\n- b', 'p:1: found a list of 2, expected keys: domain,'],
    ['domain: [', 'p:1: not valid YAML: '],
    ['domain: d\ncolumns: {}\n', 'p:2: columns: found no columns, expected at least one'],
    [
      'domain: d\ncolumns: { a: string }\n',
      'p:1: found no features, categories or encodings, expected at least one of them',
    ],
  ])('a file that is hardly a pack: %j', async (yaml, message) => {
    expect((await problemsOf(yaml)).some((problem) => problem.startsWith(message))).toBe(true);
  });
});

test('an outcome breaks no figures down: it is known only after the verdict', () => {
  const pack = `domain: d
columns: { id: string, amount: integer, closed: { type: string, outcome: true } }
features: { amount: amount }
segments: [closed]
`;
  expect(() => parsePack(pack, 'p')).toThrow('segments.0: found "closed", which is an outcome');
});
