/** Seconds to fit a forest of 100 trees, depth 12, on three quarters of a file's rows, as pipeline.py does: prints them as JSON. */
import { fileURLToPath } from 'node:url';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { fitInputs } from '../../lib/features/fit-inputs.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import type { Selection } from '../../lib/intake/records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { readMatrix } from '../../lib/training/read-matrix.ts';
import { readLabelledRows } from '../../lib/training/training-rows.ts';

const [path, threads] = process.argv.slice(2);
const pack = await loadPack(fileURLToPath(new URL('payments.yaml', import.meta.url)));
const session = await Session.open();
const { records } = await readRecords(session, pack, [{ path: path! }]);
const features = await buildFeatures(records, pack);
const rows = await readLabelledRows(records, pack);
const cut = Math.floor(rows.count * 0.75);
const wanted: Selection = await createTable(
  session,
  'fit_rows',
  `SELECT seq FROM ${records} ORDER BY seq LIMIT ${cut}`,
);
const matrix = await readMatrix(features, pack, await fitInputs(features, pack), 'train', wanted);
await session.close();
const began = performance.now();
const options = { seed: 1, threads: Number(threads), resample: 'none' } as const;
await fitCandidate(defaults.forest, { ...matrix, labels: rows.labels.subarray(0, cut) }, options);
process.stdout.write(JSON.stringify((performance.now() - began) / 1000));
