/** Learns from the features of training rows what turns any record into a row of inputs. */

import type { Session } from '../engine/session.ts';
import type { Category, Encoding, Pack } from '../packs/pack.ts';
import type { Features } from './feature-tables.ts';
import * as names from './feature-tables.ts';
import type { FittedInputs, LearnedEncoding, ModelInput } from './model-input.ts';

/** `where` is SQL over the features: the training rows; history is never among them. */
export async function fitInputs(features: Features, pack: Pack, where = 'true'): Promise<FittedInputs> {
  const { session } = features;
  const rows = `(SELECT * FROM ${features} WHERE NOT history AND (${where}))`;
  const inputs: ModelInput[] = await featureInputs(session, pack, rows);
  for (const [index, category] of pack.categories.entries()) {
    inputs.push(...(await categoryInputs(session, category, names.categoryColumn(index), rows)));
  }
  const encodings: LearnedEncoding[] = [];
  for (const [index, encoding] of pack.encodings.entries()) {
    encodings.push(await learnEncoding(session, encoding, names.encodingKeyColumn(index), rows));
    inputs.push({ name: encoding.name, kind: 'encoding', source: encoding.name });
  }
  return { inputs: withUniqueNames(inputs), encodings };
}

async function featureInputs(session: Session, pack: Pack, rows: string): Promise<ModelInput[]> {
  const medians = pack.features.flatMap(({ impute }, index) =>
    impute === 'median' ? [`median(${names.featureColumn(index)}) AS m_${index}`] : [],
  );
  const learned =
    medians.length === 0
      ? {}
      : await session.row<Record<string, number | null>>(`SELECT ${medians.join(', ')} FROM ${rows}`);
  return pack.features.map(({ name, impute, monotone }, index) => {
    const input = { name, kind: 'feature', source: name, ...(monotone && { monotone }) } as const;
    const value = impute === 'median' ? (learned[`m_${index}`] ?? null) : impute;
    return value === null ? input : { ...input, impute: Math.fround(value) };
  });
}

/** The most frequent values, ties by value; then "other", then "missing". */
async function categoryInputs(
  session: Session,
  category: Category,
  column: string,
  rows: string,
): Promise<ModelInput[]> {
  const kept = await session.rows<{ value: string }>(`SELECT ${column} AS value FROM ${rows}
    WHERE ${column} IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT ${category.keep}`);
  const source = category.column;
  const input = { kind: 'category', source } as const;
  return [
    ...kept.map(({ value }) => ({ ...input, name: `${source}=${value}`, value })),
    { ...input, name: `${source}=other`, value: null },
    { ...input, name: `${source}=missing` },
  ];
}

async function learnEncoding(
  session: Session,
  encoding: Encoding,
  column: string,
  rows: string,
): Promise<LearnedEncoding> {
  const known = `${rows} WHERE label IS NOT NULL`;
  const counts = await session.rows<{ value: string; labelled: number; positives: number }>(
    `SELECT ${column} AS value, count(*)::DOUBLE AS labelled, sum(label)::DOUBLE AS positives
    FROM ${known} AND ${column} IS NOT NULL GROUP BY value ORDER BY value`,
  );
  const { prior } = await session.row<{ prior: number | null }>(`SELECT avg(label) AS prior FROM ${known}`);
  return {
    name: encoding.name,
    prior: prior ?? 0,
    smoothing: encoding.smoothing,
    counts: Object.fromEntries(
      counts.map(({ value, labelled, positives }) => [value, [labelled, positives]]),
    ),
  };
}

/**
 * A value that reads `other`, values that differ by case alone, or a column whose name holds "=" may give a name twice: the later one is
 * numbered. In the matrix as a file names are columns, which differ by more than case.
 */
function withUniqueNames(inputs: readonly ModelInput[]): ModelInput[] {
  const taken = new Set<string>();
  return inputs.map((input) => {
    let name = input.name;
    for (let next = 2; taken.has(name.toLowerCase()); next++) name = `${input.name} (${next})`;
    taken.add(name.toLowerCase());
    return { ...input, name };
  });
}
