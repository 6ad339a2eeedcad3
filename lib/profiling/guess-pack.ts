/**
 * The text of a first pack, guessed from the header and rows of a file. Every line says what was guessed and why, for a person to
 * read through. `parsePack` accepts it as it is.
 */
import { COLUMN } from '../packs/pack-schema.ts';
import { type GivenRoles, guessRoles, type Roles } from './guess-roles.ts';
import { type NamedColumn, nameColumns } from './name-columns.ts';
import { detectedNotation } from './notation-text.ts';
import { yamlList, yamlMap, yamlText } from './pack-text.ts';
import { type ColumnProfile, profileColumn } from './profile-column.ts';
import { featureLines } from './write-features.ts';

export interface GuessInput {
  readonly domain: string;
  /** For messages. */
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many rows the file has, of which `rows` are some; absent: these are all. */
  readonly totalRows?: number;
  /** The line of the header where a person named it, or none. */
  readonly headerPlace?: number | 'none' | null;
  readonly given?: GivenRoles;
  /** Columns that are read as texts, since too much of them was rejected otherwise; by their names in the pack. */
  readonly asText?: ReadonlySet<string>;
}

export interface GuessedPack {
  readonly yaml: string;
  readonly roles: Roles;
  readonly columns: readonly ColumnProfile[];
}

export function guessPack({ domain, file, header, rows, given = {}, ...input }: GuessInput): GuessedPack {
  const named = nameColumns(header);
  const columns = named.map(({ name }, at) => {
    const profile = profileColumn(
      name,
      at + 1,
      rows.map((row) => row[at] ?? ''),
    );
    return input.asText?.has(name)
      ? { ...profile, type: 'string', time: null, notation: null, yes: [], no: [] }
      : profile;
  });
  const headed = Object.fromEntries(
    Object.entries(given).map(([key, name]) => [key, packName(named, name as string)]),
  );
  const roles = guessRoles(columns, headed, file);
  const timeName = timeNameOf(roles, columns);
  const total = input.totalRows ?? rows.length;
  const from =
    total > rows.length
      ? `${rows.length.toLocaleString('en')} rows spread over the ${total.toLocaleString('en')} of the file`
      : `all ${rows.length.toLocaleString('en')} rows`;
  const yaml = [
    `# A first pack, guessed from ${from}. Read it through: every line is a guess.`,
    `domain: ${domainName(domain)}`,
    'version: 1',
    ...(input.headerPlace ? [`header: ${input.headerPlace}`] : []),
    ...recordLines(roles, timeName),
    ...columnLines(columns, named, roles, timeName),
    ...featureLines(roles, columns, timeName),
    ...endLines(roles),
    '',
  ].join('\n');
  return { yaml, roles, columns };
}

/** A person names columns as the file does. */
function packName(named: readonly NamedColumn[], name: string): string {
  return named.find(({ header }) => header === name)?.name ?? name;
}

function domainName(domain: string): string {
  const name = domain
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name || 'mydomain';
}

function timeNameOf({ time }: Roles, columns: readonly ColumnProfile[]): string | null {
  if (time === null) return null;
  if (time.columns.length === 1) return time.columns[0]!.name;
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  return (
    ['happened_at', 'happened_at_2', 'happened_at_3'].find((name) => !taken.has(name)) ?? 'happened_at_4'
  );
}

function recordLines({ id, time, entity, label }: Roles, timeName: string | null): string[] {
  const line = (key: string, value: string | null, why: string, none: string) =>
    value === null ? `  # ${key}: ${none}` : `  ${key}: ${value} # ${why}`;
  const name = (column: ColumnProfile | null) => (column === null ? null : yamlText(column.name));
  const times = time?.kind === 'steps' ? 'a count of steps or seconds, not a date' : 'when it happened';
  return [
    '',
    (id ?? time ?? entity ?? label) === null ? '# record:' : 'record:',
    line(
      'id',
      name(id),
      uniqueWords(id),
      'no column is one of its own for every row: a record is known by its content',
    ),
    line(
      'time',
      timeName === null ? null : yamlText(timeName),
      times,
      'no date or time in every row was found: no windows, and training and test are not apart in time',
    ),
    line(
      'entity',
      name(entity),
      entityWords(entity),
      'no account, person or machine that comes again was found: no windows of its past. Name one here, with windows: { month: 30 days }',
    ),
    label === null
      ? '  # label: no column that says what was found (yes and no, 1 and 0, or words for it): such a pack can score, but not train'
      : `  label: ${labelText(label)} # ${labelWords(label)}`,
  ];
}

function uniqueWords(id: ColumnProfile | null): string {
  if (id === null || id.distinct === id.filled) return 'every row has its own';
  return `${(id.filled - id.distinct).toLocaleString('en')} of ${id.filled.toLocaleString('en')} rows repeat one: the first is read, the others are rejected`;
}

function entityWords(entity: ColumnProfile | null): string {
  return entity !== null && entity.distinct === entity.filled
    ? 'whose past a record is measured against; here each comes once'
    : 'whose past a record is measured against';
}

type Label = NonNullable<Roles['label']>;

function labelText({ column, values }: Label): string {
  if (values === null) return yamlText(column.name);
  const { positive, negative, unlabelled } = values;
  return yamlMap({
    of: yamlText(column.name),
    positive: yamlList(positive),
    negative: yamlList(negative),
    unlabelled: unlabelled.length === 0 ? null : yamlList(unlabelled),
  });
}

function labelWords({ column, values }: Label): string {
  const share =
    column.positiveShare === null
      ? ''
      : `; ${(column.positiveShare * 100).toPrecision(2)} % of it is positive`;
  if (values === null) return `what a model learns to predict${share}`;
  return values.isSure
    ? 'what a model learns to predict'
    : 'what a model learns to predict. CHECK which values are positive: nothing but their number says so';
}

function columnLines(
  columns: readonly ColumnProfile[],
  named: readonly NamedColumn[],
  roles: Roles,
  timeName: string | null,
): string[] {
  const joined = (roles.time?.columns.length ?? 0) > 1 ? roles.time! : null;
  const lines = columns.map((column, at) => {
    if (joined?.columns.includes(column))
      return `  # ${JSON.stringify(named[at]!.header)} is part of ${timeName}`;
    if (named[at]!.header.trim() === '' && column.filled === 0)
      return `  # column ${at + 1} has neither a name nor a value`;
    const comment = commentOf(column, roles);
    return `  ${yamlText(column.name)}: ${columnText(column, named[at]!, roles)}${comment === '' ? '' : ` # ${comment}`}`;
  });
  if (joined !== null) {
    const headers = joined.columns.map((column) => named[column.position - 1]!.header);
    lines.push(
      `  ${timeName}: ${yamlMap({ type: joined.kind, from: yamlList(headers), format: JSON.stringify(joined.format) })}`,
    );
  }
  return ['', 'columns:', ...lines];
}

function columnText(column: ColumnProfile, { header, position, name }: NamedColumn, roles: Roles): string {
  const { id, entity, second, outcomes, personal } = roles;
  const isKey = column === id || column === entity || column === second;
  const isBinary = column === roles.label?.column && roles.label.values === null;
  const type = isKey ? 'string' : isBinary ? 'boolean' : column.type;
  const { formats = [] } = column.time ?? {};
  const written = isKey ? null : column.notation;
  return yamlMap({
    type: type.includes(',') ? JSON.stringify(type) : type,
    required: column === id ? 'true' : null,
    format:
      formats.length === 0 || isKey
        ? null
        : formats.length === 1
          ? JSON.stringify(formats[0])
          : yamlList(formats),
    notation: written === null ? null : detectedNotation(written),
    yes: type === 'boolean' && column.yes.length > 0 ? yamlList(column.yes) : null,
    no: type === 'boolean' && column.no.length > 0 ? yamlList(column.no) : null,
    missing: column.missing.length > 0 ? yamlList(column.missing) : null,
    pii: personal.has(column) ? 'true' : null,
    outcome: outcomes.has(column) && Object.hasOwn(COLUMN, 'outcome') ? 'true' : null,
    position: position === null ? null : String(position),
    aliases: position === null && name !== header ? yamlList([header]) : null,
  });
}

function commentOf(column: ColumnProfile, roles: Roles): string {
  const parts: string[] = [];
  if (roles.outcomes.has(column))
    parts.push('sounds like an outcome: known only afterwards, so never an input');
  const why = roles.left.get(column);
  if (why !== undefined) parts.push(why);
  const isKey = [roles.id, roles.entity, roles.second].includes(column);
  if (column.time?.rival)
    parts.push(`CHECK the format: ${column.time.rival} reads it as well, as other days`);
  if (!isKey && column.notation !== null && !column.notation.isCertain)
    parts.push('CHECK the notation: another reads it as well, as other amounts');
  if (!isKey && column.misfitCount > 0) {
    const shown = roles.personal.has(column)
      ? ''
      : `, as ${column.misfits
          .slice(0, 3)
          .map(({ text }) => JSON.stringify(text.slice(0, 30)))
          .join(', ')}`;
    parts.push(
      `${column.misfitCount.toLocaleString('en')} of ${column.filled.toLocaleString('en')} are not of this type and are rejected${shown}`,
    );
  }
  return parts.join('; ').replaceAll('\n', ' ');
}

function endLines({ numbers, label, categories, time }: Roles): string[] {
  const [amount] = numbers;
  const column = amount === undefined || /[^a-z0-9_]/.test(amount.name) ? 'amount' : amount.name;
  const capacity = time === null || time.kind === 'steps' ? '' : ', or { policy: capacity, per_day: 50 }';
  return [
    '',
    '# rules:',
    `#   - { id: my_rule, when: "${column} > 10000", because: "A large amount: {${column}}", severity: high }`,
    ...(label === null
      ? []
      : ['', `threshold: { policy: max_f1 } # or { policy: min_recall, recall: 0.9 }${capacity}`]),
    ...(categories.length > 0 ? ['', `segments: [${yamlText(categories[0]!.name)}]`] : []),
  ];
}
