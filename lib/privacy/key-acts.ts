/**
 * The acts on a folder of keys, as the parts of a domain's log of acts are: lines of one chain, and beside them a seal over all of
 * them. `assay verify <folder>/acts/000000000000.jsonl` checks it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditAct, type AuditEntry, GENESIS, parseEntry, writeEntry } from '../audit/audit-entry.ts';
import { makeSeal, parseSeal } from '../audit/seal.ts';
import { type ActsSegment, verifyActs } from '../audit/verify-acts.ts';
import { InputError } from '../errors.ts';
import { writeWhole } from './key-rows.ts';

const NAME = '000000000000';

export class KeyActs {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #entries: AuditEntry[];
  #text: string;

  private constructor(folder: string, now: () => Date, text: string) {
    this.#folder = folder;
    this.#now = now;
    this.#text = text;
    this.#entries = linesOf(text).map((line) => parseEntry(line).entry!);
  }

  /** Throws an InputError where the chain is broken or shorter than it was sealed: a hold may be what is gone. */
  static async open(folder: string, now: () => Date): Promise<KeyActs> {
    const path = join(folder, `${NAME}.jsonl`);
    const sealPath = join(folder, `${NAME}.seal.json`);
    const [text, seal] = [await readIfThere(path), await readIfThere(sealPath)];
    const sealed = seal === '' ? 0 : parseSeal(seal, sealPath).entries;
    const segments = segmentsOf(text, seal, sealed);
    const [problem] = (await verifyActs({ segments, live: null, findings: [] })).problems;
    if (problem !== undefined)
      throw new InputError(
        `${join(folder, problem.where)}: ${problem.message}; assay verify ${path} names all that was changed`,
      );
    const acts = new KeyActs(folder, now, text);
    const unsealed = acts.#entries.length - sealed;
    if (unsealed > 1)
      throw new InputError(
        `${sealPath}: seals ${sealed} of ${acts.#entries.length} acts; expected all of them, or all but the last`,
      );
    if (unsealed === 1) await acts.#seal();
    return acts;
  }

  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }

  /** On the disk before it returns. */
  async append(act: AuditAct): Promise<void> {
    const { line } = writeEntry(act, this.#entries.length, this.#entries.at(-1)?.hash ?? GENESIS);
    await writeWhole(join(this.#folder, `${NAME}.jsonl`), `${this.#text}${line}\n`);
    this.#text += `${line}\n`;
    this.#entries.push(parseEntry(line).entry!);
    await this.#seal();
  }

  async #seal(): Promise<void> {
    const { hash, actor } = this.#entries.at(-1)!;
    const seal = makeSeal({
      head: hash,
      entries: this.#entries.length,
      sealed_at: this.#now().toISOString(),
      by: actor,
      versions: {},
    });
    await writeWhole(join(this.#folder, `${NAME}.seal.json`), seal);
  }
}

/** An act that no seal was written after, since its process was ended, is a part of its own. */
function segmentsOf(text: string, seal: string, sealed: number): ActsSegment[] {
  const end = linesOf(text)
    .slice(0, sealed)
    .reduce((length, line) => length + line.length + 1, 0);
  const rest = {
    name: String(sealed).padStart(NAME.length, '0'),
    lines: Buffer.from(text.slice(end)),
    seal: null,
  };
  const segments = seal === '' ? [] : [{ name: NAME, lines: Buffer.from(text.slice(0, end)), seal }];
  return end < text.length ? [...segments, rest] : segments;
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new InputError(`${path} cannot be read (${error.code})`, { cause: error });
  });
}
