/**
 * The folder of a retraining, kept as objects between its steps: those that a step reads are brought to a folder of this
 * machine, those that it wrote are put back, and the folder is gone afterwards. A step that is run again writes the same again.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { inParallel } from '../in-parallel.ts';
import type { ObjectStore } from '../object-store.ts';

export interface WorkOptions {
  /** In the store, with its slash. */
  readonly prefix: string;
  /** Names of files, or how they begin. */
  readonly reads: readonly string[];
  /** Names that are not put back begin so. */
  readonly except: string;
}

const CONCURRENCY = 8;

export async function withinWorkFolder<Result>(
  store: ObjectStore,
  { prefix, reads, except }: WorkOptions,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await temporaryFolder('work');
  try {
    const brought = await bring(store, prefix, reads, folder);
    const result = await work(folder);
    const written = (await filesUnder(folder)).filter(
      (name) => !brought.has(name) && !name.startsWith(`${except}/`),
    );
    await inParallel(written, CONCURRENCY, (name) => store.upload(join(folder, name), prefix + name));
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Their names. */
async function bring(
  store: ObjectStore,
  prefix: string,
  reads: readonly string[],
  folder: string,
): Promise<ReadonlySet<string>> {
  if (reads.length === 0) return new Set();
  const names = (await store.list(prefix)).map((key) => key.slice(prefix.length));
  const wanted = names.filter((name) => reads.some((read) => name.startsWith(read)));
  await inParallel(wanted, CONCURRENCY, async (name) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await store.download(prefix + name, path);
  });
  return new Set(wanted);
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
