/**
 * The header of a file and some of its rows go in; the text of a first pack comes out, with comments that say what was
 * guessed and why, for a person to read through. `parsePack` accepts it as it is.
 */
import { type GuessedColumn, guessColumn, namesALabel } from './guess-columns.ts';
import type { Pack } from './pack.ts';
import { RESERVED_COLUMNS } from './read-columns.ts';

interface Roles {
  readonly id: GuessedColumn | null;
  readonly time: GuessedColumn | null;
  readonly entity: GuessedColumn | null;
  readonly label: GuessedColumn | null;
  readonly categories: readonly GuessedColumn[];
  readonly numbers: readonly GuessedColumn[];
}

const MAX_CATEGORY_VALUES = 50;
const MAX_WINDOWED_NUMBERS = 3;

export function guessPack(
  domain: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  /** The line of the header, or that there is none, where it was said. */
  place: Pack['header'] = null,
): string {
  const columns = header.map((name, index) =>
    guessColumn(
      name,
      rows.map((row) => row[index] ?? ''),
    ),
  );
  const { usable, left } = usableColumns(columns);
  const roles = guessRoles(usable, rows.length);
  return [
    `# A first pack, guessed from ${rows.length} rows. Read it through: every line is a guess.`,
    `domain: ${
      domain
        .toLowerCase()
        .replace(/[^a-z0-9_-]+/g, '-')
        .replace(/^[^a-z0-9]+/, '') || 'mydomain'
    }`,
    'version: 1',
    ...(place === null ? [] : [`header: ${place}`]),
    ...recordLines(roles),
    ...columnLines(usable, left, roles),
    ...featureLines(roles, usable),
    '',
  ].join('\n');
}

/** A header may repeat a name, or leave one empty; such columns cannot be told apart and stay out. */
function usableColumns(columns: readonly GuessedColumn[]): {
  usable: GuessedColumn[];
  left: GuessedColumn[];
} {
  const seen = new Set<string>();
  const usable: GuessedColumn[] = [];
  const left: GuessedColumn[] = [];
  for (const column of columns) {
    const key = packName(column.name).toLowerCase();
    const fits = column.name.trim() !== '' && !seen.has(key);
    seen.add(key);
    (fits ? usable : left).push(column);
  }
  return { usable, left };
}

/** The column's name in the pack: its own, unless Assay needs that one. */
function packName(name: string): string {
  return RESERVED_COLUMNS.includes(name.toLowerCase()) ? `${name}_given` : name;
}

function guessRoles(columns: readonly GuessedColumn[], rows: number): Roles {
  const label = guessLabel(columns);
  const others = columns.filter((column) => column !== label);
  const keyLike = others.filter(({ type }) => type === 'string' || type === 'integer');
  const unique = keyLike.filter(({ filled, distinct }) => rows > 0 && filled === rows && distinct === rows);
  const id =
    unique.find(({ name }) => isKeyName(name)) ?? unique.find(({ type }) => type === 'string') ?? null;
  const time = guessTime(
    others.filter((column) => column !== id),
    rows,
  );
  const entity =
    time === null
      ? null
      : guessEntity(
          keyLike.filter((column) => column !== id && column !== time),
          rows,
        );
  const rest = others.filter((column) => ![id, time, entity].includes(column));
  const categories = rest.filter(
    ({ type, distinct, filled }) =>
      (type === 'string' || type === 'boolean') &&
      distinct >= 2 &&
      distinct <= MAX_CATEGORY_VALUES &&
      distinct * 2 <= Math.max(filled, 4),
  );
  const numbers = rest.filter(({ name, type }) => /^(integer|number|decimal)/.test(type) && !isKeyName(name));
  return { id, time, entity, label, categories, numbers };
}

/** Two values, the rarer one true, and a telling name; or a telling name's only rival is how rare it is. */
function guessLabel(columns: readonly GuessedColumn[]): GuessedColumn | null {
  const binary = columns.filter(({ positiveShare, distinct }) => positiveShare !== null && distinct <= 2);
  const named = binary.filter(({ name }) => namesALabel(name));
  const rare = (column: GuessedColumn) => column.positiveShare! > 0 && column.positiveShare! < 0.5;
  return named.filter(rare).at(-1) ?? named.at(-1) ?? null;
}

function guessTime(columns: readonly GuessedColumn[], rows: number): GuessedColumn | null {
  const filled = columns.filter((column) => column.filled === rows);
  const steps = filled.filter(
    ({ name, type }) => type === 'integer' && /^(step|time_?step|tick|period)$/i.test(name),
  );
  return (
    [
      ...filled.filter(({ type }) => type === 'timestamp'),
      ...filled.filter(({ type }) => type === 'date'),
      ...steps,
    ][0] ?? null
  );
}

/** What comes again and again, though not always the same: a name of a key first, then the most various. */
function guessEntity(columns: readonly GuessedColumn[], rows: number): GuessedColumn | null {
  const repeated = columns.filter(
    ({ distinct, filled }) => filled === rows && distinct > 1 && distinct < rows,
  );
  const various = repeated.filter(({ type }) => type === 'string').sort((a, b) => b.distinct - a.distinct);
  return repeated.find(({ name }) => isKeyName(name)) ?? various[0] ?? null;
}

function isKeyName(name: string): boolean {
  return /(^|[^a-z])(id|key|no|nr|number|code|ref|account|customer|card|batch|user|client)$|[a-z]I[dD]$/i.test(
    name.trim(),
  );
}

function recordLines({ id, time, entity, label }: Roles): string[] {
  const line = (key: string, column: GuessedColumn | null, none: string, why: string) =>
    column === null ? `  # ${key}: ${none}` : `  ${key}: ${yamlText(packName(column.name))} # ${why}`;
  return [
    '',
    ...((id ?? time ?? entity ?? label) === null ? ['# record:'] : ['record:']),
    line('id', id, 'no column is unique: a record is known by its content', 'every row has another'),
    line('time', time, 'no date or time in every row: no windows', 'when it happened'),
    line('entity', entity, 'nothing that comes again: no windows', 'whose past a record is measured against'),
    line('label', label, 'none found: such a pack can score but not train', 'what a model is to foretell'),
  ];
}

function columnLines(
  usable: readonly GuessedColumn[],
  left: readonly GuessedColumn[],
  { id }: Roles,
): string[] {
  const lines = usable.map((column) => {
    const fields = [`type: ${column.type.includes(',') ? `"${column.type}"` : column.type}`];
    if (column === id) fields.push('required: true');
    if (column.format !== null) fields.push(`format: ${yamlText(column.format)}`);
    if (column.missing.length > 0)
      fields.push(`missing: [${column.missing.map((text) => JSON.stringify(text)).join(', ')}]`);
    const name = packName(column.name);
    if (name !== column.name) fields.push(`aliases: [${yamlText(column.name)}]`);
    return `  ${yamlText(name)}: { ${fields.join(', ')} }`;
  });
  const dropped = left.map(
    ({ name }) => `  # left out, its name is empty or there twice: ${JSON.stringify(name)}`,
  );
  return ['', 'columns:', ...lines, ...dropped];
}

function featureLines(roles: Roles, usable: readonly GuessedColumn[]): string[] {
  const freeName = namesBeside(usable);
  const { time, entity, label, categories, numbers } = roles;
  const windowed = time !== null && entity !== null;
  const steps = time?.type === 'integer';
  const windows = windowed
    ? [
        '',
        'windows:',
        `  recent: ${steps ? '24 steps' : '1 days'}`,
        `  month: ${steps ? '720 steps' : '30 days'}`,
        '  past: all',
      ]
    : [];
  const features = [
    ...numbers.map((column) => plainFeature(column, freeName)),
    ...timeFeatures(time).map(([name, is]) => featureLine(freeName(name), is)),
    ...(windowed ? windowFeatures(roles).map(([name, is]) => featureLine(freeName(name), is)) : []),
  ];
  const names = categories.map(({ name }) => yamlText(packName(name)));
  const all =
    features.length + names.length === 0
      ? [`  always: 1 # nothing to learn from was found: write features here`]
      : features;
  return [
    ...windows,
    ...(all.length > 0 ? ['', 'features:', ...all] : []),
    ...(names.length > 0 ? ['', `categories: [${names.join(', ')}]`] : []),
    '',
    '# rules:',
    '#   - { id: my_rule, when: "amount > 10000", because: "a large amount: {amount}", severity: high }',
    ...(label === null
      ? []
      : [
          '',
          'threshold: { policy: max_f1 } # or { policy: min_recall, recall: 0.9 }, or { policy: capacity, per_day: 50 }',
        ]),
    ...(names.length > 0 ? ['', `segments: [${names[0]}]`] : []),
  ];
}

/** Makes names that no column and no feature made before has. */
function namesBeside(columns: readonly GuessedColumn[]): (name: string) => string {
  const taken = new Set(columns.map(({ name }) => packName(name).toLowerCase()));
  return (wanted) => {
    let name = wanted;
    for (let next = 2; taken.has(name); next++) name = `${wanted}_${next}`;
    taken.add(name);
    return name;
  };
}

function featureLine(name: string, is: string): string {
  return `  ${yamlText(name)}: ${yamlText(is)}`;
}

/** The column under its own name, but for one that no feature may have. */
function plainFeature({ name }: GuessedColumn, freeName: (name: string) => string): string {
  const column = packName(name);
  return featureLine(/[{}]/.test(column) ? freeName('number') : column, sqlName(column));
}

type Draft = readonly [name: string, is: string];

function timeFeatures(time: GuessedColumn | null): Draft[] {
  if (time === null || time.type === 'integer') return [];
  const name = sqlName(packName(time.name));
  const weekday: Draft = ['weekday', `isodow(${name})`];
  return time.type === 'date' ? [weekday] : [['hour', `hour(${name})`], weekday];
}

function windowFeatures({ time, numbers }: Roles): Draft[] {
  const at = sqlName(packName(time!.name));
  const gap = `${at} - lag(${at}) over past`;
  const amounts = numbers.slice(0, MAX_WINDOWED_NUMBERS).flatMap(({ name }): Draft[] => {
    const number = sqlName(packName(name));
    return [
      ['sum_recent', `sum(${number}) over recent`],
      ['against_usual', `${number} / nullif(avg(${number}) over month, 0)`],
    ];
  });
  return [
    ['records_recent', 'count(*) over recent'],
    ['records_month', 'count(*) over month'],
    ['since_previous', time!.type === 'timestamp' ? `epoch(${gap})` : gap],
    ...amounts,
  ];
}

/** Plain where YAML reads it back as the same text, in quotes otherwise. */
function yamlText(text: string): string {
  const plain =
    /^[A-Za-z_][\w.()*/ -]*$/.test(text) &&
    !/^(true|false|null|yes|no|on|off|nan)$/i.test(text) &&
    !text.endsWith(' ');
  return plain ? text : JSON.stringify(text);
}

/** The name of a column in an expression. */
function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
