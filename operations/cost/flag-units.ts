/**
 * What a flag costs to store: DynamoDB charges the item, and its copy in each index that it appears in, by kilobytes begun. Sizes of
 * attributes are measured on real flags; which of them an index holds is read from the template.
 */

export interface TableProperties {
  readonly KeySchema: readonly Key[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

interface Key {
  readonly AttributeName: string;
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly Key[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

/** Bytes of each attribute, its name included. */
export type AttributeBytes = Readonly<Record<string, number>>;

/** An item is charged 100 bytes of its own in an index’s storage, and none for its writes. */
const UNIT_BYTES = 1024;

/** As DynamoDB counts: names and texts in UTF-8, a number by its digits, three bytes and one an entry for what holds others. */
export function attributeBytes(item: Readonly<Record<string, unknown>>): AttributeBytes {
  return Object.fromEntries(
    Object.entries(item)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Buffer.byteLength(name) + valueBytes(value)]),
  );
}

function valueBytes(value: unknown): number {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 1;
  if (Array.isArray(value)) return 3 + value.reduce((sum: number, one) => sum + 1 + valueBytes(one), 0);
  const inner = attributeBytes(value as Record<string, unknown>);
  return 3 + Object.values(inner).reduce((sum, bytes) => sum + 1 + bytes, 0);
}

export interface FlagUnits {
  readonly item: number;
  /** By index: those that a flag which is not reviewed appears in. */
  readonly indexes: Readonly<Record<string, number>>;
  readonly total: number;
}

/** Write units of a flag, on average over `flags`. */
export function flagUnits(flags: readonly AttributeBytes[], table: TableProperties): FlagUnits {
  const mean = (unitsOf: (flag: AttributeBytes) => number): number =>
    flags.reduce((sum, flag) => sum + unitsOf(flag), 0) / flags.length;
  const item = mean((flag) => units(Object.values(flag)));
  const indexes = Object.fromEntries(
    (table.GlobalSecondaryIndexes ?? [])
      .map((index) => [index.IndexName, mean((flag) => indexUnits(flag, index, table))] as const)
      .filter(([, written]) => written > 0),
  );
  return { item, indexes, total: Object.values(indexes).reduce((sum, one) => sum + one, item) };
}

function indexUnits(flag: AttributeBytes, { KeySchema, Projection }: Index, table: TableProperties): number {
  const keys = KeySchema.map((key) => key.AttributeName);
  if (keys.some((key) => flag[key] === undefined)) return 0;
  if (Projection.ProjectionType === 'ALL') return units(Object.values(flag));
  const own = table.KeySchema.map((key) => key.AttributeName);
  const held = new Set([...keys, ...own, ...(Projection.NonKeyAttributes ?? [])]);
  return units([...held].map((name) => flag[name] ?? 0));
}

const units = (bytes: readonly number[]): number =>
  Math.ceil(bytes.reduce((sum, one) => sum + one, 0) / UNIT_BYTES);
