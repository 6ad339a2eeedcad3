/**
 * The files of a run, by the names that a run can have. Whatever else a log or a seal names is never opened: a name from an untrusted
 * file is only ever looked up in this list. Links, devices and pipes are never followed, not even under the right name.
 */
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ByteLine, splitLines } from '../audit/byte-lines.ts';
import { openRegular } from '../audit/regular-file.ts';
import type { Findings } from './finding.ts';

/** What the log of every run vouches for. */
export const SEALED_ALWAYS = [
  'decisions.parquet',
  'explanations.jsonl',
  'flagged_risks.csv',
  'model/card.json',
  'model/model.onnx',
  'records.parquet',
  'rejects.csv',
] as const;
/** From format 2 on. */
export const SEALED_SINCE_2 = ['rule_hits.csv', 'summary.json'] as const;
/** Not of every run: no report is drawn of a recorded request, and the first drop has no past. */
export const SEALED_IF_THERE = ['past.txt', 'report.html', 'report.json'] as const;
const UNSEALED = ['audit.jsonl', 'checkpoint', 'seal.json'] as const;
/** Earlier drops' records beside a run that was fetched from a stack: read by a replay, vouched for by their own runs. */
export const HISTORY = 'history.parquet';

export type RunFileName =
  | (typeof SEALED_ALWAYS)[number]
  | (typeof SEALED_SINCE_2)[number]
  | (typeof SEALED_IF_THERE)[number]
  | (typeof UNSEALED)[number]
  | typeof HISTORY;

const NAMES: ReadonlySet<string> = new Set([
  ...SEALED_ALWAYS,
  ...SEALED_SINCE_2,
  ...SEALED_IF_THERE,
  ...UNSEALED,
  HISTORY,
]);

export function isRunFile(name: string): name is RunFileName {
  return NAMES.has(name);
}

/** A file may hold a terabyte of nothing: beyond this it is not read. */
const MAX_BYTES = 64 * 2 ** 30;
const MAX_JSON_BYTES = 256 * 2 ** 20;

export class RunFiles {
  readonly folder: string;
  readonly #bytes: ReadonlyMap<string, number>;

  private constructor(folder: string, bytes: ReadonlyMap<string, number>) {
    this.folder = folder;
    this.#bytes = bytes;
  }

  /** Lists the folder; what is no plain file of a run is a finding. */
  static async list(folder: string, findings: Findings): Promise<RunFiles> {
    const bytes = new Map<string, number>();
    for (const entry of await readSorted(folder)) {
      if (entry.name !== 'model' || !entry.isDirectory()) {
        await addEntry(folder, entry.name, entry, { bytes, findings });
        continue;
      }
      for (const inner of await readSorted(join(folder, 'model')))
        await addEntry(folder, `model/${inner.name}`, inner, { bytes, findings });
    }
    return new RunFiles(folder, bytes);
  }

  has(name: RunFileName): boolean {
    return this.#bytes.has(name);
  }

  get count(): number {
    return this.#bytes.size;
  }

  path(name: RunFileName): string {
    return join(this.folder, name);
  }

  /** In hex; only of a file that is there. */
  async hash(name: RunFileName): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(await this.#stream(name), hash);
    return hash.digest('hex');
  }

  /** At most so many; of a larger file nothing. */
  async bytes(name: RunFileName, max: number): Promise<Uint8Array | undefined> {
    if (this.#bytes.get(name)! > max) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#stream(name)) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  }

  async *lines(name: RunFileName): AsyncGenerator<ByteLine> {
    yield* splitLines(await this.#stream(name));
  }

  /** Undefined, with a finding, where it is too large or not UTF-8. */
  async text(name: RunFileName, findings: Findings): Promise<string | undefined> {
    const bytes = await this.bytes(name, MAX_JSON_BYTES);
    if (bytes === undefined) {
      findings.add('oversized', name, `${this.#bytes.get(name)} bytes; at most ${MAX_JSON_BYTES} are read`);
      return undefined;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      findings.add('malformed', name, 'not UTF-8 text');
      return undefined;
    }
  }

  async #stream(name: RunFileName) {
    return (await openRegular(this.path(name))).createReadStream();
  }
}

async function readSorted(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface Listing {
  readonly bytes: Map<string, number>;
  readonly findings: Findings;
}

async function addEntry(folder: string, name: string, entry: Dirent, { bytes, findings }: Listing) {
  const known = isRunFile(name) || name === 'model';
  if (!entry.isFile() && (known || !entry.isDirectory())) {
    findings.add('unsafe', name, `${kindOf(entry)}, not a file: it is not opened`);
  } else if (!known) {
    const what = entry.isDirectory() ? 'a folder' : 'a file';
    findings.add('extra', name, `${what} that no run has: the log does not vouch for it`);
  } else {
    const { size } = await lstat(join(folder, name));
    if (size <= MAX_BYTES) bytes.set(name, size);
    else findings.add('oversized', name, `${size} bytes; at most ${MAX_BYTES} are read`);
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isDirectory()) return 'a folder';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isSocket() ? 'a socket' : 'a device';
}
