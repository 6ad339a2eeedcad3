/**
 * A request that was scored online, recorded like a small drop: its records become history for later ones, its decisions and audit log
 * are stored as those of a file, and it leaves what a file leaves for monitoring, for blind review, and of a model that waits for
 * approval. It writes objects from the tables that scoring left, and the drop's place in the history.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnlineRecorder, ScoringAnswer, ScoringRequest } from '../api/online-scoring.ts';
import { openAuditFile } from '../audit/audit-log.ts';
import { canonicalJson, type Json } from '../audit/canonical-json.ts';
import { type BlindEntry, drawBlind } from '../drops/blind-items.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropSummary } from '../drops/drop-status.ts';
import type { DropRef } from '../drops/flow.ts';
import type { Candidate } from '../drops/plan-drop.ts';
import { countBelow, drawingOf, ReasonSample, saveMeasures } from '../drops/save-measures.ts';
import { type SealedDrop, sealOf } from '../drops/sealed-drop.ts';
import type { ShadowRun } from '../drops/shadow-run.ts';
import type { StageDeps } from '../drops/stage.ts';
import { type StoringDeps, sealingTime, storeRun } from '../drops/store-run.ts';
import { copyToParquet } from '../engine/parquet.ts';
import { quoteIdentifier, quoteText } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { windowGroups } from '../features/window-groups.ts';
import { type HistoryEntry, placeOf } from '../history/history-entry.ts';
import { dropOfPlace, isEmpty } from '../history/past.ts';
import { pastLines } from '../history/past-list.ts';
import type { RangeRecords } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import type { SamplingFor } from '../reviews/below-the-line.ts';
import { createRunFolder } from '../scoring/run-folder.ts';
import { finishRun, writeRun } from '../scoring/write-run.ts';
import type { LastRequest, OnlineEngine } from './online-engine.ts';
import { shadowOnline } from './shadow-request.ts';

export interface OnlineDropStatus {
  receive(drop: DropRef, attempt: number, by: string): Promise<boolean>;
  planned(id: string, model: string, parts: number): Promise<unknown>;
  done(id: string, summary: DropSummary, results: string): Promise<unknown>;
  get(id: string): Promise<{ readonly state: string } | null>;
}

export interface RecorderDeps extends StoringDeps {
  readonly engine: OnlineEngine;
  readonly status: OnlineDropStatus;
  /** Notes that its log is due for the log of the domain. */
  readonly noteSealed: (sealed: SealedDrop) => Promise<void>;
  readonly addHistory: (domain: string, entry: HistoryEntry) => Promise<unknown>;
  readonly sampling: SamplingFor;
  readonly putBlind: (entries: readonly BlindEntry[]) => Promise<unknown>;
  /** The model that waits for approval. */
  readonly candidate: (domain: string) => Promise<Candidate | null>;
  readonly saveShadow: (domain: string, run: ShadowRun) => Promise<unknown>;
  readonly warn: StageDeps['warn'];
  readonly now: () => Date;
}

export class OnlineDrops implements OnlineRecorder {
  readonly #deps: RecorderDeps;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  async record(request: ScoringRequest, answer: ScoringAnswer, by: string): Promise<string> {
    const { engine, status } = this.#deps;
    const last = engine.lastOf(request);
    if (last === null) throw new Error('only the request that was scored last can be recorded');
    const id = requestId(request, last.model);
    if ((await status.get(id))?.state === 'done') return id;
    const began = await this.#sealingTime({ id, domain: request.domain });
    const drop: DropRef = {
      id,
      domain: request.domain,
      bucket: '',
      key: `score/${id}`,
      version: '',
      bytes: last.intake.files[0]!.bytes,
      receivedAt: began.toISOString(),
    };
    await status.receive(drop, 1, by);
    const [candidate] = await Promise.all([this.#candidate(drop), status.planned(id, answer.model, 1)]);
    await this.#keep(last, drop, { began, candidate });
    return id;
  }

  async #keep(last: LastRequest, drop: DropRef, { began, candidate }: Recording): Promise<void> {
    const { status, addHistory, data } = this.#deps;
    const { model, threshold, intake, scored, lines, hits } = last;
    const { records } = intake;
    const { session } = records;
    const past = pastLines(last.past);
    const own: RangeRecords = await createTable(
      session,
      'own',
      `SELECT line, record_id, record_hash, ${columnNames(last)} FROM ${records} WHERE NOT history`,
    );
    // The past was only looked at: what is stored is what was sent.
    await session.run(`DELETE FROM ${records} WHERE history`);
    const folder = join(session.folder, 'online-run');
    await rm(folder, { recursive: true, force: true });
    const run = await createRunFolder(folder);
    const audit = openAuditFile(run.unsealedAudit);
    const sample = new ReasonSample();
    const written = await writeRun(run, audit.log, {
      ...{ model, threshold, intake, scored },
      lines: sample.through(inTurn(lines)),
      hits: inTurn(hits),
      context: { drop: drop.id },
      past,
      // Of a few records there is nothing to draw.
      report: false,
      hasPast: !isEmpty(last.past),
    }).finally(() => audit.close());
    const times = { started: began, finished: began, by: 'assay' };
    const summary = await finishRun(run, audit.log, written.summary, times);
    const plan = { drop, plannedAt: drop.receivedAt, model: model.card.version };
    const sampling = await this.#deps.sampling(drawingOf(plan, scored));
    const blind = await Array.fromAsync(
      drawBlind({ records, decisions: scored.decisions }, plan, model, sampling),
    );
    const drawn = { belowTheLine: sampling.belowTheLine, drawn: countBelow(blind) };
    await Promise.all([
      storeRun(this.#deps, run, { ...plan, past }),
      saveMeasures(data, plan, { scored, summary, reasons: sample.reasons(), ...drawn }),
      this.#deps.putBlind(blind),
    ]);
    await this.#deps.noteSealed(sealOf(drop, audit.log, began));
    const entry = await this.#storeHistory(own, last, drop);
    if (candidate !== null) await this.#shadow(last, drop, candidate);
    await addHistory(drop.domain, entry);
    await status.done(drop.id, summary, dropKeys(drop).results);
    await rm(folder, { recursive: true, force: true });
  }

  async #sealingTime(drop: Pick<DropRef, 'id' | 'domain'>): Promise<Date> {
    const { data, now } = this.#deps;
    const key = dropKeys(drop).sealedAt;
    return sealingTime(data, key, now, await data.readText(key));
  }

  /** Null: none waits, or which one does cannot be read. */
  async #candidate(drop: DropRef): Promise<Candidate | null> {
    try {
      return await this.#deps.candidate(drop.domain);
    } catch (error) {
      this.#deps.warn('which model waits for approval could not be read', drop, error);
      return null;
    }
  }

  /** A request is answered whatever becomes of this. */
  async #shadow(last: LastRequest, drop: DropRef, candidate: Candidate): Promise<void> {
    const run = await shadowOnline(this.#deps, last, drop, candidate);
    try {
      await this.#deps.saveShadow(drop.domain, run);
    } catch (error) {
      this.#deps.warn('what the challenger would have decided was not stored', drop, error);
    }
  }

  async #storeHistory(own: RangeRecords, last: LastRequest, drop: DropRef): Promise<HistoryEntry> {
    const { keys } = windowGroups(last.model.pack);
    const { session } = own;
    const path = join(session.folder, 'own.parquet');
    const objects = dropKeys(drop);
    const copy = async (sql: string, to: string): Promise<void> => {
      await copyToParquet(session, sql, path);
      await this.#deps.data.upload(path, to);
    };
    // Of one partition: all copies by keys, and the ids, would hold the same.
    await copy(`SELECT * FROM ${own} ORDER BY line`, objects.rows(0, 0, 0));
    const { id, domain, receivedAt: settledAt } = drop;
    const listed = await this.#deps.engine.listAgain(last, own);
    // Recorded again after an error, it may have later ones before it.
    const again = `SELECT DISTINCT ${dropOfPlace('place')} AS "drop", record_id FROM ${listed}
      WHERE place < ${quoteText(placeOf({ drop: id, settledAt }))}`;
    const { rows, stale } = await session.row<{ rows: number; stale: number }>(
      `SELECT (SELECT count(*) FROM ${own})::DOUBLE AS rows, (SELECT count(*) FROM (${again}))::DOUBLE AS stale`,
    );
    if (stale > 0) await copy(`${again} ORDER BY ALL`, objects.allStale);
    const parted = { keys, partitions: 1, ranges: 1 };
    const finishedAt = this.#deps.now().toISOString();
    return { drop: id, domain, settledAt, finishedAt, ...parted, rows, repeats: 0, stale };
  }
}

interface Recording {
  readonly began: Date;
  readonly candidate: Candidate | null;
}

/** The same records for the same model and threshold are the same drop, however often and by whom they are sent. */
function requestId({ domain, records }: ScoringRequest, { card, threshold }: Model): string {
  const content = canonicalJson({
    ...{ domain, model: card.version, records },
    ...(threshold !== undefined && { threshold }),
  } as unknown as Json);
  return `i-${createHash('sha256').update(content).digest('hex').slice(0, 20)}`;
}

function columnNames({ model }: LastRequest): string {
  return model.pack.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
