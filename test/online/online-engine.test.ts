import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InputRecord } from '../../lib/api/online-scoring.ts';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { loadModel, type Model } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { OnlineDrops } from '../../lib/online/record-request.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { DropBench, statusOf } from '../helpers/drop-bench.ts';

const inParts = { wholeBytes: 1_000, rowsPerPartition: 700, bytesPerRange: 100_000 };
const makers = {
  finance: { header: financeHeader, lines: generateFinance },
  pharma: { header: pharmaHeader, lines: generatePharma },
};

describe.each(['finance', 'pharma'] as const)('%s', (domain) => {
  let folder: string;
  let bench: DropBench;
  let engine: OnlineEngine;
  let model: Model;
  let rows: InputRecord[];
  let wanted: Explanation[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-online-'));
    model = await loadModel(await championFolder(domain));
    const { header, lines } = makers[domain];
    const all = [...lines({ records: 2_400, seed: 12, start: '2026-01-05', days: 60 })].map((line) =>
      toText(line, true),
    );
    const path = async (name: string, from: number, to: number) => {
      await writeFile(join(folder, name), `${header}\n${all.slice(from, to).join('\n')}\n`);
      return join(folder, name);
    };
    bench = await DropBench.open(model);
    await bench.deps.rates.save(domain, makeRates('2025-12-29', 80), 'rates.csv');
    await bench.drop(await path('past.csv', 0, 1_200), inParts);
    const drop = await bench.drop(await path('fresh.csv', 1_200, 2_400), inParts);
    wanted = (await drop.result('explanations.jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Explanation);
    const names = header.split(',');
    rows = all
      .slice(1_200)
      .filter((line) => !line.includes('"'))
      .map((line) => {
        const cells = line.split(',').map((cell, at) => [names[at]!, cell] as const);
        return Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
      });
    engine = new OnlineEngine({
      champion: async () => model,
      past: async () => ({ segments: [], recent: bench.history }),
      history: new PastReader({ store: bench.deps.data, folder: join(folder, 'cache'), maxBytes: 2e7 }),
      rates: bench.deps.rates,
      ...{ threads: 1, memoryLimitMb: 512, clock: () => performance.now() },
    });
  });
  afterAll(async () => {
    await engine.close();
    await bench.close();
    await rm(folder, { recursive: true });
  });

  const idOf = (row: InputRecord) => String(row[model.pack.record.id[0]!]);

  test('a record online, alone or among others, has the score and reasons that it has in a drop', async () => {
    const flagged = rows.filter((row) => wanted.some(({ record_id }) => record_id === idOf(row)));
    expect(flagged.length).toBeGreaterThan(8);
    for (const row of flagged.slice(-8)) {
      const { results } = await engine.score({ domain, records: [row], explain: 'flagged' });
      expect(results[0]).toMatchObject({ status: 'scored', flagged: true });
      expect((results[0] as { explanation: Explanation }).explanation).toEqual(
        wanted.find(({ record_id }) => record_id === idOf(row)),
      );
    }
    const together = await engine.score({ domain, records: rows.slice(0, 200), explain: 'flagged' });
    const found = together.results.flatMap((result) =>
      result.status === 'scored' && result.flagged ? [result] : [],
    );
    const ids = new Set(rows.slice(0, 200).map(idOf));
    expect(found.map(({ explanation }) => explanation)).toEqual(
      wanted.filter(({ record_id }) => ids.has(record_id)),
    );
  });

  test('what is wrong with a record is reported in its place, and the others are scored', async () => {
    const odd = { ...rows[0]!, [model.pack.record.time!]: 'yesterday' };
    const { results } = await engine.score({ domain, records: [rows[1]!, odd, rows[2]!], explain: 'all' });
    expect(results.map(({ status }) => status)).toEqual(['scored', 'rejected', 'scored']);
    expect(results[1]).toMatchObject({
      column: model.pack.record.time,
      reason: expect.stringContaining('yesterday'),
    });
    expect((results[0] as { explanation: Explanation }).explanation.contributions.length).toBeGreaterThan(3);
  });

  test('a request that is recorded is past for the next, once however often it is recorded', async () => {
    const before = bench.history.length;
    const states = new Map<string, string>();
    const recorder = new OnlineDrops({
      engine,
      ...bench.deps,
      status: statusOf(states),
      noteSealed: async () => {},
      addHistory: async (_domain, entry) => bench.history.push(entry),
      sampling: async () => ({ key: Buffer.alloc(32, 7), belowTheLine: 0, secondOpinion: 0 }),
      ...{ putBlind: async () => {}, candidate: async () => null, saveShadow: async () => {} },
    });
    const request = { domain, records: rows.slice(0, 3), explain: 'flagged' } as const;
    const answer = await engine.score(request);
    const id = await recorder.record(request, answer, 'user-1');
    expect(await recorder.record(request, answer, 'user-1')).toBe(id);
    expect(bench.history.slice(before).map(({ drop, rows: count }) => [drop, count])).toEqual([[id, 3]]);
    // They were there before, in the drop: seen by the windows once, their scores are the same.
    expect((await engine.score({ ...request })).results).toEqual(answer.results);
  });
});
