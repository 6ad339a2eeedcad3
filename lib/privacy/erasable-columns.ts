/**
 * Which columns of a pack are sealed and which hold subjects, where its records are to be erasable. What a decision is made of must
 * not be among them: a pack that looks into such a column is refused, since its features would silently be others.
 */
import { InputError } from '../errors.ts';
import { planFeatures } from '../features/feature-plan.ts';
import type { Piece } from '../packs/expression.ts';
import type { Column, Pack } from '../packs/pack.ts';
import { templateNames } from '../packs/template.ts';

export interface ErasableColumns {
  /** Hold a subject's id, in stores its pseudonym: the entity, personal keys of windows, and what the register names. */
  readonly subjects: readonly string[];
  /** Empty in stores: personal columns and those of the record id, which lie in the sealed field. */
  readonly sealed: readonly string[];
}

/** Throws an InputError with everything that stands in the way. */
export function erasableColumns(pack: Pack, registered: readonly string[]): ErasableColumns {
  const { record, windows, columns } = pack;
  if (record.entity === null)
    throw new InputError(
      `the pack of ${pack.domain} names no entity, so that its records belong to no subject`,
    );
  const keys = new Set(windows.flatMap(({ by }) => by));
  const personalKeys = columns.filter(({ name, pii }) => pii && keys.has(name)).map(({ name }) => name);
  const subjects = [...new Set([record.entity, ...personalKeys, ...registered])];
  const sealed = columns
    .filter(({ name, pii, derivedFrom }) => {
      const isPersonal = pii || columns.some((from) => from.name === derivedFrom && from.pii);
      return (isPersonal || record.id.includes(name)) && !subjects.includes(name);
    })
    .map(({ name }) => name);
  const problems = [
    ...subjects.flatMap((name) => subjectProblems(pack, name)),
    ...useProblems(pack, { subjects, sealed }),
  ];
  if (problems.length === 0) return { subjects, sealed };
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  throw new InputError(`the records of ${pack.domain} cannot be made erasable with this pack:${list}`);
}

function subjectProblems({ columns, record }: Pack, name: string): string[] {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return [`the keys name a column ${name}, which the pack does not have`];
  const problems: string[] = [];
  if (!isPlainText(column))
    problems.push(`${name} holds subjects and is no plain text: expected type string without codes`);
  if (name === record.entity && !column.required)
    problems.push(
      `${name} may be missing: expected required: true, as a record of no subject cannot be erased`,
    );
  if (name !== record.entity && record.id.includes(name))
    problems.push(`${name} holds subjects and is part of the record id: expected the entity alone there`);
  return problems;
}

function isPlainText({ type, codes }: Column): boolean {
  return type.kind === 'string' && codes === null;
}

/** Where a decision or a sentence is made of what will not be there. */
function useProblems(pack: Pack, { subjects, sealed }: ErasableColumns): string[] {
  const problems: string[] = [];
  const isHidden = (name: string) => subjects.includes(name) || sealed.includes(name);
  const why = (name: string) => (sealed.includes(name) ? 'which is sealed' : 'whose values are pseudonyms');
  for (const { key, pieces } of planFeatures(pack, true).values)
    for (const { name, isCounted } of looksAt(pieces))
      if (sealed.includes(name) || (subjects.includes(name) && !isCounted))
        problems.push(`${key} looks at ${name}, ${why(name)}`);
  for (const { name, by } of pack.windows)
    for (const column of by.filter((one) => sealed.includes(one)))
      problems.push(`the window ${name} is by ${column}, ${why(column)}`);
  const { record, categories, encodings, segments } = pack;
  if (record.time !== null && sealed.includes(record.time))
    problems.push(`the time of records is ${record.time}, ${why(record.time)}`);
  if (record.label !== null && sealed.includes(record.label))
    problems.push(`the label is ${record.label}, ${why(record.label)}`);
  for (const { column } of categories)
    if (isHidden(column)) problems.push(`categories has ${column}, ${why(column)}`);
  for (const { name, of } of encodings)
    for (const column of of.filter(isHidden))
      problems.push(`encodings.${name} is of ${column}, ${why(column)}`);
  for (const column of segments.filter(isHidden)) problems.push(`segments has ${column}, ${why(column)}`);
  for (const [key, template] of templatesOf(pack))
    for (const name of templateNames(template).filter((one) => sealed.includes(one)))
      problems.push(`${key} shows ${name}, ${why(name)}`);
  return [...new Set(problems)];
}

/** `count(distinct x)` is the same of pseudonyms: equal values stay equal, others stay others. */
function* looksAt(
  pieces: readonly Piece[],
): Generator<{ readonly name: string; readonly isCounted: boolean }> {
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    if (piece.kind !== 'window') {
      if (piece.kind === 'column') yield { name: piece.name, isCounted: false };
    } else {
      const [only, ...others] = piece.argument ?? [];
      if (piece.distinct && others.length === 0 && typeof only === 'object' && only.kind === 'column')
        yield { name: only.name, isCounted: true };
      else yield* looksAt(piece.argument ?? []);
      yield* looksAt(piece.filter ?? []);
    }
  }
}

function templatesOf({ features, categories, encodings, rules }: Pack): (readonly [string, string])[] {
  const sentences = [
    ...features.map(({ name, words }) => [`features.${name}.words`, words] as const),
    ...categories.map(({ column, words }) => [`categories.${column}.words`, words] as const),
    ...encodings.map(({ name, words }) => [`encodings.${name}.words`, words] as const),
    ...rules.map(({ id, because }) => [`rules.${id}.because`, because] as const),
  ];
  return sentences.flatMap(([key, words]) => (words === null ? [] : [[key, words] as const]));
}
