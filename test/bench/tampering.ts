/** Random changes to every file of a signed run, each verified: `node test/bench/tampering.ts [--changes 10000] [--seed 1]`. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../samples/generators/random.ts';
import { mutate } from '../verification/tamper/mutations.ts';
import { makeTamperedRuns, signer } from '../verification/tamper/tampered-runs.ts';

const { values } = parseArgs({
  options: { changes: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const runs = await makeTamperedRuns();
try {
  const folder = await runs.run.write(runs.folder);
  const random = new Random(Number(values.seed), 0);
  const byFile = new Map<string, { changed: number; found: number; named: number }>();
  const kinds = new Map<string, number>();
  for (let count = 1; count <= Number(values.changes); count++) {
    const { file, what, bytes } = mutate(runs.run, runs.other, random);
    const path = join(folder, file);
    if (bytes === null) await rm(path);
    else await writeFile(path, bytes);
    const { findings, verdict } = await runs.verify(folder, { keys: [signer.key] });
    const own = findings.filter((finding) => finding.file === file);
    const sum = byFile.get(file) ?? { changed: 0, found: 0, named: 0 };
    byFile.set(file, {
      changed: sum.changed + 1,
      found: sum.found + Number(verdict !== 'intact'),
      named: sum.named + Number(own.length > 0),
    });
    if (verdict === 'intact') console.log(`missed: ${what} of ${file}`);
    const kind = (own[0] ?? findings[0])?.kind ?? 'nothing';
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    await writeFile(path, runs.run.files.get(file)!);
    if (count % 500 === 0) {
      const found = [...byFile.values()].reduce((total, one) => total + one.found, 0);
      console.log(`${found} of ${count} found`);
    }
  }
  console.table(Object.fromEntries(byFile));
  console.table(Object.fromEntries(kinds));
} finally {
  await runs.close();
}
