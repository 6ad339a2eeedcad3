/**
 * The model that a run was scored with: stored once for all runs of it, under the sha256 of its card, which states that of its
 * trees. The run's audit log names the version and vouches for both files.
 *
 *     run-models/<domain>/<version>/<sha256 of card.json>/card.json, model.onnx
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import { hashFile } from '../scoring/hash-files.ts';
import type { RunFolder } from '../scoring/run-folder.ts';
import { storeOnce } from '../stored-once.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';

const FILES = ['card.json', 'model.onnx'] as const;

export async function storeRunModel(
  store: ObjectStore,
  run: RunFolder,
  { domain, version }: { readonly domain: string; readonly version: string },
): Promise<void> {
  const card = await hashFile(join(run.model, 'card.json'));
  if (card === undefined) throw new Error(`there is no card in ${run.model}`);
  const prefix = prefixOf(domain, version, card);
  for (const file of FILES)
    await storeOnce(store, prefix, file, (key) => store.upload(join(run.model, file), key));
}

/** `card` is the sha256 that the log has of card.json. */
export async function fetchRunModel(
  store: ObjectStore,
  run: RunFolder,
  drop: Pick<DropRef, 'id' | 'domain'>,
  { version, card }: { readonly version: string; readonly card: string },
): Promise<void> {
  const shared = prefixOf(drop.domain, version, card);
  // Earlier versions stored a copy beside the results of each run.
  const own = `${dropKeys(drop).results}/model/`;
  for (const file of FILES) {
    const path = join(run.model, file);
    await rm(path, { force: true });
    await store.download(`${shared}${file}`, path).catch(async (error: unknown) => {
      if (!(error instanceof MissingObject)) throw error;
      await rm(path, { force: true });
      await store.download(`${own}${file}`, path);
    });
  }
}

function prefixOf(domain: string, version: string, card: string): string {
  return `run-models/${domain}/${version}/${card}/`;
}
