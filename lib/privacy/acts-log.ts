/**
 * The log of what was done with a folder of keys, as the parts of a domain's log of acts are: lines of one chain, and beside them a
 * seal over all of them. `assay verify <folder>/acts/000000000000.jsonl` checks it.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditAct, type AuditEntry, GENESIS, parseEntry, writeEntry } from '../audit/audit-entry.ts';
import { makeSeal, parseSeal } from '../audit/seal.ts';
import { InputError } from '../errors.ts';
import { writeWhole } from './key-rows.ts';

const NAME = '000000000000';

export class ActsLog {
  readonly #folder: string;
  readonly #entries: AuditEntry[];
  readonly #now: () => Date;

  private constructor(folder: string, entries: AuditEntry[], now: () => Date) {
    this.#folder = folder;
    this.#entries = entries;
    this.#now = now;
  }

  /** Throws an InputError where the chain is broken or shorter than it was sealed: a hold may be what is gone. */
  static async open(folder: string, now: () => Date): Promise<ActsLog> {
    const path = join(folder, `${NAME}.jsonl`);
    const lines = (await readIfThere(path)).split('\n').slice(0, -1);
    const entries: AuditEntry[] = [];
    for (const [at, line] of lines.entries()) {
      const { entry, fault } = parseEntry(line);
      const prev = entries.at(-1)?.hash ?? GENESIS;
      if (entry === undefined || fault !== undefined || entry.seq !== at || entry.prev !== prev)
        throw new InputError(
          `${path}, line ${at + 1}: ${fault ?? 'it does not follow the line before'}; assay verify names what was changed`,
        );
      entries.push(entry);
    }
    const sealName = join(folder, `${NAME}.seal.json`);
    const seal = await readIfThere(sealName);
    const sealed = seal === '' ? { entries: 0, head: GENESIS } : parseSeal(seal, sealName);
    if (sealed.entries > 0 && entries[sealed.entries - 1]?.hash !== sealed.head)
      throw new InputError(
        `${path}: not the ${sealed.entries} entries that ${NAME}.seal.json seals; assay verify names what was changed`,
      );
    return new ActsLog(folder, entries, now);
  }

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  /** On the disk before it returns. */
  async append(act: AuditAct): Promise<void> {
    const { line } = writeEntry(act, this.#entries.length, this.#entries.at(-1)?.hash ?? GENESIS);
    const path = join(this.#folder, `${NAME}.jsonl`);
    await appendFile(path, `${line}\n`, { mode: 0o600, flush: true });
    const entry = parseEntry(line).entry!;
    this.#entries.push(entry);
    const seal = makeSeal({
      head: entry.hash,
      entries: this.#entries.length,
      sealed_at: this.#now().toISOString(),
      by: act.actor,
      versions: {},
    });
    await writeWhole(join(this.#folder, `${NAME}.seal.json`), seal);
  }
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new InputError(`${path} cannot be read (${error.code})`, { cause: error });
  });
}
