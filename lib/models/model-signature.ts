/**
 * A model folder signed: `model.sig`, an OpenSSF Model Signing bundle over the folder's files, and `provenance.sigstore.json`, SLSA
 * provenance by the same key. Both lie beside the model and are no part of its version.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { readRegular } from '../audit/regular-file.ts';
import { InputError } from '../errors.ts';
import { loadModel, type Model, sha256 } from './model-folder.ts';
import type { ModelKey, ModelSigner } from './model-key.ts';
import { PROVENANCE_TYPE, provenanceOf } from './provenance.ts';
import { openStatement, STATEMENT, signStatement } from './signed-statement.ts';

export const SIGNATURE = 'model.sig';
export const PROVENANCE = 'provenance.sigstore.json';
/** What a model is; other files of its folder only describe it. */
export const MODEL_FILES = ['card.json', 'model.onnx'] as const;
const PREDICATE = 'https://model_signing/signature/v1.0';
const MAX_SIGNATURE_BYTES = 1 << 24;

/** Rejects may name people: that they are removed must not break a signature. The last are those of the OpenSSF's own tool. */
const IGNORED = [SIGNATURE, 'rejects.csv', '.git', '.gitattributes', '.github', '.gitignore'];

/** As Node's crypto names them. */
const HASHES: Readonly<Record<string, string>> = { sha256: 'sha256', blake2b: 'blake2b512' };

const predicateSchema = z.looseObject({
  serialization: z.looseObject({
    method: z.literal('files', 'expected "files": a signature of shards is not read'),
    hash_type: z.string(),
    allow_symlinks: z.boolean(),
    ignore_paths: z.array(z.string()).optional(),
  }),
  resources: z
    .array(
      z.looseObject({
        name: z.string().refine(isInside, 'expected a name inside the folder'),
        algorithm: z.string().refine((name) => Object.hasOwn(HASHES, name), 'expected sha256 or blake2b'),
        digest: z.string().regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/, 'expected a hash in hex'),
      }),
    )
    .min(1),
});

interface SignedFile {
  readonly name: string;
  readonly algorithm: string;
  readonly digest: string;
}

export interface ModelSignature {
  readonly key: ModelKey;
  readonly files: readonly SignedFile[];
  readonly ignored: readonly string[];
}

/** Signs a model with its provenance, over whatever signature is there. Gives the names of the signed files. */
export async function signModel(folder: string, signer: ModelSigner): Promise<string[]> {
  const { card } = await loadModel(folder);
  const model = await Promise.all(MODEL_FILES.map((name) => hashed(folder, name)));
  await writeFile(join(folder, PROVENANCE), signStatement(provenanceOf(card, model), signer));
  return await signFolder(folder, `${card.domain}-${card.version}`, signer);
}

/** The signature alone; `name` says to people whose it is. */
export async function signFolder(folder: string, name: string, signer: ModelSigner): Promise<string[]> {
  const names = await listFiles(folder, IGNORED);
  const files = await Promise.all(names.map((file) => hashed(folder, file)));
  await writeFile(join(folder, SIGNATURE), signStatement(manifestOf(name, files), signer));
  return names;
}

/** A model whose signature is by one of the keys and fits the whole folder. Throws an InputError that names the file that does not. */
export async function loadSignedModel(folder: string, keys: readonly ModelKey[]): Promise<Model> {
  const problems = await findSignatureProblems(folder, keys);
  if (problems.length > 0) throw new InputError(problems.slice(0, 5).join('; '));
  return await loadModel(folder);
}

/**
 * What is not as it was signed, each with its file; throws an InputError where the signature itself is not there or not by a key.
 * `only`: the files that are looked at, where not the whole folder was brought.
 */
export async function findSignatureProblems(
  folder: string,
  keys: readonly ModelKey[],
  only?: readonly string[],
): Promise<string[]> {
  const signature = openModelSignature(await readSignature(join(folder, SIGNATURE)), keys, folder);
  const signed = new Map(signature.files.map((file) => [file.name, file]));
  const there = only ?? (await listFiles(folder, [SIGNATURE, ...signature.ignored]));
  const names = only ?? [...new Set([...there, ...signed.keys()])].sort();
  const problems: string[] = [];
  for (const name of names) {
    const file = signed.get(name);
    const path = join(folder, name);
    if (file === undefined) problems.push(`${path}: not signed by ${SIGNATURE}`);
    else if (!there.includes(name)) problems.push(`${path}: signed by ${SIGNATURE}, and missing`);
    else {
      const found = await digestOf(path, file.algorithm);
      if (found !== file.digest)
        problems.push(
          `${path}: changed since it was signed: its ${file.algorithm} is ${found}, ${SIGNATURE} says ${file.digest}`,
        );
    }
  }
  for (const name of MODEL_FILES)
    if (!signed.has(name) && !names.includes(name))
      problems.push(`${join(folder, name)}: not signed by ${SIGNATURE}`);
  if (problems.length === 0 && there.includes(PROVENANCE))
    problems.push(...(await readProvenance(folder, keys)));
  return problems;
}

function openModelSignature(text: string, keys: readonly ModelKey[], folder: string): ModelSignature {
  const path = join(folder, SIGNATURE);
  const { statement, key } = openStatement(text, keys, path);
  const refuse = (why: string): never => {
    throw new InputError(`${path}: not a signature of a model: ${why}`);
  };
  if (statement.predicateType !== PREDICATE)
    refuse(`its predicate is ${statement.predicateType}, expected ${PREDICATE}`);
  const parsed = predicateSchema.safeParse(statement.predicate);
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    return refuse(`predicate.${at.join('.')}: ${message}`);
  }
  const { resources, serialization } = parsed.data;
  const root = rootOf(resources);
  if (statement.subject.length !== 1 || statement.subject[0]!.digest.sha256 !== root)
    refuse(`its files give ${root} together, which its subject does not say`);
  if (new Set(resources.map(({ name }) => name)).size < resources.length) refuse('it names a file twice');
  return { key, files: resources, ignored: serialization.ignore_paths ?? [] };
}

/** That the provenance is by a key, and of these files. */
async function readProvenance(folder: string, keys: readonly ModelKey[]): Promise<string[]> {
  const path = join(folder, PROVENANCE);
  const { statement } = openStatement(await readSignature(path), keys, path);
  if (statement.predicateType !== PROVENANCE_TYPE)
    return [`${path}: its predicate is ${statement.predicateType}, expected ${PROVENANCE_TYPE}`];
  const own = await Promise.all(MODEL_FILES.map((name) => hashed(folder, name)));
  return own
    .filter(({ name, sha256: hash }) =>
      statement.subject.every((subject) => subject.name !== name || subject.digest.sha256 !== hash),
    )
    .map(({ name }) => `${path}: it is the provenance of another ${name}`);
}

function manifestOf(
  name: string,
  files: readonly { readonly name: string; readonly sha256: string }[],
): object {
  const resources = files.map((file) => ({ name: file.name, algorithm: 'sha256', digest: file.sha256 }));
  return {
    _type: STATEMENT,
    subject: [{ name, digest: { sha256: rootOf(resources) } }],
    predicateType: PREDICATE,
    predicate: {
      serialization: {
        ...{ method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: IGNORED },
      },
      resources,
    },
  };
}

/** One hash for all files: over their hashes in the order of the manifest. */
function rootOf(resources: readonly { readonly digest: string }[]): string {
  return sha256(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))));
}

async function readSignature(path: string): Promise<string> {
  try {
    return (await readRegular(path, MAX_SIGNATURE_BYTES)).toString('utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new InputError(`${path}: missing; the model must be signed (assay model sign)`, { cause });
  }
}

async function hashed(folder: string, name: string): Promise<{ name: string; sha256: string }> {
  return { name, sha256: await digestOf(join(folder, name), 'sha256') };
}

async function digestOf(path: string, algorithm: string): Promise<string> {
  const hash = createHash(HASHES[algorithm]!);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Names below the folder with slashes, sorted by their parts. A link is refused, as the OpenSSF's tool does. */
async function listFiles(folder: string, ignored: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  const visit = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (ignored.includes(name)) continue;
      if (entry.isDirectory()) await visit(name);
      else if (entry.isFile()) names.push(name);
      else
        throw new InputError(`${join(folder, name)} is a link or a device, not a file: it cannot be signed`);
    }
  };
  await visit('');
  const key = (name: string): string => name.replaceAll('/', '\0');
  return names.sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

function isInside(name: string): boolean {
  return name
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\') && !part.includes('\0'),
    );
}
