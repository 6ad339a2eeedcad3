/** Everything stored on a subject as a folder: subject.json with all of it, and a CSV for each kind of thing. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLine } from '../decisions/safe-csv.ts';
import { InputError } from '../errors.ts';
import { exists } from '../scoring/run-folder.ts';

type Document = Readonly<Record<string, unknown>>;

export interface SubjectExport {
  readonly format: 'assay-subject/1';
  readonly domain: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly exported_at: string;
  /** Where it was looked: runs, or drops with the file that each came as. */
  readonly sources: readonly Document[];
  /** What was found, by kind; each item of a run or drop says which (`source`). */
  readonly found: Readonly<Record<string, readonly Document[]>>;
}

/** How many of each kind. */
export function countFound({ found }: Pick<SubjectExport, 'found'>): Record<string, number> {
  return Object.fromEntries(Object.entries(found).map(([kind, items]) => [kind, items.length]));
}

/** Throws an InputError where the folder has an export already. */
export async function writeSubject(folder: string, subject: SubjectExport): Promise<void> {
  const file = join(folder, 'subject.json');
  if (await exists(file))
    throw new InputError(`${folder} already holds an export, which is not overwritten: name another --out`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [kind, items] of Object.entries(subject.found))
    if (items.length > 0) await writeFile(join(folder, `${kind}.csv`), tableOf(items), { mode: 0o600 });
  await writeFile(file, `${JSON.stringify(subject, null, 2)}\n`, { mode: 0o600 });
}

/** Every key that any of them has is a column; what is not a plain value stands as JSON. */
function tableOf(items: readonly Document[]): string {
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const lines = items.map((item) => csvLine(columns.map((column) => cellOf(item[column]))));
  return `${csvLine(columns)}${lines.join('')}`;
}

function cellOf(value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}
