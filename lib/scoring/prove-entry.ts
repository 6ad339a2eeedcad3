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
  return new LogProver(lines, where).prove(wanted);
}

/** Several entries of one log: its tree is built once. */
export class LogProver {
  readonly #lines: readonly string[];
  readonly #where: string;
  readonly #tree = new MemoryTree();
  /** Numbers of the flags' entries, by record. */
  readonly #flags = new Map<string, number>();

  /** `lines` are the whole log; `where` is its name, for messages. */
  constructor(lines: readonly string[], where: string) {
    this.#lines = lines;
    this.#where = where;
    for (const [index, line] of lines.entries()) {
      this.#tree.append(leafOf(line));
      const record = flaggedRecord(line);
      if (record !== null && !this.#flags.has(record)) this.#flags.set(record, index);
    }
  }

  prove(wanted: WantedEntry): ProvenLine {
    const index = 'entry' in wanted ? wanted.entry : (this.#flags.get(wanted.record) ?? -1);
    const line = this.#lines[index];
    if (line === undefined) {
      const what = 'entry' in wanted ? `entry ${wanted.entry}` : `flag of the record ${wanted.record}`;
      throw new InputError(`${this.#where} has no ${what}`);
    }
    return { line, index, hashes: proveInclusion(index, this.#lines.length, this.#tree.node) };
  }
}

function flaggedRecord(line: string): string | null {
  if (!line.includes('"event":"flagged"')) return null;
  const { entry } = parseEntry(line);
  return entry?.event === 'flagged' ? String(entry.data.record_id) : null;
}
