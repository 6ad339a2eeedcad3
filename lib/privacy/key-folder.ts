/**
 * The keys of a domain's subjects as a folder, to lie apart from runs and from their copies:
 *
 *     register.json   whose keys these are, and the domain's key that rows are found by
 *     keys/           the rows, see key-rows.ts
 *     acts/           the log of what was done with them: the duty to keep records, holds, refusals, erasures
 *     erasing         an erasure that began; the next who opens the folder ends it
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { KeyRows, shardOfHash, shardOfPseudonym, writeWhole } from './key-rows.ts';
import { hmac } from './sealed-bytes.ts';
import { type KeyRegister, type Span, type SubjectKey, type SubjectKeys, unionOf } from './subject-keys.ts';

const KEY_BYTES = 32;
const PSEUDONYM_BYTES = 15;
const REGISTER_ID_BYTES = 8;
const HASH_DIGITS = 32;

const Register = z.strictObject({
  format: z.literal('assay-subject-keys/1'),
  id: z.string(),
  domain: z.string(),
  key: z.base64(),
  columns: z.array(z.string()),
});

type StoredRegister = z.output<typeof Register>;
export type RandomBytes = (count: number) => Uint8Array;

/** Throws an InputError where there are keys already. */
export async function createKeyFolder(
  path: string,
  { domain, columns }: Pick<KeyRegister, 'domain' | 'columns'>,
  random: RandomBytes,
): Promise<void> {
  const taken = await readdir(path).catch(() => []);
  if (taken.length > 0)
    throw new InputError(`${path} is not empty, and keys are not overwritten: name another --out`);
  for (const folder of [path, join(path, 'keys'), join(path, 'acts')])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  const id = Buffer.from(random(REGISTER_ID_BYTES)).toString('hex');
  const key = Buffer.from(random(KEY_BYTES)).toString('base64');
  const format = 'assay-subject-keys/1';
  const register: StoredRegister = { format, id, domain, key, columns: [...columns] };
  await writeWhole(join(path, 'register.json'), `${JSON.stringify(register, null, 2)}\n`);
}

async function readRegister(path: string): Promise<StoredRegister> {
  const file = join(path, 'register.json');
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const expected = 'keys of subjects were expected (assay subject-keys create)';
    throw new InputError(`${file} cannot be read (${cause.code}); ${expected}`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file} is not JSON; a register of keys was expected`, { cause });
  }
  const parsed = Register.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${file}: ${issue?.path.join('.') || 'it'}: ${issue?.message}`);
}

/** Of a folder that no one else has open: `withKeyFolder` sees to it. */
export class KeyFolder implements SubjectKeys {
  readonly path: string;
  readonly register: KeyRegister;
  readonly #random: RandomBytes;
  /** An object: with the bytes of a key, an HMAC takes five times as long. */
  readonly #key: KeyObject;

  private constructor(path: string, { id, domain, columns, key }: StoredRegister, random: RandomBytes) {
    this.path = path;
    this.register = { id, domain, columns };
    this.#random = random;
    this.#key = createSecretKey(Buffer.from(key, 'base64'));
  }

  static async open(path: string, random: RandomBytes): Promise<KeyFolder> {
    return new KeyFolder(path, await readRegister(path), random);
  }

  async take(spans: ReadonlyMap<string, Span | null>): Promise<ReadonlyMap<string, SubjectKey>> {
    return await this.#takeRows(
      new Map([...spans].map(([id, span]) => [this.#hash('subject', id), { id, span }])),
    );
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const found = new Map<string, SubjectKey>();
    for (const [shard, hashes] of byShard(
      ids.map((id) => this.#hash('subject', id)),
      shardOfHash,
    ))
      for (const row of (await this.#open(shard)).find(new Set(hashes)).values()) found.set(row.id, row);
    return found;
  }

  async findByPseudonym(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const found = new Map<string, SubjectKey>();
    for (const [shard, own] of byShard(pseudonyms, shardOfPseudonym))
      for (const row of (await this.#open(shard)).findByPseudonym(new Set(own)))
        found.set(row.pseudonym, row);
    return found;
  }

  /** Looks through all rows; null: of no subject is it true. */
  async findWhere(isWanted: (subject: SubjectKey) => boolean): Promise<SubjectKey | null> {
    const files = await readdir(join(this.path, 'keys'));
    for (const shard of files.flatMap((name) => /^([0-9a-f]{2})\.keys$/.exec(name)?.[1] ?? [])) {
      const found = (await this.#open(shard)).all().find(isWanted);
      if (found !== undefined) return found;
    }
    return null;
  }

  async takeRejectsKey(): Promise<SubjectKey> {
    const hash = this.#hash('rejects', '');
    const [row] = (await this.#takeRows(new Map([[hash, { id: '', span: null }]]))).values();
    return row!;
  }

  hashName(name: string): string {
    return `file_${this.#hash('file', name)}`;
  }

  /** Destroys the subject's key, and with it that of rejected lines of no readable subject, among which its own may be. */
  async destroy(id: string): Promise<void> {
    for (const hash of [this.#hash('subject', id), this.#hash('rejects', '')]) {
      const rows = await this.#open(shardOfHash(hash));
      rows.remove(hash);
      await rows.save();
    }
  }

  async #takeRows(
    wanted: ReadonlyMap<string, { readonly id: string; readonly span: Span | null }>,
  ): Promise<ReadonlyMap<string, SubjectKey>> {
    const taken = new Map<string, SubjectKey>();
    for (const [shard, hashes] of byShard([...wanted.keys()], shardOfHash)) {
      const rows = await this.#open(shard);
      const known = rows.find(new Set(hashes));
      const changed = new Map<string, SubjectKey>();
      for (const hash of hashes) {
        const { id, span } = wanted.get(hash)!;
        const before = known.get(hash);
        const union = unionOf(before?.span ?? null, span);
        const row = { ...(before ?? this.#newKey(hash, id)), span: union };
        if (before === undefined || !isSameSpan(before.span, union)) changed.set(hash, row);
        taken.set(id, row);
      }
      rows.put(changed);
      await rows.save();
    }
    return taken;
  }

  #newKey(hash: string, id: string): Omit<SubjectKey, 'span'> {
    const own = Buffer.from(this.#random(PSEUDONYM_BYTES)).toString('hex');
    return { pseudonym: `s_${shardOfHash(hash)}${own}`, key: this.#random(KEY_BYTES), id };
  }

  #open(shard: string): Promise<KeyRows> {
    return KeyRows.open(join(this.path, 'keys'), shard);
  }

  #hash(kind: string, text: string): string {
    return hmac(this.#key, `${kind}\n${text}`).toString('hex').slice(0, HASH_DIGITS);
  }
}

function byShard(items: readonly string[], shardOf: (item: string) => string): Map<string, string[]> {
  return Map.groupBy(items, shardOf);
}

function isSameSpan(a: Span | null, b: Span | null): boolean {
  return a?.from === b?.from && a?.to === b?.to;
}

/** One process at a time: two that score a new subject would make two keys for it. */
export async function withKeyFolder<Result>(
  path: string,
  random: RandomBytes,
  work: (keys: KeyFolder) => Promise<Result>,
): Promise<Result> {
  await readRegister(path);
  const lock = join(path, 'lock');
  await takeLock(lock);
  try {
    return await work(await KeyFolder.open(path, random));
  } finally {
    await unlink(lock);
  }
}

async function takeLock(lock: string): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const isTaken = await writeFile(lock, `${process.pid}\n`, { flag: 'wx', mode: 0o600 }).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        return true;
      },
    );
    if (!isTaken) return;
    const owner = await readFile(lock, 'utf8').catch(() => null);
    // Of another process that is between making it and writing to it, or was killed there.
    if (owner === '')
      throw new InputError(
        `${lock}: names no process; try again, or delete it if none works with these keys`,
      );
    if (owner !== null && isRunning(Number(owner)))
      throw new InputError(
        `${lock}: process ${Number(owner)} works with these keys; try again when it has ended`,
      );
    await unlink(lock).catch(() => {});
  }
  throw new InputError(`${lock}: another process works with these keys; try again when it has ended`);
}

/** A process that was killed leaves its lock behind. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
