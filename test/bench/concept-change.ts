/**
 * What the loop of reviews, monitoring and retraining does when the world changes: payments of an invented bank, in which from
 * a known day on mules with wallets appear, a typology that the champion has never seen. On files, in one process, by the
 * functions that the stack calls.
 *
 *     90 days          30 days            30 days, or as many months      30 days
 *     past of windows  all labelled: the  mules appear; no labels         scored by both;
 *                      champion learns    but reviews                     nothing is learned from it
 *
 * A verdict is what the generator's officer says: one suspicious payment in ten is overlooked, one innocent in five hundred
 * suspected. All flags of the second period are reviewed, and of the rest the random share that the keyed hash draws. Beside
 * it the same bank without mules is scored and watched: what rings there rings for another reason than the change.
 *
 *     node test/bench/concept-change.ts [--seed 1] [--share 0.02] [--months 1] [--per-day 1400]
 */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decisionIdSql } from '../../lib/decisions/decision-id.ts';
import { roundToBillionths } from '../../lib/decisions/nine-decimals.ts';
import { ReasonSample } from '../../lib/drops/save-measures.ts';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { type InputFile, readRecords } from '../../lib/intake/read-records.ts';
import { loadModel, type Model } from '../../lib/models/model-folder.ts';
import { isFigure, type Measured } from '../../lib/monitoring/measured.ts';
import type { MeasuredDrop } from '../../lib/monitoring/measured-drop.ts';
import type { SeenReview } from '../../lib/monitoring/observe-model.ts';
import { watchDomain } from '../../lib/monitoring/watch-domain.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { assembleChallenger } from '../../lib/retraining/assemble-challenger.ts';
import { compareModels } from '../../lib/retraining/compare-models.ts';
import { readPart } from '../../lib/retraining/part-files.ts';
import { prepareTraining } from '../../lib/retraining/prepare-training.ts';
import { type DropRecords, snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { listTreeGroups, trainTreeGroup } from '../../lib/retraining/train-groups.ts';
import type { Machine, TrainingPlan } from '../../lib/retraining/training-plan.ts';
import { chooseCandidate, listTuningTasks, runTuningTask } from '../../lib/retraining/tune.ts';
import { FILES } from '../../lib/retraining/work-files.ts';
import { inclusionProbability, isDrawnBelowTheLine } from '../../lib/reviews/below-the-line.ts';
import { claimsOfReviews } from '../../lib/reviews/claims-of-reviews.ts';
import { explainedLines } from '../../lib/scoring/flag-lines.ts';
import { type Decisions, scoreRecords } from '../../lib/scoring/score-records.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { toText } from '../../samples/generators/write-sample.ts';

const { values: asked } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    share: { type: 'string', default: '0.02' },
    months: { type: 'string', default: '1' },
    'per-day': { type: 'string', default: '1400' },
  },
});
const SEED = Number(asked.seed);
const SHARE = Number(asked.share);
const MONTHS = Number(asked.months);
const PER_DAY = Number(asked['per-day']);

const FIRST_DAY = Date.parse('2025-01-06T00:00:00Z');
const dayOf = (day: number) => new Date(FIRST_DAY + day * 86_400_000).toISOString();
const PAST = 90;
const MONTH = 30;
/** Where the past, the labelled month, each month of the change, the month after, and nothing begin. */
const starts = [0, ...Array.from({ length: MONTHS + 3 }, (_, month) => PAST + month * MONTH)].map(dayOf);
const CHANGE = starts[2]!;
const LAST = starts[MONTHS + 2]!;
const END = starts[MONTHS + 3]!;
const dayAfter = (time: string, days: number) => new Date(Date.parse(time) + days * 86_400_000).toISOString();
const REVIEWED = dayAfter(LAST, 3);

const plan: TrainingPlan = { algorithm: 'forest', tune: false, resample: 'none', seed: SEED };
const machine: Machine = { threads: 2, memoryLimitMb: 2048, progress: noProgress };
const sampling = { key: Buffer.alloc(32, `concept change ${SEED}`), belowTheLine: SHARE, secondOpinion: 0 };
const print = (line: string): void => void process.stdout.write(`${line}\n`);

type Kind = 'new' | 'known' | 'innocent';

interface Decided {
  readonly recordId: string;
  readonly decision: string;
  readonly isFlagged: boolean;
}

interface Scored {
  readonly measured: MeasuredDrop;
  readonly decisions: readonly Decided[];
}

interface Bank {
  /** Past, labelled month, each month of the change, the month after. */
  readonly files: readonly string[];
  /** By record id; only records from the day of the change on. */
  readonly truth: ReadonlyMap<string, Kind>;
}

const root = await mkdtemp(join(tmpdir(), 'assay-concept-'));
try {
  await run();
} finally {
  await rm(root, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const bank = await writeBank('bank', true);
  const [past, labelled] = bank.files as [string, string];
  const first = await storeDrop('labelled', [{ path: past, history: true }, { path: labelled }], CHANGE);
  const champion = await trainChampion(first);
  const reviews: Review[] = [];
  const drops: DropRecords[] = [];
  for (let month = 2; month < MONTHS + 2; month++) {
    const file = bank.files[month]!;
    const until = starts[month + 1]!;
    const name = `month ${month - 1} of the change`;
    const [scored] = await scoreDrop(bank.files.slice(0, month), file, [champion], name, until);
    const own = reviewDrop(scored!, bank.truth);
    reviews.push(...own);
    drops.push(await storeDrop(`changed-${month}`, [{ path: file }], until));
    print(`\n${name}: ${scored!.decisions.length} records; all flags reviewed, ${SHARE * 100} % of the rest`);
    printTruth('champion', scored!, bank.truth);
    printReviews(own, bank.truth);
    printWatched(watch(champion, scored!, own));
  }
  await scoreCalm(champion);
  const challenger = await trainChallenger([first, ...drops], reviews, bank.truth);
  print('\nThe month after');
  const behind = bank.files.slice(0, -1);
  const last = await scoreDrop(behind, bank.files.at(-1)!, [champion, challenger], 'last', END);
  for (const [at, name] of ['champion', 'challenger'].entries()) printTruth(name, last[at]!, bank.truth);
}

async function trainChampion(first: DropRecords): Promise<Model> {
  await trainInStages('champion', [first], []);
  const champion = await loadModel(join(root, 'champion', 'model'));
  printCard('champion', champion);
  return champion;
}

async function scoreCalm(champion: Model): Promise<void> {
  const { files, truth } = await writeBank('calm', false);
  const [scored] = await scoreDrop(files.slice(0, 2), files[2]!, [champion], 'calm', starts[3]!);
  print('\nThe first of these months without mules');
  printTruth('champion', scored!, truth);
  printWatched(watch(champion, scored!, reviewDrop(scored!, truth)));
}

async function trainChallenger(
  drops: readonly DropRecords[],
  reviews: readonly Review[],
  truth: Bank['truth'],
): Promise<Model> {
  print('\nThe retraining');
  await trainInStages('challenger', drops, reviews);
  const folder = join(root, 'challenger');
  const { gate, notes } = await compareModels(folder, join(root, 'champion', 'model'), machine);
  const challenger = await loadModel(join(folder, 'model'));
  printCard('challenger', challenger);
  for (const part of [FILES.train, FILES.heldOut]) {
    const { id } = await readPart(folder, part);
    const since = id.filter((one) => truth.has(one));
    const ofNew = since.filter((one) => truth.get(one) === 'new').length;
    print(
      `  ${part}: ${since.length} of ${id.length} records since the change, ${ofNew} of the new typology`,
    );
  }
  print(`  the gate is ${gate.passed ? 'open' : 'shut'}`);
  for (const { id, passed, sentence } of gate.criteria)
    print(`  ${passed ? 'passed' : 'FAILED'}  ${id}: ${sentence}`);
  for (const note of notes) print(`  note    ${note}`);
  return challenger;
}

/** CSV files; none but the past and the labelled month has labels in it. */
async function writeBank(name: string, changes: boolean): Promise<Bank> {
  const files = starts.slice(0, -1).map((_, part) => join(root, `${name}-${part}.csv`));
  for (const file of files) await writeFile(file, `${financeHeader}\n`);
  const days = PAST + (MONTHS + 2) * MONTH;
  // Mules make more records a day than the bank is sized by: generated is more than is needed, and cut by date.
  const lines = generateFinance({
    ...{ records: PER_DAY * days * 2, days: days * 2, seed: SEED, start: dayOf(0).slice(0, 10) },
    ...(changes && { newTypologyFrom: CHANGE.slice(0, 10) }),
  });
  const truth = new Map<string, Kind>();
  const funding = new Map<string, { id: string; time: number }[]>();
  let texts: string[] = [];
  let part = 0;
  for (const line of lines) {
    const [id, time, account, , , , , partner, , , , type, channel] = line.cells.split(',') as string[];
    if (time! >= END) break;
    const now = starts.findLastIndex((start) => Date.parse(time!) >= Date.parse(start));
    if (now !== part) {
      await appendFile(files[part]!, texts.join(''));
      [texts, part] = [[], now];
    }
    texts.push(`${toText(line, part < 2)}\n`);
    if (part < 2) continue;
    truth.set(id!, line.label === '1' ? 'known' : 'innocent');
    const seconds = Date.parse(time!) / 1000;
    if (type === 'incoming_transfer' && channel === 'mobile' && line.label === '1') {
      funding.set(account!, [...(funding.get(account!) ?? []), { id: id!, time: seconds }]);
    }
    if (!partner!.startsWith('EM')) continue;
    if (line.label === '1') truth.set(id!, 'new');
    // The transfers that a wallet is topped up from came at most 30 hours before.
    for (const one of funding.get(account!) ?? []) {
      if (seconds - one.time <= 30 * 3600) truth.set(one.id, 'new');
    }
  }
  await appendFile(files[part]!, texts.join(''));
  return { files, truth };
}

/** A drop's records as the stack leaves them. */
async function storeDrop(
  name: string,
  inputs: readonly InputFile[],
  receivedAt: string,
): Promise<DropRecords> {
  const path = join(root, `${name}.parquet`);
  const session = await Session.open(machine);
  try {
    const { records, rejected } = await readRecords(session, await loadPack('finance'), inputs);
    await records.copyToParquet(path, { orderBy: 'seq' });
    return { path, key: `records/finance/${name}.parquet`, versionId: 'v1', receivedAt, rejected };
  } finally {
    await session.close();
  }
}

async function trainInStages(
  name: string,
  drops: readonly DropRecords[],
  reviews: readonly Review[],
): Promise<void> {
  const folder = join(root, name);
  const pack = await loadPack('finance');
  const claims = claimsOfReviews(reviews, REVIEWED);
  const { counts } = await snapshotDataset({ ...machine, folder, pack, drops, claims, asOf: REVIEWED });
  print(
    `${name}: ${counts.records} records, ${counts.labelled} labelled, ${counts.positives} positive, ${counts.weighted} weighing more than 1`,
  );
  await prepareTraining(folder, plan, machine);
  for (const task of await listTuningTasks(folder, plan)) await runTuningTask(folder, plan, task, machine);
  const groups = listTreeGroups(await chooseCandidate(folder, plan), 1);
  for (const group of groups) await trainTreeGroup(folder, plan, group, machine);
  await assembleChallenger(folder, plan, groups, machine);
}

type Review = SeenReview & { readonly recordId: string; readonly chance: number };

/** One delivery, scored by each of the models as it would have been when it came: with all that lies before it as the past. */
async function scoreDrop(
  past: readonly string[],
  path: string,
  models: readonly Model[],
  drop: string,
  at: string,
): Promise<Scored[]> {
  const session = await Session.open(machine);
  try {
    const { pack } = models[0]!;
    const inputs = [...past.map((one) => ({ path: one, history: true })), { path }];
    const { records, received, rejected, accepted } = await readRecords(session, pack, inputs);
    const features = await buildFeatures(records, pack, { encodings: false });
    const scored: Scored[] = [];
    for (const model of models) {
      const threshold = roundToBillionths(model.card.threshold.value);
      const counted = await scoreRecords(features, model, threshold, accepted, () => {});
      const sample = new ReasonSample();
      const lines = explainedLines(
        { features, ...counted },
        { model, threshold, threads: 2, onProgress: () => {} },
        0,
      );
      for await (const _ of sample.through(lines));
      const measured: MeasuredDrop = {
        ...{ format: 'assay-measured-drop/1', drop, domain: 'finance', model: model.card.version, at },
        ...{ received, rejected, scored: counted.scored, flagged: counted.flagged, belowTheLine: SHARE },
        ...{ inputs: counted.inputs, scores: counted.scores, reasons: sample.reasons() },
      };
      scored.push({ measured, decisions: await readDecisions(counted.decisions, model) });
    }
    return scored;
  } finally {
    await session.close();
  }
}

async function readDecisions(decisions: Decisions, { card }: Model): Promise<Decided[]> {
  const id = decisionIdSql({
    ...{ domain: quoteText(card.domain), modelVersion: quoteText(card.version) },
    ...{ recordId: 'record_id', recordHash: 'record_hash' },
  });
  return decisions.session.rows<{ recordId: string; decision: string; isFlagged: boolean }>(
    `SELECT record_id AS "recordId", ${id} AS decision, flagged AS "isFlagged" FROM ${decisions} ORDER BY seq`,
  );
}

/** All flags, openly; of the rest those that are drawn, blind. */
function reviewDrop({ decisions, measured }: Scored, truth: Bank['truth']): Review[] {
  return decisions.flatMap(({ recordId, decision, isFlagged }): Review[] => {
    if (!isFlagged && !isDrawnBelowTheLine(sampling, decision)) return [];
    return [
      {
        ...{
          flag: decision,
          version: 1,
          reason: 'as the generator has it',
          note: null,
          by: 'officer',
          recordId,
        },
        kind: isFlagged ? 'open' : 'blind',
        verdict: truth.get(recordId) === 'innocent' ? 'false_positive' : 'true_positive',
        ...{ at: dayAfter(measured.at, 1), raisedAt: measured.at, drop: measured.drop },
        why: isFlagged ? 'flag' : 'below_the_line',
        chance: inclusionProbability(sampling, isFlagged),
      },
    ];
  });
}

function watch({ card }: Model, { measured }: Scored, reviews: readonly SeenReview[]) {
  const champion = card.version;
  const cards = new Map([[champion, card]]);
  return watchDomain({ drops: [measured], reviews, cards, champion }, dayAfter(measured.at, 3));
}

function printCard(name: string, { card }: Model): void {
  const { split, evaluation, threshold } = card;
  const { precision, recall } = evaluation!.atThreshold;
  print(
    `${name} ${card.version}: trained on ${split!.train} (${split!.trainPositives} positive), held out ${split!.heldOut} (${split!.heldOutPositives}), cut ${split!.cutTime}`,
  );
  print(
    `  threshold ${threshold.value.toFixed(3)}; held out: PR-AUC ${figure(evaluation!.prAuc)}, precision ${figure(precision)}, recall ${figure(recall)}`,
  );
}

function printTruth(name: string, { decisions }: Scored, truth: Bank['truth']): void {
  const count = (kind: Kind | null, flaggedOnly: boolean) =>
    decisions.filter(
      ({ recordId, isFlagged }) =>
        (!flaggedOnly || isFlagged) && (kind === null || truth.get(recordId) === kind),
    ).length;
  const part = (found: number, of: number) =>
    `${of === 0 ? '–' : (found / of).toFixed(3)} (${found} of ${of})`;
  const [kinds, found] = [false, true].map((only) => ({
    new: count('new', only),
    known: count('known', only),
    all: count(null, only),
  })) as [Counts, Counts];
  print(
    `  ${name.padEnd(10)} true recall ${part(found.new + found.known, kinds.new + kinds.known)}, known typologies ${part(found.known, kinds.known)}, new typology ${part(found.new, kinds.new)}, precision ${part(found.new + found.known, found.all)}`,
  );
}

interface Counts {
  readonly new: number;
  readonly known: number;
  readonly all: number;
}

function printReviews(reviews: readonly Review[], truth: Bank['truth']): void {
  for (const why of ['flag', 'below_the_line'] as const) {
    const own = reviews.filter((review) => review.why === why);
    const of = (kind: Kind) => own.filter(({ recordId }) => truth.get(recordId) === kind).length;
    print(
      `  reviewed ${why}: ${own.length}, of them new typology ${of('new')}, known ${of('known')}, innocent ${of('innocent')}`,
    );
  }
}

function printWatched({ points, alarms }: ReturnType<typeof watch>): void {
  const { recall, precision, score_psi, explanation_drift, unknown_share } = points[0]!.figures;
  print(
    `  watched: recall ${measure(recall)}, precision ${measure(precision)}, score PSI ${measure(score_psi)}, drift of reasons ${measure(explanation_drift)}, unknown categories ${measure(unknown_share)}`,
  );
  for (const { sentence, retrain } of alarms) print(`  ALARM${retrain ? ' (may retrain)' : ''}: ${sentence}`);
  if (alarms.length === 0) print('  no alarm');
}

function measure(measured: Measured): string {
  return isFigure(measured) ? figure(measured) : `not enough data (${measured.n} of ${measured.needed})`;
}

function figure({ value, low, high }: { value: number; low: number | null; high: number | null }): string {
  return `${value.toFixed(3)} [${low?.toFixed(3)}, ${high?.toFixed(3)}]`;
}
