/** Whatever is changed in a signed run is found, in the file that was changed; `node test/bench/tampering.ts` does so 10,000 times. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../samples/generators/random.ts';
import { mutate } from './tamper/mutations.ts';
import { makeTamperedRuns, signer, type TamperedRuns } from './tamper/tampered-runs.ts';

let runs: TamperedRuns;
beforeAll(async () => {
  runs = await makeTamperedRuns();
});
afterAll(() => runs.close());

test('200 random changes to the files of a signed run are each found where they were made', async () => {
  const folder = await runs.run.write(runs.folder);
  const random = new Random(14, 0);
  const missed: string[] = [];
  for (let count = 0; count < 200; count++) {
    const { file, what, bytes } = mutate(runs.run, runs.other, random);
    const path = join(folder, file);
    if (bytes === null) await rm(path);
    else await writeFile(path, bytes);
    const { findings, verdict } = await runs.verify(folder, { keys: [signer.key] });
    const isNamed = findings.some((finding) => finding.file === file || file === 'seal.json');
    if (verdict === 'intact' || !isNamed) missed.push(`${what} of ${file}: ${verdict}`);
    await writeFile(path, runs.run.files.get(file)!);
  }
  expect(missed).toEqual([]);
}, 120_000);
