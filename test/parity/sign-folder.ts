/** Signs a folder as `assay model sign` does a model's: for model-signing.py, which holds it against the OpenSSF's own tool. */
import { readFile } from 'node:fs/promises';
import { parseModelSigner } from '../../lib/models/model-key.ts';
import { signFolder } from '../../lib/models/model-signature.ts';

const [folder, key] = process.argv.slice(2) as [string, string];
await signFolder(folder, 'folder', parseModelSigner(await readFile(key, 'utf8'), key));
