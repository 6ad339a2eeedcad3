/** The content of a dossier from the folder of a run: its flags with record, reasons and log. A folder knows no reviews. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type AuditEntry, parseEntry } from '../audit/audit-entry.ts';
import { formatEntryProof } from '../audit/entry-proof.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { SEVERITIES } from '../decisions/flag-item.ts';
import { compareUrgency, severityRank } from '../decisions/rule-hits.ts';
import { entitySql, recordJsonSql, timeTextSql } from '../drops/flag-items.ts';
import { parquetSql } from '../engine/parquet.ts';
import { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import { loadModel } from '../models/model-folder.ts';
import { LogProver } from '../scoring/prove-entry.ts';
import { replayDecision } from '../scoring/replay-decision.ts';
import { exists, openRunFolder, type RunFolder } from '../scoring/run-folder.ts';
import { modelFacts } from './card-facts.ts';
import { type DossierContent, type DossierFlag, type DossierLog, MAX_DOSSIER_FLAGS } from './dossier.ts';
import { proofName } from './flag-proofs.ts';
import { maskFlag, maskId } from './mask-flag.ts';

export interface RunSelection {
  readonly record?: string;
  readonly entity?: string;
  /** ISO 8601, by the records' own time; `until` is not included. */
  readonly from?: string;
  readonly until?: string;
}

/** Of a folder there is one log. */
const RUN = 'run';
/** A replay takes seconds. */
const MAX_REPLAYS = 5;

export async function runDossier(
  path: string,
  selection: RunSelection,
  showPersonal: boolean,
): Promise<DossierContent> {
  const run = await openRunFolder(path);
  const model = await loadModel(run.model);
  const { pack } = model;
  const lines = await readLines(run);
  const rows = await readRecords(run, pack, lines);
  const chosen = rows
    .filter((row) => isChosen(row, selection))
    .toSorted((a, b) => compareUrgency(a.explanation, b.explanation));
  refuseOddNumber(path, selection, chosen.length);
  const entries = await readEntries(run, new Set(chosen.map(({ explanation }) => explanation.decision_id)));
  const flags: DossierFlag[] = [];
  for (const { explanation, entity, time, record } of chosen) {
    const flag = explanation.decision_id;
    const replayed =
      chosen.length <= MAX_REPLAYS ? (await replayDecision(path, explanation.record_id, 1)).identical : null;
    flags.push({
      ...{ flag, run: RUN, record_id: explanation.record_id, entity, time },
      severity: SEVERITIES[severityRank(explanation.rules)] ?? null,
      ...{ status: null, explanation, record: JSON.parse(record) as Record<string, unknown>, reviews: [] },
      ...{ entries: entries.get(flag) ?? [], replayed },
    });
  }
  const { isHidden, personal } = maskId(pack, showPersonal);
  const { record = null, entity = null, from = null, until = null } = selection;
  return {
    dossier: {
      subject: {
        kind: record !== null ? 'flag' : entity !== null ? 'entity' : 'period',
        domain: pack.domain,
        id: isHidden(record !== null ? 'id' : 'entity') ? null : (record ?? entity),
        ...{ from, until },
      },
      personal: showPersonal ? 'shown' : 'masked',
      proof: isHidden('id') ? 'left out: ids are personal' : 'logs',
      case: null,
      flags: showPersonal ? flags : flags.map((flag) => maskFlag(flag, personal)),
      models: [modelFacts(model)],
    },
    lines: new Map(
      isHidden('id') ? [] : flags.map(({ flag, explanation }) => [flag, lines.get(explanation.record_id)!]),
    ),
    files: isHidden('id') ? [] : await readLogs(run, chosen),
    acts: null,
  };
}

function refuseOddNumber(path: string, { record, entity }: RunSelection, found: number): void {
  if (found === 0) {
    const of =
      record !== undefined
        ? `of the record "${record}"`
        : entity !== undefined
          ? `of "${entity}"`
          : 'of that time';
    throw new InputError(`${path}: there is no flag ${of}; flagged_risks.csv lists the flags`);
  }
  if (found > MAX_DOSSIER_FLAGS) {
    throw new InputError(
      `${path}: ${found} flags; a dossier holds at most ${MAX_DOSSIER_FLAGS}: choose a shorter time, an entity or a record`,
    );
  }
}

interface RecordRow extends Record<string, unknown> {
  readonly record_id: string;
  readonly entity: string | null;
  readonly time: string | null;
  readonly record: string;
}

interface ChosenRow {
  readonly explanation: Explanation;
  readonly entity: string | null;
  readonly time: string | null;
  readonly record: string;
}

/** By record id, byte for byte. */
async function readLines(run: RunFolder): Promise<Map<string, string>> {
  const lines = new Map<string, string>();
  const input = createReadStream(run.explanations);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    lines.set((JSON.parse(line) as Explanation).record_id, line);
  return lines;
}

async function readRecords(
  run: RunFolder,
  pack: Parameters<typeof entitySql>[0],
  lines: ReadonlyMap<string, string>,
): Promise<ChosenRow[]> {
  const session = await Session.open({ threads: 1 });
  try {
    const flags = await createTable<{ record_id: string }>(
      session,
      'flags',
      `SELECT record_id FROM ${parquetSql([run.decisions])} WHERE flagged`,
    );
    const rows = await session.rows<RecordRow>(
      `SELECT record_id, ${entitySql(pack)} AS entity, ${timeTextSql(pack)} AS time, ${recordJsonSql(pack)} AS record
       FROM ${parquetSql([run.records])} WHERE NOT history AND record_id IN (SELECT record_id FROM ${flags})`,
    );
    return rows.map(({ record_id, entity, time, record }) => {
      const line = lines.get(record_id);
      if (line === undefined)
        throw new InputError(`${run.explanations}: no explanation of "${record_id}"; assay verify says more`);
      return { entity, time, record, explanation: JSON.parse(line) as Explanation };
    });
  } finally {
    await session.close();
  }
}

function isChosen({ explanation, entity, time }: ChosenRow, selection: RunSelection): boolean {
  const { record, entity: wanted, from, until } = selection;
  if (record !== undefined && explanation.record_id !== record) return false;
  if (wanted !== undefined && entity !== wanted) return false;
  if (from === undefined && until === undefined) return true;
  return time !== null && (from === undefined || time >= from) && (until === undefined || time < until);
}

/** What the log says of each decision. */
async function readEntries(run: RunFolder, wanted: ReadonlySet<string>): Promise<Map<string, AuditEntry[]>> {
  const found = new Map<string, AuditEntry[]>();
  const input = createReadStream(run.audit);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const { entry } = parseEntry(line);
    const decision = entry?.data.decision_id;
    if (entry === undefined || typeof decision !== 'string' || !wanted.has(decision)) continue;
    found.set(decision, [...(found.get(decision) ?? []), entry]);
  }
  return found;
}

async function readLogs(run: RunFolder, chosen: readonly ChosenRow[]): Promise<DossierLog[]> {
  const files: DossierLog[] = [];
  for (const [name, path] of [
    ['audit.jsonl', run.audit],
    ['seal.json', run.seal],
    ['checkpoint', run.checkpoint],
  ] as const) {
    if (await exists(path)) files.push({ name: `logs/${RUN}/${name}`, bytes: await readFile(path) });
  }
  return (await exists(run.checkpoint)) ? [...files, ...(await proofsOf(run, chosen))] : files;
}

async function proofsOf(run: RunFolder, chosen: readonly ChosenRow[]): Promise<DossierLog[]> {
  const checkpoint = await readFile(run.checkpoint, 'utf8');
  const lines = (await readFile(run.audit, 'utf8')).split('\n').slice(0, -1);
  const prover = new LogProver(lines, run.audit);
  return chosen.map(({ explanation: { decision_id, record_id } }) => ({
    name: proofName(decision_id, 'flag'),
    bytes: Buffer.from(formatEntryProof(prover.prove({ record: record_id }), checkpoint)),
  }));
}
