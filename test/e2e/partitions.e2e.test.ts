import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { choosePartitions } from '../../lib/history/partition-sql.ts';
import { loadModel, type Model } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { noProgress } from '../../lib/progress.ts';
import { scoreFiles } from '../../lib/scoring/score-files.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { writeSample } from '../../samples/generators/write-sample.ts';
import { DropBench, type FinishedDrop } from '../helpers/drop-bench.ts';
import { data, dropFile, flags, follow, outputs, recordsPerPart, resultOf } from './deployed-stack.ts';

/** Above the card's: the local table takes some 200 flags a second, and it is not its speed that is tested here. */
const threshold = 0.8;
/** Enough for two partitions. The million that the documents speak of: `ASSAY_TEST_RECORDS=1000000`. */
const records = Number(process.env.ASSAY_TEST_RECORDS ?? 25_000);

let folder: string;
let path: string;
let model: Model;
/** The same on files and then with one partition, begun at once: the drop leaves a processor free. */
let onFiles: Promise<unknown>;
let inOnePiece: Promise<FinishedDrop>;
let bench: DropBench;
/** Every process reads the pointer of the champion again after half a minute. */
let isHeardOf: Promise<unknown>;
/** What other tests dropped: set aside, so that this drop has no past that its file doesn't have. */
let past: Record<string, unknown>[];
const pointer = { domain: 'finance', version: 'champion' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-partitions-'));
  path = join(folder, 'large.csv');
  const shipped = await loadModel(await championFolder('finance'));
  model = {
    ...shipped,
    card: { ...shipped.card, threshold: { ...shipped.card.threshold, value: threshold } },
  };
  const Item = { ...pointer, model: model.card.version, threshold };
  await documentClient().send(new PutCommand({ TableName: outputs.ModelsTable, Item }));
  isHeardOf = new Promise((resolve) => setTimeout(resolve, 31_000));
  const options = { records, seed: 41, days: 120, start: '2031-01-06' };
  await writeSample({ path, header: financeHeader, labelled: false }, generateFinance(options));
  const on = { model, out: join(folder, 'run'), threshold: null, threads: 1, memoryLimitMb: 1_024 };
  const now = () => new Date();
  onFiles = scoreFiles({ ...on, inputs: [{ path }], progress: noProgress, now });
  bench = await DropBench.open(model);
  inOnePiece = onFiles.then(() => bench.drop(path, { wholeBytes: Number.POSITIVE_INFINITY }));
  past = await takeHistory();
});
afterAll(async () => {
  await bench.close();
  // Nor shall these records be the past of what other tests drop.
  await takeHistory();
  for (const Item of past)
    await documentClient().send(new PutCommand({ TableName: outputs.DropsTable, Item }));
  await documentClient().send(new DeleteCommand({ TableName: outputs.ModelsTable, Key: pointer }));
  await rm(folder, { recursive: true, force: true });
});

test('records scored in partitions have the flags that they have in one piece, and on files, byte for byte', async () => {
  await isHeardOf;
  const id = await dropFile('finance', 'large.csv', path);
  const out = join(folder, 'run');
  const partitions = choosePartitions(records, recordsPerPart);
  const status = await follow(id, undefined, 590_000);
  expect(status).toMatchObject({
    state: 'done',
    progress: { scored: partitions, of: partitions },
    summary: { received: records, scored: records, rejected: 0, unexplained: 0 },
  });
  await onFiles;
  const wanted = await readFile(join(out, 'explanations.jsonl'), 'utf8');
  expectSameLines(await resultOf(status, 'explanations.jsonl'), wanted);
  expect(status.summary!.flagged).toBe(wanted.trimEnd().split('\n').length);
  const { items } = await flags.query({ scope: ['finance'], drop: id, limit: 5 });
  expect(items).toHaveLength(5);
  await data.download(`decisions/finance/${id}/decisions.parquet`, join(folder, 'decisions.parquet'));
  const [kept, here] = [
    await readFile(join(folder, 'decisions.parquet')),
    await readFile(join(out, 'decisions.parquet')),
  ];
  // Compared as bytes: toEqual would list every byte of both, and that takes gigabytes.
  expect(kept.equals(here)).toBe(true);
});

test('and so they have with one partition', async () => {
  const drop = await inOnePiece;
  expect(drop.plan.partitions).toBe(1);
  const wanted = await readFile(join(folder, 'run', 'explanations.jsonl'), 'utf8');
  expectSameLines(await drop.result('explanations.jsonl'), wanted);
});

/** Tens of megabytes: only the first line that differs is shown. */
function expectSameLines(found: string, wanted: string): void {
  if (found === wanted) return;
  const [left, right] = [found.split('\n'), wanted.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  expect({ lines: left.length, at, line: left[at] }).toEqual({ lines: right.length, at, line: right[at] });
}

/** Takes all finished drops of the domain out of the past, and gives them. */
async function takeHistory(): Promise<Record<string, unknown>[]> {
  const TableName = outputs.DropsTable;
  const taken: Record<string, unknown>[] = [];
  for (const kind of ['history', 'history-recent', 'history-index']) {
    const { Items = [] } = await documentClient().send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `${kind}#finance` },
      }),
    );
    for (const { pk, sk } of Items)
      await documentClient().send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    taken.push(...Items);
  }
  return taken;
}
