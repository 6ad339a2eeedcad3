/** Loads a pack by the name of a shipped one or the path of a file. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { didYouMean } from './nearest-word.ts';
import type { Pack } from './pack.ts';
import { parsePack } from './parse-pack.ts';

const SHIPPED = new URL('./shipped-packs/', import.meta.url);

export async function loadPack(nameOrPath: string): Promise<Pack> {
  const shipped = await shippedPacks();
  if (shipped.includes(nameOrPath)) {
    const url = new URL(`${nameOrPath}.yaml`, SHIPPED);
    return parsePack(await readFile(url, 'utf8'), fileURLToPath(url));
  }
  try {
    return parsePack(await readFile(nameOrPath, 'utf8'), nameOrPath);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(unreadable(nameOrPath, shipped, error as NodeJS.ErrnoException));
  }
}

async function shippedPacks(): Promise<string[]> {
  const files = await readdir(SHIPPED);
  return files.filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length));
}

function unreadable(nameOrPath: string, shipped: readonly string[], error: NodeJS.ErrnoException): string {
  const known = `expected a shipped domain (${shipped.join(', ')}) or the path of a pack`;
  if (error.code === 'ENOENT')
    return `there is no pack ${nameOrPath}: ${known}${didYouMean(nameOrPath, shipped)}`;
  return `${nameOrPath} cannot be read as a pack (${error.code ?? error.message}), ${known}`;
}
