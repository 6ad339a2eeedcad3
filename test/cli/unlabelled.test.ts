/** A start without labels: an isolation forest of scikit-learn on the matrix that `assay features --unlabelled` gives. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import { runAssayHere } from '../helpers/command-line.ts';

interface Golden {
  readonly original: { readonly text: string };
  readonly rows: readonly (readonly number[])[];
  readonly scores: readonly number[];
}
const golden = JSON.parse(
  gunzipSync(
    await readFile(new URL('../parity/golden/imports/isolation-forest.json.gz', import.meta.url)),
  ).toString(),
) as Golden;
const names = golden.rows[0]!.map((_, at) => `f${at}`);
const PACK = (threshold: string) => `
domain: unusual
record: { id: id, time: at, label: bad }
columns: { id: string, at: timestamp, bad: boolean, ${names.map((name) => `${name}: number`).join(', ')} }
features: { ${names.map((name) => `${name}: ${name}`).join(', ')} }
threshold: ${threshold}
`;

let folder: string;
const at = (file: string): string => join(folder, file);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-unlabelled-'));
  await writeFile(at('f1.yaml'), PACK('{ policy: max_f1 }'));
  await writeFile(at('capacity.yaml'), PACK('{ policy: capacity, per_day: 2 }'));
  await writeFile(at('trees.csv'), golden.original.text);
  const lines = golden.rows.map((row, n) => `r${n},2025-01-0${1 + (n % 5)}T00:00:00,${row.join(',')}`);
  await writeFile(at('d.csv'), ['id,at,'.concat(names.join(',')), ...lines, ''].join('\n'));
  const scores = golden.scores.map((score, n) => `r${n},${score}`);
  await writeFile(at('scores.csv'), ['record_id,score', ...scores, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const take = (pack: string, ...more: string[]) =>
  runAssayHere(
    ...['import', '--sklearn', at('trees.csv'), '--domain', at(pack), '--data', at('d.csv')],
    ...['--out', at('model'), '--quiet', '--unlabelled', ...more],
  );
const readCard = async (): Promise<ModelCard> => JSON.parse(await readFile(at('model/card.json'), 'utf8'));

test('the matrix holds every record, and no label', async () => {
  const ran = await runAssayHere(
    ...['features', '--unlabelled', '--domain', at('f1.yaml'), '--data', at('d.csv')],
    ...['--out', at('features.parquet'), '--quiet', '--json'],
  );
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ rows: 60, inputs: 6, train: 60, heldOut: 0 });
});

test('the share asked for is flagged, by scores that are those of Python, with reasons that add up', async () => {
  const taken = await take('f1.yaml', '--share', '0.1', '--scores', at('scores.csv'));
  expect(taken.stderr).toMatch(/no label was used/);
  expect(taken.code).toBe(0);
  const card = await readCard();
  expect(card).toMatchObject({ evaluation: null, training: null, split: null });
  expect(card.hyperParameters).toMatchObject({ unlabelled: true, comparedScores: 60 });
  expect(card.dataset).toMatchObject({ received: 60, labelled: 0, positives: 0 });
  const scored = await runAssayHere(
    ...[
      'score',
      '--domain',
      at('f1.yaml'),
      '--data',
      at('d.csv'),
      '--model',
      at('model'),
      '--out',
      at('run'),
      '--quiet',
    ],
  );
  expect(scored.code).toBe(0);
  const flags = (await readFile(at('run/explanations.jsonl'), 'utf8')).trimEnd().split('\n');
  const highest = golden.scores
    .map((score, n) => ({ score, id: `r${n}` }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 6);
  const explained = flags.map((line) => JSON.parse(line) as Explanation);
  expect(new Set(explained.map(({ record_id }) => record_id))).toEqual(new Set(highest.map(({ id }) => id)));
  for (const { base, contributions, score, unexplained } of explained) {
    expect(unexplained).toBeUndefined();
    expect(contributions.reduce((sum, { contribution }) => sum + contribution, base)).toBeCloseTo(score, 8);
  }
  expect((await runAssayHere('verify', at('run'), '--replay')).code).toBe(0);
});

test('a capacity needs no labels: at most so many a day', async () => {
  expect((await take('capacity.yaml')).code).toBe(0);
  const { threshold } = await readCard();
  const days = 4;
  const flagged = golden.scores.filter((score) => score >= threshold.value).length;
  expect(flagged).toBe(2 * days);
});

test('a policy that looks for positives is refused where no share is given, and a share where there are labels', async () => {
  const ran = await take('f1.yaml');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('threshold.policy max_f1 needs labels; say what share of the records');
  const labelled = await runAssayHere(
    ...[
      'import',
      '--sklearn',
      at('trees.csv'),
      '--domain',
      at('f1.yaml'),
      '--data',
      at('d.csv'),
      '--share',
      '0.1',
    ],
  );
  expect(labelled.code).toBe(2);
  expect(labelled.stderr).toContain('found --share without --unlabelled');
});

test('a share that holds not even the record with the highest score is refused by what it would take', async () => {
  const ran = await take('f1.yaml', '--share', '0.01');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(
    '--share 0.01: found 1 of 60 records with the highest score, expected no more than the share; give at least 0.0166',
  );
});

test('scores of another model are refused', async () => {
  const text = (await readFile(at('scores.csv'), 'utf8')).replace(/^r7,.*$/m, 'r7,0.123');
  await writeFile(at('other.csv'), text);
  const ran = await take('f1.yaml', '--share', '0.1', '--scores', at('other.csv'));
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('r7');
});
