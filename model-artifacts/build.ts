/**
 * The shipped models, trained from the shipped samples: the same bytes every time. `npm run models` writes each domain's
 * folder by version and names it champion.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRates } from '../lib/intake/rates.ts';
import { hashCard } from '../lib/models/card-schema.ts';
import { loadPack } from '../lib/packs/load-pack.ts';
import { noProgress } from '../lib/progress.ts';
import { saveTrained } from '../lib/training/save-trained.ts';
import { trainModel } from '../lib/training/train-model.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const sampleRates = async () =>
  parseRates(await readFile(join(root, 'samples', 'finance', 'rates.csv'), 'utf8'), 'rates.csv');

for (const domain of ['finance', 'pharma']) {
  const trained = await trainModel({
    pack: await loadPack(domain),
    inputs: [{ path: join(root, 'samples', domain, 'labelled.csv.gz') }],
    ...(domain === 'finance' && { reading: { rates: await sampleRates() } }),
    algorithm: null,
    tune: false,
    resample: 'none',
    seed: 1,
    threads: availableParallelism(),
    memoryLimitMb: 1024,
    progress: noProgress,
  });
  const folder = join(root, 'model-artifacts', domain);
  const version = join(folder, trained.card.version);
  await rm(folder, { recursive: true, force: true });
  await mkdir(version, { recursive: true });
  await saveTrained(version, trained);
  await writeFile(
    join(folder, 'champion.json'),
    `${JSON.stringify({ version: trained.card.version, card: hashCard(trained.card) })}\n`,
  );
  process.stdout.write(`model-artifacts/${domain}/${trained.card.version}\n`);
}
