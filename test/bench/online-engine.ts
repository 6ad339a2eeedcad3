/**
 * How long the engine takes to score one record online with its reasons, warm: in this process, without HTTP and stores of AWS. The past
 * is one large drop of generated records; the requests are the records after it, in order. Prints p50 and p99 of the time and of
 * the processor time of a request, and with `--statements` each statement of DuckDB with its time, summed over the requests.
 *
 *     node test/bench/online-engine.ts [--domain finance] [--past 57000] [--requests 200] [--folder KEPT]
 *       [--threads 1] [--statements]
 *
 * `--folder` keeps the past between runs: making it takes a while.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { InputRecord } from '../../lib/api/online-scoring.ts';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import { Session } from '../../lib/engine/session.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { loadModel } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { makeRates } from '../../samples/generators/finance-rates.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { DropBench } from '../helpers/drop-bench.ts';
import { FolderStore } from '../helpers/folder-store.ts';

const { values } = parseArgs({
  options: {
    domain: { type: 'string', default: 'finance' },
    past: { type: 'string', default: '57000' },
    requests: { type: 'string', default: '200' },
    folder: { type: 'string' },
    threads: { type: 'string', default: '1' },
    statements: { type: 'boolean', default: false },
  },
});
const makers = {
  finance: { header: financeHeader, lines: generateFinance },
  pharma: { header: pharmaHeader, lines: generatePharma },
};
const domain = values.domain === 'pharma' ? 'pharma' : 'finance';
const past = Number(values.past);
const requests = Number(values.requests);
const warmUp = 20;
const model = await loadModel(await championFolder(domain));
const made = values.folder ?? mkdtempSync(join(tmpdir(), 'assay-online-bench-'));
try {
  const folder = join(made, `${domain}-${past}`);
  if (!existsSync(join(folder, 'past.json'))) await makePast(folder);
  await measure(folder);
} finally {
  if (values.folder === undefined) rmSync(made, { recursive: true });
}

interface MadePast {
  readonly entries: readonly HistoryEntry[];
  readonly rows: readonly InputRecord[];
}

async function makePast(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { header, lines } = makers[domain];
  const all = [...lines({ records: past + 2_000, seed: 12, start: '2025-01-06', days: 360 })].map((line) =>
    toText(line, true),
  );
  const path = join(folder, 'past.csv');
  writeFileSync(path, `${header}\n${all.slice(0, past).join('\n')}\n`);
  const bench = await DropBench.open(model);
  try {
    await bench.deps.rates.save(domain, makeRates('2024-12-30', 400), 'rates.csv');
    await bench.drop(path);
    for (const kept of ['data', 'artifacts']) {
      const from = join(bench.folder, kept);
      if (existsSync(from)) cpSync(from, join(folder, kept), { recursive: true });
    }
    const names = header.split(',');
    const rows = all
      .slice(past)
      .filter((line) => !line.includes('"'))
      .map((line) => {
        const cells = line.split(',').map((cell, at) => [names[at]!, cell] as const);
        return Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
      });
    writeFileSync(join(folder, 'past.json'), JSON.stringify({ entries: bench.history, rows }));
  } finally {
    await bench.close();
    rmSync(path, { force: true });
  }
}

async function measure(folder: string): Promise<void> {
  const { entries, rows } = JSON.parse(readFileSync(join(folder, 'past.json'), 'utf8')) as MadePast;
  const statements = values.statements ? timeStatements() : null;
  const cache = mkdtempSync(join(tmpdir(), 'assay-online-cache-'));
  const engine = new OnlineEngine({
    champion: async () => model,
    past: async () => ({ segments: [], recent: entries }),
    history: new PastReader({ store: new FolderStore(join(folder, 'data')), folder: cache, maxBytes: 1e9 }),
    rates: new StoredRates(new FolderStore(join(folder, 'artifacts'))),
    ...{ threads: Number(values.threads), memoryLimitMb: 1_024, clock: () => performance.now() },
  });
  const wall: number[] = [];
  const cpu: number[] = [];
  const parts = new Map<string, number[]>();
  let flagged = 0;
  for (let n = -warmUp; n < requests; n++) {
    if (n === 0) statements?.clear();
    const row = rows[(n + warmUp) % rows.length]!;
    const before = process.cpuUsage();
    const began = performance.now();
    const { results, timings } = await engine.score({ domain, records: [row], explain: 'all' });
    const took = performance.now() - began;
    const used = process.cpuUsage(before);
    if (results[0]!.status !== 'scored') throw new Error(JSON.stringify(results[0]));
    if (n < 0) continue;
    flagged += Number(results[0]!.flagged);
    wall.push(took);
    cpu.push((used.user + used.system) / 1000);
    for (const [part, milliseconds] of Object.entries(timings))
      parts.set(part, [...(parts.get(part) ?? []), milliseconds]);
  }
  await engine.close();
  rmSync(cache, { recursive: true, force: true });
  process.stdout.write(`${requests} requests of one ${domain} record each, ${past} records of past, ms\n`);
  for (const [name, all] of [['wall', wall], ['processor', cpu], ...parts] as [string, number[]][]) {
    const sorted = all.toSorted((a, b) => a - b);
    process.stdout.write(`${name.padEnd(12)} p50 ${at(sorted, 0.5)}   p99 ${at(sorted, 0.99)}\n`);
  }
  process.stdout.write(`flagged: ${flagged}\n`);
  statements?.print();
}

function at(sorted: readonly number[], share: number): string {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1).padStart(8);
}

/** What takes the place of the session's own methods notes how long DuckDB took for each statement. */
function timeStatements(): { readonly clear: () => void; readonly print: () => void } {
  const taken = new Map<string, { ms: number; count: number }>();
  /** Milliseconds of all threads. */
  const processor = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const note = (sql: string, began: number): void => {
    const name = sql
      .replace(/\s+/g, ' ')
      .replace(/_\d+\b/g, '_N')
      .replace(/-?\b\d+(\.\d+)?\b/g, '0')
      .slice(0, 130);
    const known = taken.get(name) ?? { ms: 0, count: 0 };
    taken.set(name, { ms: known.ms + processor() - began, count: known.count + 1 });
  };
  for (const name of ['run', 'rows'] as const) {
    const own = Session.prototype[name] as (this: Session, sql: string) => Promise<never>;
    Session.prototype[name] = async function timed(this: Session, sql: string): Promise<never> {
      const began = processor();
      try {
        return await own.call(this, sql);
      } finally {
        note(sql, began);
      }
    };
  }
  const chunks = Session.prototype.chunks;
  Session.prototype.chunks = async function* timed(this: Session, sql: string) {
    const began = processor();
    yield* chunks.call(this, sql);
    note(sql, began);
  };
  return {
    clear: () => taken.clear(),
    print: () => {
      const all = [...taken].toSorted(([, a], [, b]) => b.ms - a.ms);
      const sum = all.reduce((total, [, { ms }]) => total + ms, 0);
      const count = all.reduce((total, [, one]) => total + one.count, 0);
      process.stdout.write(
        `${(count / requests).toFixed(1)} statements a request, ${(sum / requests).toFixed(1)} ms\n`,
      );
      for (const [sql, one] of all)
        process.stdout.write(
          `${(one.ms / requests).toFixed(2).padStart(7)} ms ${(one.count / requests).toFixed(1).padStart(5)} ${sql}\n`,
        );
    },
  };
}
