/**
 * The benchmark: a CSV to flags with reasons, by Assay and by the pandas, scikit-learn and shap pipeline beside it, on
 * the same file in one run. Prints a table in Markdown, with the machine, versions and load, and keeps all figures as JSON in
 * .assay/bench.
 *
 *     npm run bench -- [--rows 200000] [--share 0.02] [--threads 1] [--python python3] [--memory-rows 2000000]
 *
 * Python is left out where it lacks the libraries. Each side runs in a process of its own, so that peak memory is its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { libraryVersions } from '../../lib/models/library-versions.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    share: { type: 'string', default: '0.02' },
    threads: { type: 'string', default: String(availableParallelism()) },
    python: { type: 'string', default: 'python3' },
    'memory-rows': { type: 'string' },
  },
});
const share = Number(values.share);
const folder = await mkdtemp(join(tmpdir(), 'assay-bench-'));
try {
  await compare();
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface StageTimes {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly stages: Readonly<Record<string, number>>;
  readonly flagged: number;
  readonly prAuc?: number;
}

interface PythonTimes {
  readonly flagged: number;
  readonly fit: number;
  readonly read: number;
  readonly features: number;
  readonly predict: number;
  readonly explain: number;
  readonly total: number;
  readonly cpu: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly peak_mb: number;
  readonly microseconds_per_explanation: number;
}

async function compare(): Promise<void> {
  const loadBefore = loadavg()[0]!;
  const train = generate('train.csv', 160_000, 1);
  const score = generate('score.csv', Number(values.rows), 2);
  assay('train', ['train', '--data', train, '--out', join(folder, 'model')]);
  const threshold = await thresholdForShare(score);
  const ours = assay('score', [
    'score',
    '--model',
    join(folder, 'model'),
    '--data',
    score,
    '--threshold',
    threshold,
    '--out',
    join(folder, 'run'),
  ]);
  const fit = fitSeconds(train);
  const python = runPython(train, score);
  const machine = {
    processor: `${cpus().length} × ${cpus()[0]!.model.trim()}`,
    load: [loadBefore, loadavg()[0]!],
    versions: { node: process.version, ...libraryVersions(), ...python?.versions },
  };
  print(ours, fit, python);
  process.stdout.write(`\n${describeMachine(machine)}\n`);
  await store({ options: values, machine, assay: ours, fit, python: python ?? null });
  if (values['memory-rows'] !== undefined) printMemory(ours, threshold);
}

interface Machine {
  readonly processor: string;
  /** Before and after. */
  readonly load: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
}

function describeMachine({ processor, load, versions }: Machine): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${processor}; load ${load.map((one) => one.toFixed(1)).join(' to ')}; ${names.join(', ')}`;
}

async function store(figures: object): Promise<void> {
  const results = here('../../.assay/bench');
  await mkdir(results, { recursive: true });
  const measured = new Date().toISOString();
  const path = join(results, `${measured.replaceAll(':', '-')}.json`);
  await writeFile(path, `${JSON.stringify({ measured, ...figures }, null, 2)}\n`);
  process.stdout.write(`${path}\n`);
}

function generate(name: string, records: number, seed: number): string {
  const path = join(folder, name);
  run([
    here('../../samples/generate.ts'),
    '--domain',
    'finance',
    '--records',
    String(records),
    '--seed',
    String(seed),
    '--out',
    path,
  ]);
  return path;
}

/** The threshold that flags the wanted share: found by scoring once with everything below it. */
async function thresholdForShare(score: string): Promise<string> {
  assay('score', [
    'score',
    '--model',
    join(folder, 'model'),
    '--data',
    score,
    '--threshold',
    '1',
    '--out',
    join(folder, 'all'),
  ]);
  const session = await Session.open();
  try {
    const { threshold } = await session.row<{ threshold: number }>(
      `SELECT quantile_disc(score, ${1 - share}) AS threshold FROM read_parquet(${quoteText(join(folder, 'all', 'decisions.parquet'))})`,
    );
    return String(threshold);
  } finally {
    await session.close();
  }
}

/** Runs a command in a process that reports its own time a stage and its peak memory. */
function assay(kind: 'train' | 'score', argv: readonly string[]): StageTimes {
  const threads = ['--threads', values.threads, '--domain', here('payments.yaml')];
  return JSON.parse(run([here('measured-command.ts'), kind, ...argv, ...threads])) as StageTimes;
}

function fitSeconds(train: string): number {
  return JSON.parse(run([here('measured-fit.ts'), train, values.threads])) as number;
}

function run(argv: readonly string[]): string {
  const done = spawnSync(process.execPath, argv, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${argv.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

function runPython(train: string, score: string): PythonTimes | undefined {
  const single = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const done = spawnSync(values.python, [here('pipeline.py'), train, score, values.share, folder], {
    encoding: 'utf8',
    env: { ...process.env, ...single },
  });
  if (done.status === 0) return JSON.parse(done.stdout) as PythonTimes;
  process.stderr.write(
    `Python is left out: ${(done.stderr ?? String(done.error)).trim().split('\n').at(-1)}\n`,
  );
  return undefined;
}

function print(ours: StageTimes, fit: number, python: PythonTimes | undefined): void {
  const rows = Number(values.rows);
  const explaining = Object.entries(ours.stages).find(([name]) => name.startsWith('explaining'))?.[1] ?? 0;
  const line = (
    name: string,
    mine: number,
    theirs: number | undefined,
    digits: number,
    unit: string,
  ): string => {
    const other = theirs === undefined ? '–' : `${theirs.toFixed(digits)}${unit}`;
    const ratio = theirs === undefined ? '–' : `${(theirs / mine).toFixed(1)}x`;
    return `| ${name} | ${mine.toFixed(digits)}${unit} | ${other} | ${ratio} |`;
  };
  const table = [
    `${rows.toLocaleString('en-US')} records, ${ours.flagged.toLocaleString('en-US')} flagged (${(share * 100).toFixed(1)} %), Assay on ${values.threads} thread(s), Python on 1`,
    '',
    '| | Assay | pandas + scikit-learn + shap | ratio |',
    '| --- | --- | --- | --- |',
    line('CSV to flags with reasons', ours.seconds, python?.total, 1, ' s'),
    line('the same, CPU time', ours.cpuSeconds, python?.cpu, 1, ' s'),
    line('reading', ours.stages['reading records']!, python?.read, 2, ' s'),
    line('features with windows', ours.stages['computing features']!, python?.features, 2, ' s'),
    line('scoring', ours.stages.scoring!, python?.predict, 2, ' s'),
    line(
      'an explanation (with words, written)',
      (1e6 * explaining) / ours.flagged,
      python?.microseconds_per_explanation,
      0,
      ' µs',
    ),
    line('forest fit, 120,000 rows', fit, python?.fit, 1, ' s'),
    line('peak memory', ours.peakMb, python?.peak_mb, 0, ' MB'),
    '',
    `${Math.round(rows / ours.seconds).toLocaleString('en-US')} records a second${python === undefined ? '' : `; Python ${Math.round(rows / python.total).toLocaleString('en-US')}`}`,
  ];
  process.stdout.write(`${table.join('\n')}\n`);
}

/** Peak memory on a larger file, at the same number of flags a record. */
function printMemory(ours: StageTimes, threshold: string): void {
  const rows = Number(values['memory-rows']);
  const large = generate('large.csv', rows, 3);
  const more = assay('score', [
    'score',
    '--model',
    join(folder, 'model'),
    '--data',
    large,
    '--threshold',
    threshold,
    '--out',
    join(folder, 'large'),
  ]);
  process.stdout.write(
    `\npeak memory: ${ours.peakMb.toFixed(0)} MB for ${Number(values.rows).toLocaleString('en-US')} records, ${more.peakMb.toFixed(0)} MB for ${rows.toLocaleString('en-US')} (${more.seconds.toFixed(1)} s)\n`,
  );
}
