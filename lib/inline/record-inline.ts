/**
 * A request that was scored in line, kept like a small drop: its records become history for later ones, its decisions and audit log
 * are stored as those of a file. The tables that scoring left in the session go in; objects and the drop's place in the history
 * come out.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InlineRecorder, ScoringAnswer, ScoringRequest } from '../api/inline-scoring.ts';
import { openAuditFile } from '../decisions/audit-log.ts';
import { canonicalJson, type Json } from '../decisions/canonical-json.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropSummary } from '../drops/drop-status.ts';
import type { DropRef } from '../drops/flow.ts';
import type { HistoryEntry } from '../drops/history.ts';
import { type KeepingTools, sealingTime, storeRun } from '../drops/store-run.ts';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { windowGroups } from '../features/window-groups.ts';
import { createRunFolder } from '../scoring/run-folder.ts';
import { finishRun, settleRun } from '../scoring/settle-run.ts';
import type { InlineEngine, LastRequest } from './inline-engine.ts';

export interface InlineDropStatus {
  receive(drop: DropRef, attempt: number): Promise<boolean>;
  planned(id: string, model: string, parts: number): Promise<unknown>;
  done(id: string, summary: DropSummary, results: string): Promise<unknown>;
  get(id: string): Promise<{ readonly state: string } | null>;
}

export interface RecorderTools extends KeepingTools {
  readonly engine: InlineEngine;
  readonly status: InlineDropStatus;
  readonly addHistory: (domain: string, entry: HistoryEntry) => Promise<unknown>;
  readonly now: () => Date;
}

export class InlineDrops implements InlineRecorder {
  readonly #tools: RecorderTools;

  constructor(tools: RecorderTools) {
    this.#tools = tools;
  }

  async record(request: ScoringRequest, answer: ScoringAnswer): Promise<string> {
    const { engine, status, data, now } = this.#tools;
    const last = engine.lastOf(request);
    if (last === null) throw new Error('only the request that was scored last can be kept');
    const id = requestId(request, answer.model);
    if ((await status.get(id))?.state === 'done') return id;
    const began = await sealingTime(data, dropKeys({ id, domain: request.domain }).sealedAt, now);
    const drop: DropRef = {
      id,
      domain: request.domain,
      bucket: '',
      key: `score/${id}`,
      version: '',
      bytes: last.intake.files[0]!.bytes,
      receivedAt: began.toISOString(),
    };
    await status.receive(drop, 1);
    await status.planned(id, answer.model, 1);
    await this.#keep(last, drop, began);
    return id;
  }

  async #keep(last: LastRequest, drop: DropRef, began: Date): Promise<void> {
    const { status, addHistory } = this.#tools;
    const { session, model, threshold, intake, scored, lines, past } = last;
    await session.run(
      `CREATE OR REPLACE TEMP TABLE own AS SELECT line, record_id, record_hash, ${columnNames(last)} FROM records WHERE NOT history`,
    );
    // The past was only looked at: what is kept is what was sent.
    await session.run('DELETE FROM records WHERE history');
    const folder = join(session.folder, 'inline-run');
    await rm(folder, { recursive: true, force: true });
    const run = await createRunFolder(folder);
    const audit = openAuditFile(run.unsealedAudit);
    const settled = await settleRun(session, run, audit.log, {
      ...{ model, threshold, intake, scored },
      lines: inTurn(lines),
      context: { drop: drop.id, history: past },
    }).finally(() => audit.close());
    const times = { started: began, finished: began, by: 'assay' };
    const summary = await finishRun(run, audit.log, settled.summary, times);
    await storeRun(this.#tools, run, drop);
    const entry = await this.#storeHistory(session, last, drop);
    await addHistory(drop.domain, entry);
    await status.done(drop.id, summary, dropKeys(drop).results);
    await rm(folder, { recursive: true, force: true });
  }

  async #storeHistory(session: Session, { model }: LastRequest, drop: DropRef): Promise<HistoryEntry> {
    const { keys } = windowGroups(model.pack);
    const path = join(session.folder, 'own.parquet');
    const objects = dropKeys(drop);
    const copy = async (sql: string, to: readonly string[]): Promise<void> => {
      await session.run(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
      for (const key of to) await this.#tools.data.upload(path, key);
    };
    await copy(
      'SELECT * FROM own ORDER BY line',
      (keys.length === 0 ? [0] : [...keys.keys()]).map((at) => objects.rows(at, 0, 0)),
    );
    await copy('SELECT line, record_id FROM own ORDER BY line', [objects.ids(0, 0)]);
    const { n } = await session.row<{ n: number }>('SELECT count(*)::DOUBLE AS n FROM own');
    const { id, domain, receivedAt } = drop;
    return {
      ...{ drop: id, domain, settledAt: receivedAt, keys },
      ...{ partitions: 1, ranges: 1, rows: n, repeats: 0, stale: 0 },
    };
  }
}

/** The same records for the same model are the same drop, whoever sends them how often. */
function requestId({ domain, records }: ScoringRequest, model: string): string {
  const content = canonicalJson({ domain, model, records } as unknown as Json);
  return `i-${createHash('sha256').update(content).digest('hex').slice(0, 20)}`;
}

function columnNames({ model }: LastRequest): string {
  return model.pack.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
