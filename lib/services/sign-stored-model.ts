/** A model of a stack signed by someone's own key: brought here, checked, signed, and its signature put beside it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { InputError } from '../errors.ts';
import type { ModelSigner } from '../models/model-key.ts';
import { MODEL_FILES, PROVENANCE, SIGNATURE, signModel } from '../models/model-signature.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';

interface ModelToSign {
  readonly domain: string;
  readonly version: string;
  readonly signer: ModelSigner;
}

/** The names of what was signed. */
export async function signStoredModel(
  artifacts: Pick<ObjectStore, 'download' | 'upload'>,
  { domain, version, signer }: ModelToSign,
): Promise<string[]> {
  const prefix = `models/${domain}/${version}`;
  const folder = await temporaryFolder('model');
  try {
    for (const file of MODEL_FILES) await artifacts.download(`${prefix}/${file}`, join(folder, file));
    const files = await signModel(folder, signer);
    // The signature last: it names the provenance.
    for (const file of [PROVENANCE, SIGNATURE])
      await artifacts.upload(join(folder, file), `${prefix}/${file}`);
    return files;
  } catch (cause) {
    if (!(cause instanceof MissingObject)) throw cause;
    throw new InputError(
      `${prefix}: not in the artifacts bucket; a model that is shipped needs no signature`,
      { cause },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
