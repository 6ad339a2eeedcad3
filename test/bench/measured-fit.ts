/** Seconds to fit a forest of 100 trees, depth 12, on three quarters of a file's rows, as pipeline.py does: prints them as JSON. */
import { fileURLToPath } from 'node:url';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { fitInputs } from '../../lib/features/fit-inputs.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { readMatrix } from '../../lib/training/read-matrix.ts';
import { readLabelledRows } from '../../lib/training/training-rows.ts';

const [path, threads] = process.argv.slice(2);
const pack = await loadPack(fileURLToPath(new URL('payments.yaml', import.meta.url)));
const session = await Session.open();
await readRecords(session, pack, [{ path: path! }]);
await buildFeatures(session, pack);
const rows = await readLabelledRows(session, pack);
const cut = Math.floor(rows.count * 0.75);
await session.run(`CREATE TABLE fit_rows AS SELECT seq FROM records ORDER BY seq LIMIT ${cut}`);
const matrix = await readMatrix(session, pack, await fitInputs(session, pack), 'train', 'fit_rows');
await session.close();
const began = performance.now();
const options = { seed: 1, threads: Number(threads), resample: 'none' } as const;
await fitCandidate(defaults.forest, { ...matrix, labels: rows.labels.subarray(0, cut) }, options);
process.stdout.write(JSON.stringify((performance.now() - began) / 1000));
