/** report.json, and report.html which is drawn from it, against what the other files say. What only the report has is sealed, and that is all. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../audit/canonical-json.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { explanationLine } from '../decisions/explanation-line.ts';
import type { Model } from '../models/model-folder.ts';
import { MASKED, personalDataOf } from '../packs/personal-data.ts';
import type { ReportData } from '../report/report-data.ts';
import type { Counted } from './check-counts.ts';
import type { RuleHitFacts } from './check-csv.ts';
import { digest, type FlagFacts } from './check-explanations.ts';
import type { Findings } from './finding.ts';
import type { TableAnswers } from './read-tables.ts';

const FILE = 'report.json';
const LISTED_FLAGS = 1_000;
const LISTED_REJECTS = 40;

const Count = z.number().int().nonnegative();
const Report = z.looseObject({
  kind: z.literal('scoring'),
  title: z.string(),
  card: z.looseObject({ threshold: z.looseObject({ value: z.number() }) }),
  rejects: z.array(z.object({ column: z.string(), reason: z.string(), count: Count })),
  scoring: z.looseObject({
    received: Count,
    scored: Count,
    rejected: Count,
    flagged: Count,
    unexplained: Count,
    files: z.array(z.string()),
    scores: z.object({ positives: z.array(Count), negatives: z.array(Count) }),
    ruleHits: z.array(z.looseObject({ id: z.string(), count: Count, flagged: Count.optional() })),
    flags: z.array(z.looseObject({ explanation: z.looseObject({ decision_id: z.string() }) })).optional(),
  }),
});

export interface ReportWitnesses extends Counted {
  readonly findings: Findings;
  readonly flags: readonly FlagFacts[] | null;
  readonly model: Model | undefined;
  readonly hits: RuleHitFacts | undefined;
  readonly tables: TableAnswers | undefined;
  /** Every text is held to the format's writing. */
  readonly isExact: boolean;
}

export function parseReport(text: string, findings: Findings): ReportData | undefined {
  try {
    const value: unknown = JSON.parse(text);
    Report.parse(value);
    return value as ReportData;
  } catch {
    findings.add('malformed', FILE, 'not the report of a run');
    return undefined;
  }
}

export function checkReport(report: ReportData, text: string, witnesses: ReportWitnesses): void {
  const { findings, summary, log, model, hits, tables, isExact } = witnesses;
  const { rejects, card } = report;
  const scoring = report.scoring!;
  const same = (what: string, found: unknown, where: string, said: unknown) => {
    if (said === undefined || found === said) return;
    findings.add('mismatch', FILE, `${what} ${found}; ${where} says ${said}`);
  };
  if (isExact && `${JSON.stringify(report)}\n` !== text)
    findings.add('malformed', FILE, 'not written as reports are');
  for (const name of ['received', 'scored', 'rejected', 'flagged', 'unexplained'] as const)
    same(name, scoring[name], 'summary.json', summary?.[name]);
  same('scored', scoring.scored, 'decisions.parquet', witnesses.scoredRows);
  same('rejected', scoring.rejected, 'audit.jsonl', log?.rejected?.count);
  same('flagged', scoring.flagged, 'explanations.jsonl', witnesses.explained);
  same(
    'files',
    scoring.files.join(', '),
    'audit.jsonl',
    log?.started?.files.map(({ name }) => name).join(', '),
  );
  const listed = rejects.reduce((sum, { count }) => sum + count, 0);
  if (rejects.length < LISTED_REJECTS) same('rejects', listed, 'rejects.csv', witnesses.rejectRows);
  if (model !== undefined) {
    const threshold = { ...model.card.threshold, value: log?.started?.threshold ?? card.threshold.value };
    const expected = { ...model.card, threshold };
    if (canonicalJson(card as unknown as Json) !== canonicalJson(expected as unknown as Json))
      findings.add('mismatch', FILE, 'its card is not that of model/card.json with the threshold in force');
    same('title', report.title, 'model/card.json', model.pack.title);
  }
  if (tables !== undefined && JSON.stringify(tables.histogram) !== JSON.stringify(inOrder(scoring.scores)))
    findings.add('mismatch', FILE, 'its distribution of scores is not that of decisions.parquet');
  if (hits !== undefined && isExact) checkHits(scoring, hits, findings);
  checkFlags(scoring, witnesses);
}

function inOrder({ positives, negatives }: { positives: readonly number[]; negatives: readonly number[] }) {
  return { positives, negatives };
}

function checkHits(
  { ruleHits }: NonNullable<ReportData['scoring']>,
  { counts }: RuleHitFacts,
  findings: Findings,
): void {
  const reported = new Map(ruleHits.map((hit) => [hit.id, hit]));
  for (const id of new Set([...reported.keys(), ...counts.keys()])) {
    const { count = 0, flagged = 0 } = reported.get(id) ?? {};
    const found = counts.get(id) ?? { count: 0, flagged: 0 };
    if (count === found.count && flagged === found.flagged) continue;
    const message = `rule "${id}" ${count} times, ${flagged} flagged; rule_hits.csv has ${found.count}, ${found.flagged}`;
    findings.add('mismatch', FILE, message);
  }
}

/** Each flag that it lists is word for word the explanation; record ids are masked where they are personal. */
function checkFlags(
  { flags: listed }: NonNullable<ReportData['scoring']>,
  { flags, model, findings, isExact }: ReportWitnesses,
): void {
  if (listed === undefined || flags === null) return;
  const expected = Math.min(LISTED_FLAGS, flags.length);
  if (listed.length !== expected)
    findings.add(
      'mismatch',
      FILE,
      `lists ${listed.length} flags; explanations.jsonl has ${expected} to list`,
    );
  if (model === undefined || !isExact) return;
  const isMasked = personalDataOf(model.pack).id;
  const byId = new Map(flags.map((flag) => [flag.decisionId, flag]));
  for (const { explanation } of listed) {
    const flag = byId.get(explanation.decision_id);
    byId.delete(explanation.decision_id);
    if (flag !== undefined && isSame(explanation, flag, isMasked)) continue;
    const where =
      flag === undefined ? 'no explanation, or it is listed twice' : `explanations.jsonl line ${flag.line}`;
    findings.add('mismatch', FILE, `the flag ${explanation.decision_id} is not as explained: ${where}`);
  }
}

function isSame(explanation: Explanation, { recordId, sha256 }: FlagFacts, isMasked: boolean): boolean {
  if (isMasked && explanation.record_id !== MASKED) return false;
  try {
    const text = explanationLine(isMasked ? { ...explanation, record_id: recordId } : explanation);
    return hash('sha256', text) === sha256;
  } catch {
    return false;
  }
}

/** Whether report.html is what this version draws of report.json. */
export async function isDrawnFrom(report: ReportData, page: string): Promise<boolean> {
  // Loaded where there is a report: what draws plots takes long.
  const { renderReport } = await import('../report/render-report.ts');
  try {
    return digest(renderReport(report)) === digest(page);
  } catch {
    return false;
  }
}
