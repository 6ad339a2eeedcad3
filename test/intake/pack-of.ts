/** Packs and columns made by hand, with everything that a test doesn't name at its default. */
import type { Column, ColumnType, Pack, RecordKeys } from '../../lib/packs/pack.ts';

export function columnOf(name: string, type: ColumnType['kind'], rest: Partial<Column> = {}): Column {
  return {
    name,
    type: typeOf(type),
    codes: null,
    unknown: 'reject',
    money: null,
    derivedFrom: null,
    required: false,
    min: null,
    max: null,
    allowed: null,
    pattern: null,
    pii: false,
    outcome: false,
    missing: [],
    aliases: [],
    position: null,
    notation: null,
    yes: [],
    no: [],
    from: [],
    description: null,
    ...rest,
  };
}

function typeOf(kind: ColumnType['kind']): ColumnType {
  if (kind === 'decimal') return { kind, precision: 18, scale: 2 };
  if (kind === 'date' || kind === 'timestamp') return { kind, formats: [], timezone: null, overlap: null };
  return { kind };
}

const NO_KEYS: RecordKeys = {
  id: [],
  time: null,
  entity: null,
  label: null,
  labelValues: null,
  labelIs: null,
  labelDelay: 0,
};

export function packOf(columns: readonly Column[], record: Partial<RecordKeys> = {}): Pack {
  return {
    domain: 'test',
    version: 1,
    title: 'Test',
    header: null,
    baseCurrency: null,
    record: { ...NO_KEYS, ...record },
    columns,
    parameters: {},
    windows: [],
    features: [],
    categories: [],
    encodings: [],
    rules: [],
    threshold: { policy: 'max_f1' },
    segments: [],
    facts: [],
    acceptance: {
      minLabels: 200,
      minPositives: 20,
      maxLoss: 0.05,
      maxRecallLoss: 0.1,
      maxFlagGrowth: 1.5,
      maxSegmentLoss: 0.05,
      recallFloor: null,
      metric: 'pr_auc',
    },
    review: null,
    source: '',
    hash: '',
  };
}

/** A pack that takes every named column of a header as text. */
export function textPackOf(header: readonly string[]): Pack {
  return packOf(header.filter((name) => name !== '').map((name) => columnOf(name, 'string')));
}
