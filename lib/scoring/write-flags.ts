/**
 * The flags of a run: each, explained, is written to explanations.jsonl in input order and to the audit log, then to
 * flagged_risks.csv with the columns as they were delivered, personal data masked, the most urgent first.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import type { AuditLog } from '../audit/audit-log.ts';
import { compareUrgency, severityRank } from '../decisions/rule-hits.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { topReasons } from '../decisions/top-reasons.ts';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { createTable, openTable, type Table } from '../engine/table.ts';
import { type Originals, originalRows } from '../intake/original-rows.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { Records, Selection } from '../intake/records.ts';
import { type Pack, deliveredColumns as packColumns } from '../packs/pack.ts';
import { MASKED, personalDataOf, personalHeaders } from '../packs/personal-data.ts';
import type { ErasableColumns } from '../privacy/erasable-columns.ts';
import type { FlagLine, SampledInputs } from './flag-lines.ts';
import { inBlocks } from './in-blocks.ts';
import type { RunFolder } from './run-folder.ts';
import type { Decisions } from './score-records.ts';

/** Flags that the report shows; of more, the most urgent. */
const reportedFlags = 1_000;
const bufferedFlags = 512;

export interface WrittenFlags {
  readonly unexplained: number;
  /** Evenly spread over the drop. */
  readonly sample: readonly SampledInputs[];
  /** The most urgent first. */
  readonly top: readonly RankedFlag[];
}

export interface FlagOptions {
  readonly run: Pick<RunFolder, 'explanations' | 'flags'>;
  readonly audit: AuditLog;
  readonly records: Records;
  readonly decisions: Decisions;
  /** The files as they were read, for the columns as delivered. */
  readonly deliveries: IntakeResult['deliveries'];
  /** Whose personal data is masked in what people read. */
  readonly pack: Pack;
  /** How records were sealed; absent: the columns are shown as delivered. */
  readonly erasable?: ErasableColumns;
}

/** `lines` in order of `seq`. */
export async function writeFlags(
  lines: AsyncIterable<FlagLine>,
  { run, records, decisions, audit, deliveries, pack, erasable }: FlagOptions,
): Promise<WrittenFlags> {
  const sample: SampledInputs[] = [];
  let top: RankedFlag[] = [];
  let unexplained = 0;
  const { session } = records;
  const cells = await openFlagCells(session);
  async function* explanations(): AsyncGenerator<string> {
    for await (const flag of lines) {
      recordFlag(audit, flag);
      cells.add(flag);
      if (flag.inputs !== null) sample.push(flag.inputs);
      if (!flag.additive) unexplained++;
      top.push(flag);
      if (top.length >= 2 * reportedFlags) top = mostUrgent(top);
      yield `${flag.line}\n`;
    }
  }
  await pipeline(Readable.from(inBlocks(explanations())), createWriteStream(run.explanations));
  cells.close();
  const flagged: Selection = await createTable(
    session,
    'flagged',
    `SELECT seq FROM ${decisions} WHERE flagged ORDER BY seq`,
  );
  const shown =
    erasable === undefined
      ? await deliveredColumns(records, flagged, deliveries, pack)
      : await storedColumns(records, flagged, pack, erasable);
  await writeFlagCsv(cells.table, run.flags, shown);
  for (const table of [cells.table, shown.originals, flagged]) await table.drop();
  const { id: isPersonal } = personalDataOf(pack);
  return {
    unexplained,
    sample,
    top: mostUrgent(top).map(({ seq, explanation }) => ({
      seq,
      explanation: isPersonal ? { ...explanation, record_id: MASKED } : explanation,
    })),
  };
}

export type RankedFlag = Pick<FlagLine, 'seq' | 'explanation'>;

function mostUrgent(flags: readonly RankedFlag[]): RankedFlag[] {
  return flags.toSorted((a, b) => compareUrgency(a.explanation, b.explanation)).slice(0, reportedFlags);
}

function recordFlag(audit: AuditLog, { explanation, additive, line }: FlagLine): void {
  const { decision_id, record_id, score } = explanation;
  const sha256 = createHash('sha256').update(line).digest('hex');
  const actor = 'assay';
  audit.append({
    event: 'flagged',
    actor,
    subject: record_id,
    data: { decision_id, record_id, score, sha256 },
  });
  if (!additive)
    audit.append({ event: 'unexplained', actor, subject: record_id, data: { decision_id, record_id } });
}

interface FlagCells {
  readonly table: Table<{ readonly seq: number }>;
  add(flag: FlagLine): void;
  close(): void;
}

/** What flagged_risks.csv says beside the input's columns, kept in a table until it can be sorted. */
async function openFlagCells(session: Session): Promise<FlagCells> {
  const { table, appender } = await openTable<{ readonly seq: number }>(session, 'flag_cells', [
    ['seq', DOUBLE],
    ['severityRank', DOUBLE],
    ['score', DOUBLE],
    ['threshold', DOUBLE],
    ['rules', VARCHAR],
    ['reasons', VARCHAR],
    ['decision_id', VARCHAR],
  ]);
  let rows: (string | number)[][] = [];
  const flush = (): void => {
    if (rows.length > 0) appender.columns(rows[0]!.map((_, column) => rows.map((row) => row[column]!)));
    rows = [];
  };
  return {
    table,
    add({ seq, explanation: { score, threshold, rules, contributions, decision_id } }) {
      const hits = rules.map((rule) => `${rule.id} (${rule.severity}): ${rule.words}`).join(' | ');
      rows.push([
        seq,
        severityRank(rules),
        score,
        threshold,
        hits,
        topReasons(contributions).join(' | '),
        decision_id,
      ]);
      if (rows.length >= bufferedFlags) flush();
    },
    close() {
      flush();
      appender.close();
    },
  };
}

/** The columns of flagged_risks.csv before its own, and which of them are masked. */
interface ShownColumns {
  readonly originals: Originals;
  readonly columns: readonly string[];
  readonly masked: readonly number[];
}

async function deliveredColumns(
  records: Records,
  flagged: Selection,
  deliveries: FlagOptions['deliveries'],
  pack: Pack,
): Promise<ShownColumns> {
  const { columns, table: originals } = await originalRows(records, deliveries, flagged);
  const isPersonal = personalHeaders(
    pack,
    deliveries.map(({ header }) => header),
  );
  return { originals, columns, masked: columns.flatMap((name, at) => (isPersonal(name) ? [at] : [])) };
}

/** What a file holds beside the pack's columns may be anything, so it is not shown where records are to be erasable. */
async function storedColumns(
  records: Records,
  flagged: Selection,
  pack: Pack,
  { sealed }: ErasableColumns,
): Promise<ShownColumns> {
  const columns = packColumns(pack).map(({ name }) => name);
  const cells = columns.map((name) =>
    sealed.includes(name) ? quoteText(MASKED) : `CAST(${quoteIdentifier(name)} AS VARCHAR)`,
  );
  const named = ['record_id', ...cells].map((sql, at) => `${sql} AS c${at}`);
  const originals: Originals = await createTable(
    records.session,
    'originals',
    `SELECT seq, ${named.join(', ')} FROM ${records} WHERE seq IN (SELECT seq FROM ${flagged})`,
  );
  return { originals, columns: ['record_id', ...columns], masked: [] };
}

async function writeFlagCsv(
  cells: FlagCells['table'],
  path: string,
  { originals, columns, masked }: ShownColumns,
): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield csvLine([...columns, 'score', 'threshold', 'rule_hits', 'reasons', 'decision_id']);
    const sql = `SELECT originals.* EXCLUDE (seq), score, threshold, rules, reasons, decision_id
      FROM ${cells} AS flag_cells JOIN ${originals} AS originals ON originals.seq = flag_cells.seq::BIGINT ORDER BY severityRank DESC, score DESC, flag_cells.seq`;
    for await (const chunk of cells.session.chunks(sql)) {
      for (const row of chunk.getRows() as (string | number | null)[][]) {
        for (const at of masked) if (row[at] !== null) row[at] = MASKED;
        yield csvLine(row);
      }
    }
  }
  await pipeline(Readable.from(inBlocks(lines())), createWriteStream(path));
}
