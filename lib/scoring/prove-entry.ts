/** The proof of one entry of a run's log, out of the run's folder: a flag, or any other by its number. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseEntry } from '../audit/audit-entry.ts';
import { splitLines } from '../audit/byte-lines.ts';
import { formatEntryProof, type ProvenLine } from '../audit/entry-proof.ts';
import { leafOf } from '../audit/log-tree.ts';
import { InputError } from '../errors.ts';
import { MemoryTree } from '../tlog/memory-tree.ts';
import { proveInclusion } from '../tlog/merkle.ts';
import { exists, openRunFolder } from './run-folder.ts';

/** Which entry is meant: the flag of a record, or the one with a number. */
export type WantedEntry = { readonly record: string } | { readonly entry: number };

/** Throws an InputError where the run is not signed, or has no such entry. */
export async function proveEntryOfRun(folder: string, wanted: WantedEntry): Promise<string> {
  const run = await openRunFolder(folder);
  if (!(await exists(run.checkpoint)))
    throw new InputError(
      `${folder} is not signed: there is no checkpoint to prove anything by (score --sign-key)`,
    );
  const checkpoint = await readFile(run.checkpoint, 'utf8');
  const lines = await Array.fromAsync(splitLines(createReadStream(run.audit)), ({ text }) => text ?? '');
  return formatEntryProof(proveLine(lines, wanted, run.audit), checkpoint);
}

/** `lines` are the whole log; `where` is its name, for messages. */
export function proveLine(lines: readonly string[], wanted: WantedEntry, where: string): ProvenLine {
  const index = 'entry' in wanted ? wanted.entry : lines.findIndex((line) => isFlagOf(line, wanted.record));
  const line = lines[index];
  if (line === undefined) {
    const what = 'entry' in wanted ? `entry ${wanted.entry}` : `flag of the record ${wanted.record}`;
    throw new InputError(`${where} has no ${what}`);
  }
  const tree = new MemoryTree();
  for (const one of lines) tree.append(leafOf(one));
  return { line, index, hashes: proveInclusion(index, lines.length, tree.node) };
}

function isFlagOf(line: string, record: string): boolean {
  if (!line.includes('"event":"flagged"')) return false;
  const { entry } = parseEntry(line);
  return entry?.event === 'flagged' && entry.data.record_id === record;
}
