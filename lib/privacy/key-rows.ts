/**
 * Rows of keys as lines of text, in 256 files by the first two digits of their hash, so that one subject's row is found, and
 * destroyed, without reading or writing the others. A row: hash, pseudonym, key, first day, last day, id as JSON.
 *
 *     7f0c… s_7f41… q83v… 2025-05-01 2025-06-30 "AC000381"
 */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { SubjectKey } from './subject-keys.ts';

const HASH_DIGITS = 32;
const ROW =
  /^([0-9a-f]{32}) (s_[0-9a-f]{32}) ([A-Za-z0-9+/]{43}=) (\d{4,}-\d\d-\d\d|-) (\d{4,}-\d\d-\d\d|-) (".*")$/;

/** Digits of a hash that a row is found by. */
export function shardOfHash(hash: string): string {
  return hash.slice(0, 2);
}

/** A pseudonym begins with the digits of its row's file. */
export function shardOfPseudonym(pseudonym: string): string {
  return pseudonym.slice(2, 4);
}

export class KeyRows {
  readonly #path: string;
  #lines: string[];
  #isChanged = false;

  private constructor(path: string, lines: string[]) {
    this.#path = path;
    this.#lines = lines;
  }

  static async open(folder: string, shard: string): Promise<KeyRows> {
    const path = join(folder, `${shard}.keys`);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new InputError(`${path} cannot be read (${error.code}): rows of keys were expected`, {
        cause: error,
      });
    });
    return new KeyRows(path, text.split('\n').filter(Boolean));
  }

  /** The rows of these hashes, by hash. */
  find(hashes: ReadonlySet<string>): Map<string, SubjectKey> {
    return new Map(
      this.#lines.flatMap((line) => {
        const hash = line.slice(0, HASH_DIGITS);
        return hashes.has(hash) ? [[hash, this.#parse(line)] as const] : [];
      }),
    );
  }

  findByPseudonym(pseudonyms: ReadonlySet<string>): SubjectKey[] {
    const from = HASH_DIGITS + 1;
    return this.#lines.flatMap((line) =>
      pseudonyms.has(line.slice(from, from + 2 + HASH_DIGITS)) ? [this.#parse(line)] : [],
    );
  }

  all(): SubjectKey[] {
    return this.#lines.map((line) => this.#parse(line));
  }

  /** In place of the rows that there are of these hashes. */
  put(rows: ReadonlyMap<string, SubjectKey>): void {
    if (rows.size === 0) return;
    const others = this.#lines.filter((line) => !rows.has(line.slice(0, HASH_DIGITS)));
    this.#lines = [...others, ...[...rows].map(([hash, row]) => formatRow(hash, row))];
    this.#isChanged = true;
  }

  /** Whether there was such a row. */
  remove(hash: string): boolean {
    const others = this.#lines.filter((line) => !line.startsWith(hash));
    const isThere = others.length < this.#lines.length;
    this.#lines = others;
    this.#isChanged ||= isThere;
    return isThere;
  }

  /** Either all of the new rows are there, or all of the old ones. Also without rows: the draft of a process that was killed may hold some. */
  async save(): Promise<void> {
    if (!this.#isChanged) return;
    await writeWhole(this.#path, this.#lines.map((line) => `${line}\n`).join(''));
    this.#isChanged = false;
  }

  #parse(line: string): SubjectKey {
    const [, , pseudonym, key, from, to, id] = ROW.exec(line) ?? [];
    if (pseudonym === undefined)
      throw new InputError(
        `${this.#path}: a line is no row of a key; restore the file from a copy of its own`,
      );
    const span = from === '-' ? null : { from: from!, to: to! };
    return { pseudonym, key: Buffer.from(key!, 'base64'), id: JSON.parse(id!) as string, span };
  }
}

function formatRow(hash: string, { pseudonym, key, span, id }: SubjectKey): string {
  const { from, to } = span ?? { from: '-', to: '-' };
  return [hash, pseudonym, Buffer.from(key).toString('base64'), from, to, JSON.stringify(id)].join(' ');
}

const OWNER_ONLY = 0o600;

/** A reader sees the file as it was or as it is to be, also after a loss of power. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
