/** Scores that Python gave by a model, held against those of its ONNX file: the same to 1e-5, or the file is not that model. */
import { quoteIdentifier, quotePath, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';

export interface ForeignScores {
  /** The file's name, for messages. */
  readonly name: string;
  readonly byId: ReadonlyMap<string, number>;
}

export interface ScoredRow {
  readonly id: string;
  readonly score: number;
  /** A column that the trees split on is missing in it. */
  readonly hasMissing: boolean;
}

const TOLERANCE = 1e-5;
const MAX_SHOWN = 10;

/** `record_id,score`, as CSV. Throws an InputError that names the line where one is no score. */
export async function readForeignScores(
  session: Session,
  path: string,
  name: string,
): Promise<ForeignScores> {
  const table = `read_csv(${quotePath(path)}, header = true, all_varchar = true, delim = ',', quote = '"')`;
  const rows = await session
    .rows<{ id: string | null; score: string | null }>(
      `SELECT ${quoteIdentifier('record_id')} AS id, ${quoteIdentifier('score')} AS score FROM ${table}`,
    )
    .catch((cause: unknown) => {
      throw new InputError(
        `${name}: cannot be read as scores (${(cause as Error).message.split('\n')[0]}); expected a CSV with the columns record_id and score`,
        { cause },
      );
    });
  const byId = new Map<string, number>();
  rows.forEach(({ id, score }, index) => {
    const where = `${name}, line ${index + 2}`;
    const value = score === null || score.trim() === '' ? Number.NaN : Number(score);
    if (id === null) throw new InputError(`${where}: record_id is missing`);
    if (!Number.isFinite(value))
      throw new InputError(`${where}: score: found ${JSON.stringify(score)}, expected a number`);
    if (byId.has(id)) throw new InputError(`${where}: found the record_id ${id} a second time`);
    byId.set(id, value);
  });
  return { name, byId };
}

/** How many were compared. Throws an InputError that names rows which differ, and why they may. */
export function compareScores({ name, byId }: ForeignScores, rows: readonly ScoredRow[]): number {
  const compared = rows.flatMap((row) => {
    const theirs = byId.get(row.id);
    return theirs === undefined ? [] : [{ ...row, theirs, off: Math.abs(row.score - theirs) }];
  });
  if (compared.length === 0)
    throw new InputError(
      `${name}: none of its ${byId.size} record ids is in the training or the held-out part; expected scores of assay features' rows`,
    );
  const differing = compared.filter(({ off }) => !(off <= TOLERANCE));
  if (differing.length === 0) return compared.length;
  const worst = differing.toSorted((a, b) => b.off - a.off);
  const shown = worst
    .slice(0, MAX_SHOWN)
    .map(({ id, theirs, score }) => `  ${id}: ${theirs} in ${name}, ${score} by the ONNX file`);
  const more = differing.length > MAX_SHOWN ? [`  and ${differing.length - MAX_SHOWN} more`] : [];
  throw new InputError(
    [
      `${name}: ${differing.length} of ${compared.length} scores differ from the ONNX file's by more than ${TOLERANCE}: it is not the model that gave them${causeOf(differing)}`,
      ...shown,
      ...more,
    ].join('\n'),
  );
}

function causeOf(differing: readonly (ScoredRow & { readonly theirs: number })[]): string {
  if (differing.every(({ score, theirs }) => Math.abs(1 - score - theirs) <= TOLERANCE))
    return ". They are one minus the file's: the positive class is the other one (--positive)";
  const lacking = differing.filter(({ hasMissing }) => hasMissing).length;
  return lacking === 0
    ? ''
    : `. ${lacking} of these rows lack a value that the trees split on: converters may forget where missing values go`;
}
