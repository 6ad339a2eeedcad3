/**
 * Puts every expression of a plan to DuckDB against an empty record, for its SQL and type. What does not bind is reported with the
 * pack's own names.
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { Piece, WindowUse } from '../packs/expression.ts';
import { labelValueSql } from '../packs/label-values.ts';
import type { Pack } from '../packs/pack.ts';
import {
  type FeaturePlan,
  type PlannedValue,
  planFeatures,
  windowIndex,
  windowUses,
} from './feature-plan.ts';
import { type WindowSql, windowSql } from './window-sql.ts';

export interface BoundPlan {
  readonly plan: FeaturePlan;
  /** Beside `plan.values`: SQL over k_<i> (columns), x_<i> (features) and w_<i> (windows). */
  readonly values: readonly BoundValue[];
  /** Beside `plan.windows`. */
  readonly windows: readonly WindowSql[];
  readonly problems: readonly BindProblem[];
}

export interface BoundValue {
  readonly planned: PlannedValue;
  readonly sql: string;
  /** Yes or no in the pack, 1 or 0 in the model. */
  readonly isBoolean: boolean;
}

export interface BindProblem {
  readonly line: number;
  readonly message: string;
}

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*|"?NULL"?)$/;

class BindError extends Error {}

/** A pack is bound once: the answers are the same in every session, and asking takes as long as scoring a few records. */
const bound = new WeakMap<Pack, Map<boolean, BoundPlan>>();

/** `withUsual`: whether what is usual for the entity is wanted too. */
export async function bindPack(session: Session, pack: Pack, withUsual: boolean): Promise<BoundPlan> {
  const known = bound.get(pack)?.get(withUsual);
  if (known !== undefined) return known;
  const plan = await bindPlan(session, planFeatures(pack, withUsual));
  bound.set(pack, new Map(bound.get(pack)).set(withUsual, plan));
  return plan;
}

/**
 * What is wrong with a pack's expressions, and also with what a record's own TRY would turn into a missing value for each and every
 * record, as amount = 'high' of a number.
 */
export async function bindProblems(session: Session, pack: Pack): Promise<readonly BindProblem[]> {
  return (await bindPlan(session, planFeatures(pack, true), true)).problems;
}

async function bindPlan(session: Session, plan: FeaturePlan, evaluates = false): Promise<BoundPlan> {
  const binder = new Binder(session, plan, evaluates);
  const values: BoundValue[] = [];
  const problems: BindProblem[] = [];
  for (const planned of plan.values) {
    try {
      values.push(await binder.bind(planned));
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      problems.push({ line: planned.line, message: `${planned.key}: ${error.message} (in ${planned.text})` });
    }
  }
  return { plan, values, windows: binder.windows, problems };
}

class Binder {
  readonly windows: WindowSql[] = [];
  readonly #session: Session;
  readonly #plan: FeaturePlan;
  readonly #evaluates: boolean;
  readonly #featureTypes = new Map<string, string>();

  constructor(session: Session, plan: FeaturePlan, evaluates: boolean) {
    this.#session = session;
    this.#plan = plan;
    this.#evaluates = evaluates;
    // Until it is bound, and where it cannot be, a feature is a number to those that refer to it.
    for (const { name } of plan.pack.features) this.#featureTypes.set(name, 'DOUBLE');
  }

  async bind(planned: PlannedValue): Promise<BoundValue> {
    for (const use of windowUses(planned.pieces)) await this.#bindWindow(use);
    const type = await this.#typeOf(planned.pieces);
    const isBoolean = type === 'BOOLEAN';
    if (planned.kind === 'rule' && !isBoolean && !NUMERIC.test(type)) {
      throw new BindError(`is of type ${type}, expected a condition, true or false`);
    }
    if (planned.kind !== 'rule' && !isBoolean && !NUMERIC.test(type)) throw new BindError(notANumber(type));
    const name = this.#plan.pack.features[planned.index]?.name;
    if (planned.kind === 'feature' && name !== undefined)
      this.#featureTypes.set(name, isBoolean ? 'INTEGER' : type);
    const sql = `TRY(${this.#render(planned.pieces)})`;
    return {
      planned,
      isBoolean,
      sql: isBoolean && planned.kind !== 'rule' ? `CAST(${sql} AS INTEGER)` : sql,
    };
  }

  async #bindWindow(use: WindowUse): Promise<void> {
    const index = windowIndex(this.#plan, use);
    if (this.windows[index] !== undefined) return;
    const type = use.argument === null ? 'INTEGER' : await this.#typeOf(use.argument);
    if (use.filter !== null) {
      const filterType = await this.#typeOf(use.filter);
      if (filterType !== 'BOOLEAN')
        throw new BindError(`filter (where …) is of type ${filterType}, expected true or false`);
    }
    const sums = use.call === 'sum' || use.call === 'avg' || use.call === 'stddev';
    if (sums && type !== 'BOOLEAN' && !NUMERIC.test(type)) {
      throw new BindError(`${use.call}(…) of type ${type}, expected a number${temporalHint(type)}`);
    }
    const argument = use.argument === null ? null : tried(this.#render(use.argument));
    this.windows[index] = windowSql(use, argument, type, this.#condition(use));
  }

  /** Of an aggregate that looks at labels, only labelled records are part. */
  #condition(use: WindowUse): string | null {
    const { label } = this.#plan.pack.record;
    const parts = use.filter === null ? [] : [`TRY(${this.#render(use.filter)})`];
    if (use.usesLabel && label !== null) parts.push(`${this.#columnSql(label)} IS NOT NULL`);
    return parts.length === 0 ? null : parts.join(' AND ');
  }

  /** Asked with the pack's names, so that DuckDB's answer speaks in them. */
  async #typeOf(pieces: readonly Piece[]): Promise<string> {
    const nulls = new Map<string, string>();
    const asNull = (name: string, type: string) => {
      const quoted = quoteIdentifier(name);
      nulls.set(quoted, `CAST(NULL AS ${type}) AS ${quoted}`);
      return quoted;
    };
    const sql = pieces.map((piece) => {
      if (typeof piece === 'string') return piece;
      if (piece.kind === 'window') {
        const index = windowIndex(this.#plan, piece);
        return asNull(`${piece.call} over ${piece.window}, window ${index + 1}`, this.windows[index]!.type);
      }
      return asNull(
        piece.name,
        piece.kind === 'column' ? this.#columnType(piece.name) : this.#featureTypes.get(piece.name)!,
      );
    });
    const from = nulls.size === 0 ? '' : ` FROM (SELECT ${[...nulls.values()].join(', ')})`;
    try {
      const row = await this.#session.row<{ column_type: string }>(
        `DESCRIBE SELECT TRY(${sql.join(' ')}) AS value${from}`,
      );
      // Of an empty record nothing can fail but what fails for all.
      if (this.#evaluates) await this.#session.run(`SELECT ${sql.join(' ')} AS value${from}`);
      return row.column_type;
    } catch (error) {
      throw new BindError(plainMessage(error));
    }
  }

  #render(pieces: readonly Piece[]): string {
    return pieces
      .map((piece) => {
        if (typeof piece === 'string') return piece;
        if (piece.kind === 'window') return `w_${windowIndex(this.#plan, piece)}`;
        return piece.kind === 'column' ? this.#columnSql(piece.name) : this.#featureName(piece.name);
      })
      .join(' ');
  }

  /** The label is what it means, whatever its column holds. */
  #columnSql(name: string): string {
    const { pack } = this.#plan;
    const column = `k_${pack.columns.findIndex((column) => column.name === name)}`;
    return name === pack.record.label ? `(${labelValueSql(pack, column)})` : column;
  }

  #featureName(name: string): string {
    return `x_${this.#plan.pack.features.findIndex((feature) => feature.name === name)}`;
  }

  #columnType(name: string): string {
    const { record, columns } = this.#plan.pack;
    if (name === record.label && record.labelValues !== null) return 'BOOLEAN';
    return sqlTypeOf(columns.find((column) => column.name === name)!.type);
  }
}

/** A column by itself can't fail. */
function tried(sql: string): string {
  return /^\w+$/.test(sql) ? sql : `TRY(${sql})`;
}

function notANumber(type: string): string {
  const category = type === 'VARCHAR' ? '; a text goes under categories' : temporalHint(type);
  return `is of type ${type}, expected a number or true/false${category}`;
}

function temporalHint(type: string): string {
  return /^(DATE|TIMESTAMP|INTERVAL|TIME)/.test(type) ? ': epoch(…) gives seconds' : '';
}

/** DuckDB's message without its kind, its list of candidates and its drawing of the query. */
function plainMessage(error: unknown): string {
  const [first] = String((error as Error).message).split('\n');
  const message = first!.replace(/^(\w+ )+Error: /, '');
  return message
    .replace(/ You might need to add explicit type casts\.$/, '')
    .replace(' at or near "AS"', ' at the end')
    .replace(' at or near ")"', ' at the end');
}
