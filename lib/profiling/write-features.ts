/** The windows, features, categories and encodings of a first pack, with sentences that a person would say. */
import { namesAmount, wordsOf } from './column-words.ts';
import type { Roles } from './guess-roles.ts';
import { phraseOf, sentencePlace, sentenceText, sqlName, yamlMap, yamlText } from './pack-text.ts';
import type { ColumnProfile } from './profile-column.ts';

const MAX_WINDOWED_NUMBERS = 3;

interface Draft {
  readonly name: string;
  readonly is: string;
  readonly words: string;
  readonly format: string | null;
  readonly usual?: string;
}

/** `timeName`: the pack's name of the time column. */
export function featureLines(
  roles: Roles,
  columns: readonly ColumnProfile[],
  timeName: string | null,
): string[] {
  const { entity, second, categories, numbers, encoded, time } = roles;
  const freeName = namesBeside([
    ...columns.map(({ name }) => name),
    ...(timeName === null ? [] : [timeName]),
  ]);
  const windowed = timeName !== null && (entity ?? second) !== null;
  const drafts = [
    ...numbers.map((column) => numberFeature(column, freeName)),
    ...timeFeatures(roles, timeName, freeName),
    ...(windowed ? windowFeatures(roles, timeName, freeName) : []),
  ];
  const lines = drafts.map(
    ({ name, is, words, format, usual }) =>
      `  ${yamlText(name)}: ${yamlMap({ is: yamlText(is), format, usual: usual === undefined ? null : yamlText(usual), words: JSON.stringify(words) })}`,
  );
  if (lines.length + categories.length + encoded.length === 0)
    lines.push('  always: 1 # nothing to learn from was found: write features here');
  return [
    ...(windowed ? ['', 'windows:', ...windowLines(roles, time!.kind === 'steps')] : []),
    ...(lines.length > 0 ? ['', 'features:', ...lines] : []),
    ...(categories.length > 0 ? ['', 'categories:', ...categories.map(categoryLine)] : []),
    ...(encoded.length > 0
      ? [
          '',
          'encodings: # the past share of positives among records with the same value; if labels take weeks, say so: delay: 30 days',
          ...encoded.map((column) => encodingLine(column, freeName)),
        ]
      : []),
  ];
}

function windowLines({ entity, second }: Roles, steps: boolean): string[] {
  const lengths = steps ? { recent: '24 steps', month: '720 steps' } : { recent: '1 days', month: '30 days' };
  const own =
    entity === null ? [] : [`  recent: ${lengths.recent}`, `  month: ${lengths.month}`, '  past: all'];
  const by =
    second === null
      ? []
      : [
          `  other_month: { by: ${yamlText(second.name)}, over: ${lengths.month} } # records with the same ${sentenceText(second.name)}`,
        ];
  const both =
    entity === null || second === null
      ? []
      : [
          `  pair_past: { by: [${yamlText(entity.name)}, ${yamlText(second.name)}], over: all } # of this ${sentenceText(entity.name)} and the same ${sentenceText(second.name)}`,
        ];
  return [...own, ...by, ...both];
}

/** Makes names that no column and no feature made before has. */
function namesBeside(names: readonly string[]): (name: string) => string {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  return (wanted) => {
    let name = wanted;
    for (let next = 2; taken.has(name.toLowerCase()); next++) name = `${wanted}_${next}`;
    taken.add(name.toLowerCase());
    return name;
  };
}

/** What a column is called in the middle of a sentence: `account_id` → account. */
function nounOf(name: string): string {
  const words = wordsOf(name)
    .replace(/(^| )(id|no|nr|num|number|nummer|key|code|ref|orig|name)$/g, '')
    .trim();
  return words === '' ? sentenceText(name.trim()) : words;
}

/** The column under its own name, but for one that no feature may have. */
function numberFeature({ name, type }: ColumnProfile, freeName: (name: string) => string): Draft {
  const isOwn = !/[{}]/.test(name);
  const own = isOwn ? name : freeName('number');
  const format = type.startsWith('decimal(18,2)') ? 'money' : null;
  return { name: own, is: sqlName(name), format, words: `${phraseOf(name)} is {value}` };
}

function timeFeatures({ time }: Roles, timeName: string | null, freeName: (name: string) => string): Draft[] {
  if (time === null || timeName === null || time.kind === 'steps') return [];
  const name = sqlName(timeName);
  const weekday: Draft = {
    name: freeName('weekday'),
    is: `isodow(${name})`,
    format: 'integer',
    words: 'Day {value} of the week (1 is Monday)',
  };
  const hour: Draft = {
    name: freeName('hour'),
    is: `hour(${name})`,
    format: 'integer',
    words: 'In the hour from {value}:00 UTC',
  };
  return time.kind === 'date' ? [weekday] : [hour, weekday];
}

function windowFeatures(roles: Roles, timeName: string, freeName: (name: string) => string): Draft[] {
  const { entity, second, numbers, time } = roles;
  const steps = time!.kind === 'steps';
  const day = steps ? '24 steps' : time!.kind === 'date' ? 'a day' : '24 hours';
  const month = steps ? '720 steps' : '30 days';
  const drafts: Draft[] = [];
  const add = (draft: Draft) => drafts.push({ ...draft, name: freeName(draft.name) });
  if (entity !== null) {
    const noun = nounOf(entity.name);
    const at = sqlName(timeName);
    const gap = `${at} - lag(${at}) over past`;
    add({
      name: 'records_recent',
      is: 'count(*) over recent',
      format: 'integer',
      usual: 'count(*) over month / 30.0',
      words: `{value} {value|record|records} of this ${noun} in ${day}; usual is {usual}`,
    });
    add({
      name: 'records_month',
      is: 'count(*) over month',
      format: 'integer',
      words: `{value} {value|record|records} of this ${noun} in ${month}`,
    });
    add(
      time!.kind === 'timestamp'
        ? {
            name: 'since_previous',
            is: `epoch(${gap})`,
            format: 'duration',
            words: `{value} since the previous record of this ${noun}`,
          }
        : {
            name: 'since_previous',
            is: gap,
            format: 'integer',
            words: `{value} ${steps ? '{value|step|steps}' : '{value|day|days}'} since the previous record of this ${noun}`,
          },
    );
    for (const column of windowedNumbers(numbers))
      for (const draft of amountFeatures(column, noun, day, month)) add(draft);
  }
  if (second !== null) {
    const noun = nounOf(second.name);
    add({
      name: 'other_records_month',
      is: 'count(*) over other_month',
      format: 'integer',
      words: `{value} {value|record|records} with this ${noun} in ${month}`,
    });
    if (entity !== null) {
      add({
        name: 'pair_records',
        is: 'count(*) over pair_past',
        format: 'integer',
        words: `{value} {value|record|records} of this ${nounOf(entity.name)} with this ${noun} so far`,
      });
      add({
        name: 'other_entities_month',
        is: `count(distinct ${sqlName(entity.name)}) over other_month`,
        format: 'integer',
        words: `This ${noun} occurs with {value} different values of ${sentenceText(entity.name)} in ${month}`,
      });
    }
  }
  return drafts;
}

/** Amounts where the file has some: a sum of anything else says little. */
function windowedNumbers(numbers: readonly ColumnProfile[]): readonly ColumnProfile[] {
  const amounts = numbers.filter(({ name }) => namesAmount(name));
  return (amounts.length > 0 ? amounts : numbers).slice(0, MAX_WINDOWED_NUMBERS);
}

function amountFeatures({ name }: ColumnProfile, noun: string, day: string, month: string): Draft[] {
  const number = sqlName(name);
  const words = phraseOf(name);
  const place = sentencePlace(name);
  return [
    {
      name: 'sum_recent',
      is: `sum(${number}) over recent`,
      format: 'money',
      usual: `sum(${number}) over month / 30.0`,
      words: `${words} of this ${noun} comes to {value} in ${day}; usual is {usual}`,
    },
    {
      name: 'against_usual',
      is: `${number} / nullif(avg(${number}) over month, 0)`,
      format: 'number',
      words: `${words}${place === null ? '' : ` ${place}`} is {value} times the average of this ${noun} in ${month}`,
    },
  ];
}

function categoryLine({ name }: ColumnProfile): string {
  return `  ${yamlText(name)}: ${yamlMap({ words: JSON.stringify(`${phraseOf(name)} is {value}`) })}`;
}

function encodingLine(column: ColumnProfile, freeName: (name: string) => string): string {
  const { name } = column;
  const key =
    wordsOf(name)
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '') || 'value';
  const words = `Of earlier records with the same ${phraseOf(name)}, {value} were positive`;
  return `  ${freeName(`${key}_rate`)}: ${yamlMap({ of: yamlText(name), smoothing: '50', words: JSON.stringify(words) })}`;
}
