import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scorePartition } from '../../lib/drops/score-partition.ts';
import { InputError } from '../../lib/errors.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { loadModel, type Model } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { noProgress } from '../../lib/progress.ts';
import { scoreFiles } from '../../lib/scoring/score-files.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { DropBench, type FinishedDrop } from '../helpers/drop-bench.ts';

const inParts = { wholeBytes: 1_000, rowsPerPartition: 700, bytesPerRange: 100_000 };
const makers = {
  finance: { header: financeHeader, lines: generateFinance },
  pharma: { header: pharmaHeader, lines: generatePharma },
};

const rates = makeRates('2025-12-29', 80);

let folder: string;
let bench: DropBench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-drop-stages-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['finance', 'pharma'] as const)('%s', (domain) => {
  let model: Model;
  let past: string;
  let fresh: string;
  let want: {
    explanations: string;
    flags: string;
    rejects: string;
    hits: string;
    warnings: readonly string[];
  };

  beforeAll(async () => {
    model = await loadModel(await championFolder(domain));
    const { header, lines } = makers[domain];
    const options = { records: 2_600, seed: 11, start: '2026-01-05', days: 60 };
    const all = [...lines(options)].map((line) => toText(line, true));
    past = join(folder, `${domain}-past.csv`);
    fresh = join(folder, `${domain}-fresh.csv`);
    await writeFile(past, `${header}\n${all.slice(0, 1_300).join('\n')}\n`);
    // A title, a bad record, a row of delimiters, a record that comes twice, and one whose quotes hold a line end.
    const empty = header.replaceAll(/[^,]/g, '');
    const odd = ['not,a,record', empty, all[1_400]!];
    await writeFile(fresh, `Report\n\n${header}\n${[...all.slice(1_300), ...odd].join('\n')}\n\x1a`);
    want = await onFiles(model, fresh, past);
    bench = await DropBench.open(model);
    await bench.deps.rates.save(domain, rates, 'rates.csv');
  });
  afterAll(() => bench.close());

  async function onFiles(model: Model, data: string, history: string) {
    const out = join(folder, `${domain}-run`);
    const { warnings } = await scoreFiles({
      ...{ model, out, threshold: null, threads: 2, memoryLimitMb: 512, progress: noProgress },
      inputs: [{ path: data }, { path: history, history: true }],
      reading: { rates: parseRates(rates, 'rates.csv') },
      now: () => new Date(),
    });
    const read = (name: string) => readFile(join(out, name), 'utf8');
    return {
      explanations: await read('explanations.jsonl'),
      flags: await read('flagged_risks.csv'),
      hits: await read('rule_hits.csv'),
      warnings: warnings.filter((warning) => warning.includes('-fresh.csv')),
      rejects: (await read('rejects.csv')).replaceAll(/,[^,\n]*$/gm, ''),
    };
  }

  const cuts = { 'one piece': {}, parts: inParts };
  /** The past that a drop of the earlier records leaves, by how that drop was cut. */
  const pasts = new Map<string, HistoryEntry>();

  describe.each(['one piece', 'parts'] as const)('with its past dropped in %s', (pastCut) => {
    beforeAll(async () => {
      bench.history.length = 0;
      const { plan } = await bench.drop(past, cuts[pastCut]);
      expect(plan.partitions).toBe(pastCut === 'parts' ? 2 : 1);
      pasts.set(pastCut, bench.history[0]!);
    });

    test.each(['one piece', 'parts'] as const)('a drop in %s equals assay score on files', async (cut) => {
      bench.history.splice(0, bench.history.length, pasts.get(pastCut)!);
      const drop = await bench.drop(fresh, cuts[cut]);
      expect(drop.plan.partitions).toBe(cut === 'parts' ? 2 : 1);
      expect(await drop.result('explanations.jsonl')).toBe(want.explanations);
      expect(await drop.result('flagged_risks.csv')).toBe(want.flags);
      expect(await drop.result('rule_hits.csv')).toBe(want.hits);
      expect(want.hits.split('\n').length).toBeGreaterThan(10);
      expect(want.hits).toContain(',false\n');
      expect(drop.outcome.warnings).toEqual(want.warnings);
      expect(want.warnings.join('\n')).toMatch(/header is on line 3[\s\S]*delimiters or blanks only/);
      expect((await drop.result('rejects.csv')).trimEnd()).toBe(want.rejects.trimEnd());
      expect(drop.outcome.summary).toMatchObject({ received: 1_302, rejected: 2 });
    });
  });

  /** Over a past that was dropped twice. */
  let over: FinishedDrop;

  test('records that a later drop delivers again are seen by windows once, as delivered last', async () => {
    bench.history.splice(0, bench.history.length, pasts.get('one piece')!);
    await bench.drop(past, inParts);
    over = await bench.drop(fresh, inParts);
    expect(await over.result('explanations.jsonl')).toBe(want.explanations);
    expect(bench.history[1]!.stale).toBe(1_300);
  });

  test('a stage that is run again leaves the same', async () => {
    const before = await over.result('audit.jsonl');
    await scorePartition(bench.deps, { drop: over.plan.drop, partition: 1 });
    await bench.run(over.plan);
    expect(await over.result('audit.jsonl')).toBe(before);
    expect(await over.result('explanations.jsonl')).toBe(want.explanations);
  });
});

describe('what can’t be read', () => {
  beforeAll(async () => {
    bench = await DropBench.open(await loadModel(await championFolder('finance')));
  });
  afterAll(() => bench.close());

  test('is refused with its name and reason, and leaves no plan', async () => {
    const path = join(folder, 'other.csv');
    await writeFile(path, 'a,b\n1,2\n');
    await expect(bench.drop(path)).rejects.toThrow(InputError);
    expect(await bench.deps.data.list('work/')).toEqual([]);
  });

  test('a text that is larger decompressed than a drop may be is refused', async () => {
    const path = join(folder, 'large.csv');
    await writeFile(path, `${financeHeader}\n${'x'.repeat(5_000)}\n`);
    await expect(bench.drop(path, { maxTextBytes: 4_000 })).rejects.toThrow(
      /large.csv holds more than 4,000 bytes of text/,
    );
  });
});
