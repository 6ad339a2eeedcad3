/**
 * seal.json: the one place beside an audit log with a clock in it. It holds the hash of the log's last entry, so that a
 * log rewritten from some entry on, all later hashes made to fit, is found out as long as the seal is kept elsewhere.
 */
import { InputError } from '../errors.ts';
import { parseBase64 } from '../tlog/base64.ts';
import { HASH_BYTES } from '../tlog/merkle.ts';

export interface Seal {
  readonly format: 'assay-seal/1';
  /** Hash of the audit log's last entry. */
  readonly head: string;
  readonly entries: number;
  /** Base64 of the root of the log's tree, as its checkpoint has it. Seals of earlier versions have none. */
  readonly root?: string;
  /** ISO 8601, UTC. */
  readonly sealed_at: string;
  /** Who ran it. */
  readonly by: string;
  /** Versions of the software that took part. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The text of seal.json. */
export function makeSeal(seal: Omit<Seal, 'format'>): string {
  const { head, entries, root, sealed_at, by, versions } = seal;
  const sorted = Object.fromEntries(Object.entries(versions).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const tree = root === undefined ? {} : { root };
  const content: Seal = {
    format: 'assay-seal/1',
    head,
    entries,
    ...tree,
    sealed_at,
    by,
    versions: sorted,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** `name` is the file's, for messages. */
export function parseSeal(text: string, name = 'seal.json'): Seal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError(`${name} is not JSON; a seal was expected`);
  }
  if (typeof value !== 'object' || value === null) throw new InputError(`${name} is not a seal`);
  const seal = value as Record<string, unknown>;
  const expect = (key: keyof Seal, valid: boolean, expected: string) => {
    if (valid) return;
    throw new InputError(`${name}: "${key}" is ${JSON.stringify(seal[key])}; ${expected} was expected`);
  };
  expect('format', seal.format === 'assay-seal/1', '"assay-seal/1"');
  expect('head', typeof seal.head === 'string' && /^[0-9a-f]{64}$/.test(seal.head), 'a sha256 in hex');
  expect('entries', Number.isSafeInteger(seal.entries) && Number(seal.entries) > 0, 'a number of entries');
  const root = typeof seal.root === 'string' ? parseBase64(seal.root) : undefined;
  expect('root', seal.root === undefined || root?.length === HASH_BYTES, 'a sha256 in base64');
  const time = typeof seal.sealed_at === 'string' ? Date.parse(seal.sealed_at) : Number.NaN;
  expect('sealed_at', !Number.isNaN(time), 'a time in ISO 8601');
  expect('by', typeof seal.by === 'string', 'a text');
  const { versions } = seal;
  const texts = typeof versions === 'object' && versions !== null && !Array.isArray(versions);
  expect(
    'versions',
    texts && Object.values(versions).every((v) => typeof v === 'string'),
    'versions by name',
  );
  return value as Seal;
}
