/** The models that ship with the project: one champion a domain, in a folder beside the code. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { loadModel, type Model } from './model-folder.ts';

/** Looked up when asked for, so that a bundle that never asks leaves the models out. */
const artifacts = (): string => fileURLToPath(new URL('../../model-artifacts/', import.meta.url));

interface ShippedChampion {
  readonly folder: string;
  /** The hash of its card (`hashCard`). */
  readonly card: string;
}

/** The champion that is shipped for a domain. Throws an InputError where there is none, or its card is another one. */
export async function loadShippedChampion(domain: string): Promise<Model> {
  const { folder, card } = await readShippedChampion(domain);
  return loadModel(folder, card);
}

/** The folder of a shipped domain's champion. */
export async function championFolder(domain: string): Promise<string> {
  return (await readShippedChampion(domain)).folder;
}

async function readShippedChampion(domain: string): Promise<ShippedChampion> {
  const file = join(artifacts(), domain, 'champion.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError(
      `no model is shipped for the domain "${domain}": train one (assay train --domain … --data …) and name its folder with --model`,
      { cause },
    );
  }
  const { version, card } = JSON.parse(text) as { version: string; card: string };
  return { folder: join(artifacts(), domain, version), card };
}

/** The domains that a champion is shipped for. */
export async function shippedDomains(): Promise<string[]> {
  const entries = await readdir(artifacts(), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
