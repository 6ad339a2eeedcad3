/** Every fact that stands in more than one file of a run, from all the files that can bear witness. */
import { hash } from 'node:crypto';
import { libraryVersions } from '../models/library-versions.ts';
import type { Model } from '../models/model-folder.ts';
import { countDrops } from '../scoring/past-text.ts';
import { type Counted, checkCounts, parseSummary } from './check-counts.ts';
import { checkFlagCsv, checkRuleHits, countRejected, type RuleHitFacts } from './check-csv.ts';
import { checkExplanations, type FlagFacts } from './check-explanations.ts';
import type { Soundness } from './check-files.ts';
import { checkModel, readModel } from './check-model.ts';
import { checkReport, isDrawnFrom, parseReport } from './check-report.ts';
import { checkTables } from './check-tables.ts';
import type { Findings, Note } from './finding.ts';
import type { LogFacts } from './log-facts.ts';
import type { TableAnswers, TableQuestions } from './read-tables.ts';
import type { RunFileName, RunFiles } from './run-files.ts';

export interface FactsContext {
  /** Null: its chain is broken, and it is no witness. */
  readonly log: LogFacts | null;
  readonly soundness: ReadonlyMap<RunFileName, Soundness>;
  readonly findings: Findings;
  readonly notes: Note[];
  /** Whether the page is drawn again, which takes longer than all the rest of a small run. */
  readonly redraws: boolean;
  readonly tables: (questions: TableQuestions) => Promise<TableAnswers>;
}

export async function checkFacts(files: RunFiles, context: FactsContext): Promise<void> {
  const { log, soundness, findings } = context;
  const started = log?.started;
  const isWitness = (name: RunFileName): boolean =>
    soundness.get(name) === 'as sealed' || soundness.get(name) === 'unsealed';
  const of = async <Result>(name: RunFileName, read: () => Promise<Result>): Promise<Result | undefined> =>
    isWitness(name) ? await read() : undefined;

  if (log !== null) await checkHashes(files, log, context);
  const model =
    isWitness('model/card.json') && isWitness('model/model.onnx')
      ? await readModel(files.path('model/card.json'), findings)
      : undefined;
  if (model !== undefined && log !== null) checkModel(model, log, findings);
  const pack = model && `${model.pack.domain}@${model.pack.version}`;
  const logged = log?.flags ?? null;
  const flags =
    (await of('explanations.jsonl', () =>
      checkExplanations(files.lines('explanations.jsonl'), { findings, started, pack, logged }),
    )) ?? null;
  const csv = { findings, started, flags };
  const flagRows = await of('flagged_risks.csv', () => checkFlagCsv(files.lines('flagged_risks.csv'), csv));
  const hits = await of('rule_hits.csv', () => checkRuleHits(files.lines('rule_hits.csv'), csv));
  const rejectRows = await of('rejects.csv', () => countRejected(files.lines('rejects.csv'), findings));
  const tables =
    model !== undefined && isWitness('decisions.parquet') && isWitness('records.parquet')
      ? await askTables(files, context, { model, hits, flags })
      : undefined;
  const isExact = started?.format !== undefined;
  const summaryText = await of('summary.json', () => files.text('summary.json', findings));
  const summary = summaryText === undefined ? undefined : parseSummary(summaryText, isExact, findings);
  const counted: Counted = {
    ...{ log, summary, flagRows, rejectRows },
    explained: flags?.length,
    scoredRows: tables?.scored,
    flaggedRows: tables?.flagged.length,
  };
  checkCounts(counted, findings);
  const witnesses = { ...counted, findings, flags, model, hits, tables, isExact };
  const reportText = await of('report.json', () => files.text('report.json', findings));
  const report = reportText === undefined ? undefined : parseReport(reportText, findings);
  if (report === undefined) return;
  checkReport(report, reportText!, witnesses);
  if (!context.redraws) return;
  const page = await of('report.html', () => files.text('report.html', findings));
  if (page === undefined || (await isDrawnFrom(report, page))) return;
  const message = `not what Assay ${libraryVersions().assay} draws of report.json: by another version, or another report`;
  context.notes.push({ file: 'report.html', message });
}

/** Hashes that stand in an entry of their own, beside the list of the last. */
async function checkHashes(files: RunFiles, log: LogFacts, { findings }: FactsContext): Promise<void> {
  const sealed = log.sealed?.files ?? {};
  const same = (event: string, said: string | undefined, name: RunFileName) => {
    if (said === undefined || sealed[name] === undefined || said === sealed[name]) return;
    findings.add('mismatch', 'audit.jsonl', `"${event}" has ${said} for ${name}, "sealed" ${sealed[name]}`);
  };
  same('scored', log.scored?.sha256, 'decisions.parquet');
  same('rejected', log.rejected?.sha256, 'rejects.csv');
  same('run_started', log.started?.card, 'model/card.json');
  const { past } = log.started ?? {};
  if (past === undefined || past.drops === 0) return;
  same('run_started', past.sha256, 'past.txt');
  if (!files.has('past.txt')) return;
  const text = (await files.text('past.txt', findings)) ?? '';
  const named = countDrops(text.split('\n').slice(0, -1));
  if (hash('sha256', text) === past.sha256 && named !== past.drops)
    findings.add('mismatch', 'past.txt', `${named} drops; audit.jsonl says ${past.drops}`);
}

interface TableWitnesses {
  readonly model: Model;
  readonly hits: RuleHitFacts | undefined;
  readonly flags: readonly FlagFacts[] | null;
}

async function askTables(
  files: RunFiles,
  { log, findings, tables }: FactsContext,
  { model, hits, flags }: TableWitnesses,
): Promise<TableAnswers | undefined> {
  const others = hits?.others ?? [];
  const answers = await tables({
    decisions: files.path('decisions.parquet'),
    records: files.path('records.parquet'),
    domain: model.card.domain,
    model: model.card.version,
    pack: model.pack,
    threshold: log?.started?.threshold ?? model.card.threshold.value,
    others: others.map(({ decisionId }) => decisionId),
  });
  checkTables(answers, { findings, flags, others });
  return answers.findings.some(({ kind }) => kind === 'malformed') ? undefined : answers;
}
