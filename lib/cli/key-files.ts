/** Keys as files: a secret one that only its owner can read, and public ones, of which those of notes are also given as they are. */
import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { InputError } from '../errors.ts';
import { type ModelKey, type ModelSigner, parseModelKey, parseModelSigner } from '../models/model-key.ts';
import {
  formatVerifierKey,
  parseSecretKey,
  parseVerifierKey,
  type SecretKey,
  type VerifierKey,
} from '../tlog/note-key.ts';
import { writeNew } from './new-file.ts';

const OWNER_ONLY = 0o600;

export const keyOption = (): Option =>
  new Option('--key <key...>', 'public key that must have signed, or its file; a witness has its own');

export const modelKeyOption = (): Option =>
  new Option('--model-key <file...>', 'public key in PEM, of which one must have signed the model');

/** The secret key and, beside it, the public one. Throws an InputError where there is a file already. */
export async function writeKeyFiles(path: string, key: SecretKey): Promise<string> {
  return await writeKeyPair(path, `${key.secret}\n`, `${formatVerifierKey(key.key)}\n`);
}

/** Both as text. */
export async function writeKeyPair(path: string, secret: string, open: string): Promise<string> {
  const publicFile = `${path}.pub`;
  await writeNew(path, secret, OWNER_ONLY);
  await writeNew(publicFile, open);
  return publicFile;
}

export async function readSecretKey(path: string): Promise<SecretKey> {
  return parseSecretKey(await readKey(path), path);
}

export async function readModelSigner(path: string): Promise<ModelSigner> {
  return parseModelSigner(await readKey(path), path);
}

export async function readModelKeys(paths: readonly string[]): Promise<ModelKey[]> {
  return await Promise.all(paths.map(async (path) => parseModelKey(await readKey(path), path)));
}

/** Each is a key, or the name of a file that holds one. */
export async function readVerifierKeys(values: readonly string[] = []): Promise<VerifierKey[]> {
  return await Promise.all(
    values.map(async (value) =>
      /\+[0-9a-f]{8}\+/.test(value)
        ? parseVerifierKey(value, value)
        : parseVerifierKey(await readKey(value), value),
    ),
  );
}

async function readKey(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(
      `${path}: cannot be read (${cause.code}); a key was expected (assay keys generate)`,
      { cause },
    );
  });
}
