import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { orFault } from '../../lib/drops/fault.ts';
import { planDrop } from '../../lib/drops/plan-drop.ts';
import { loadModel, type Model } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import type { Stop } from '../../lib/oversight/stop.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { DropBench } from '../helpers/drop-bench.ts';

const settings = {
  ...{ rowsPerPartition: 100_000, bytesPerRange: 2 ** 26, wholeBytes: 2 ** 24, maxTextBytes: 2 ** 30 },
};
let folder: string;
let model: Model;
let other: Model;
let bench: DropBench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-stopped-'));
  model = await loadModel(await championFolder('pharma'));
  other = { ...model, card: { ...model.card, version: 'f'.repeat(12) } };
  bench = await DropBench.open(model, other);
  const options = { records: 200, seed: 3, start: '2026-01-05', days: 9 };
  const lines = [...generatePharma(options)].map((line) => toText(line, true));
  await writeFile(join(bench.folder, 'drops', 'a.csv'), `${pharmaHeader}\n${lines.join('\n')}\n`);
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

const stopOf = (version: string | null): Stop => ({
  ...{ domain: 'pharma', model: version, by: 'ann', at: '2026-01-01T00:00:00Z', reason: 'odd' },
});
const dropOf = (id: string) => ({
  ...{ id, domain: 'pharma', bucket: 'drops', key: 'a.csv', version: 'v', bytes: 0 },
  receivedAt: '2026-01-09T00:00:00Z',
});
const plan = (id: string, serving: Model, stops: readonly Stop[]) =>
  planDrop(bench.deps, {
    ...{
      drop: dropOf(id),
      model: serving,
      threshold: null,
      past: { segments: [], recent: [] },
      settings,
      stops,
    },
    now: new Date('2026-01-09T00:00:00Z'),
  });
const sealed = (id: string) => bench.deps.data.readText(dropKeys(dropOf(id)).sealedAt);

test('a drop of a stopped domain is neither planned nor sealed, and goes on to the same result', async () => {
  const fault = { Error: 'DomainStopped', Cause: 'pharma is stopped since 2026-01-01T00:00:00Z: odd' };
  expect(await orFault(() => plan('d-1', model, [stopOf(null)]))).toEqual({ fault });
  const planned = await plan('d-1', model, []);
  bench.stops.push(stopOf(null));
  expect(await orFault(() => bench.run(planned))).toEqual({ fault });
  expect(await sealed('d-1')).toBeNull();
  expect(await bench.audit.list('')).toEqual([]);
  bench.stops.length = 0;
  await bench.run(await plan('d-1', model, []));
  expect(await sealed('d-1')).not.toBeNull();
  // Sealed, it is carried to its end whatever is stopped then.
  bench.stops.push(stopOf(null));
  await bench.run(planned);
  bench.stops.length = 0;
});

test('a drop that was planned with a model that is stopped since is scored by the one that serves now', async () => {
  expect((await plan('d-2', model, [])).model).toBe(model.card.version);
  const stops = [stopOf(model.card.version)];
  expect(await orFault(() => plan('d-2', model, stops))).toMatchObject({ fault: { Error: 'DomainStopped' } });
  expect((await plan('d-2', other, stops)).model).toBe(other.card.version);
  // Without a stop the first plan stays, whichever model serves.
  expect((await plan('d-2', model, [])).model).toBe(other.card.version);
});

test('a drop that is sealed keeps the plan that it was sealed by', async () => {
  const stops = [stopOf(model.card.version)];
  expect((await plan('d-1', other, stops)).model).toBe(model.card.version);
});
