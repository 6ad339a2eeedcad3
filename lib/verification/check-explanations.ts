/**
 * explanations.jsonl line by line: each adds up, is by the run's threshold, model and pack, and is the flag that the log recorded at
 * that place. What it says is noted in a few bytes a flag, for the files that say it again.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ByteLine } from '../audit/byte-lines.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { explanationLine } from '../decisions/explanation-line.ts';
import { toBillionths } from '../decisions/nine-decimals.ts';
import { severityRank } from '../decisions/rule-hits.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { topReasons } from '../decisions/top-reasons.ts';
import type { Findings } from './finding.ts';
import type { LoggedFlag, StartedRun } from './log-facts.ts';

const FILE = 'explanations.jsonl';
const LOG = 'audit.jsonl';

const Shown = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Line = z.object({
  record_id: z.string(),
  score: z.number(),
  threshold: z.number(),
  base: z.number(),
  contributions: z.array(
    z.object({
      column: z.string(),
      value: Shown,
      usual: Shown,
      contribution: z.number(),
      words: z.string(),
      group: z.string().optional(),
      context: z.literal(true).optional(),
    }),
  ),
  unexplained: z.number().optional(),
  covers: z.literal('training_rows').optional(),
  standing: z
    .object({
      tier: z.enum(['act', 'look']),
      confirmed: z.number(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      records: z.number(),
      words: z.string(),
    })
    .optional(),
  rules: z.array(
    z.object({ id: z.string(), severity: z.enum(['low', 'medium', 'high', 'critical']), words: z.string() }),
  ),
  model: z.string(),
  pack: z.string(),
  decision_id: z.string(),
});

/** A flag as its explanation has it; texts as hashes, so that a million of them fit. */
export interface FlagFacts {
  readonly line: number;
  readonly recordId: string;
  readonly decisionId: string;
  readonly score: number;
  /** By which flagged_risks.csv is sorted. */
  readonly severity: number;
  /** Of the rules that it hits. */
  readonly ruleIds: readonly string[];
  /** Of the line itself, in hex. */
  readonly sha256: string;
  /** Of what flagged_risks.csv says after the delivered columns. */
  readonly csvTail: string;
  /** Of its lines in rule_hits.csv. */
  readonly hitLines: string;
}

export interface ExplanationContext {
  readonly findings: Findings;
  readonly started: StartedRun | undefined;
  /** As explanations call it; undefined: the card is no witness. */
  readonly pack: string | undefined;
  /** Null: the log is damaged, and is no witness. */
  readonly logged: readonly LoggedFlag[] | null;
}

export function digest(text: string): string {
  return hash('sha256', text, 'base64').slice(0, 22);
}

export async function checkExplanations(
  lines: AsyncIterable<ByteLine>,
  { findings, started, pack, logged }: ExplanationContext,
): Promise<FlagFacts[]> {
  const flags: FlagFacts[] = [];
  const seen = new Set<string>();
  let number = 0;
  for await (const { text, ended } of lines) {
    number++;
    const add = (kind: 'malformed' | 'mismatch' | 'sum' | 'threshold', message: string) =>
      findings.add(kind, FILE, message, number);
    const explanation = text === undefined || !ended ? undefined : parseLine(text);
    if (explanation === undefined) {
      add('malformed', 'not an explanation');
      continue;
    }
    if (started?.format !== undefined && explanationLine(explanation) !== text)
      add('malformed', 'not written as explanations are: an unknown or repeated member, or other spelling');
    const flag = factsOf(explanation, text!, number);
    if (seen.has(flag.decisionId)) add('mismatch', `a second explanation of decision ${flag.decisionId}`);
    seen.add(flag.decisionId);
    flags.push(flag);
    checkSum(explanation, add);
    if (pack !== undefined && explanation.pack !== pack)
      add('mismatch', `by pack ${explanation.pack}; model/card.json has ${pack}`);
    if (started !== undefined) checkRun(explanation, started, add);
    const entry = logged?.[number - 1];
    if (entry !== undefined) checkLogged(explanation, flag, entry, add);
  }
  if (logged !== null && logged.length !== number)
    findings.add('mismatch', FILE, `${number} explanations; ${LOG} records ${logged.length} flags`);
  return flags;
}

function parseLine(text: string): Explanation | undefined {
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as Explanation) : undefined;
  } catch {
    return undefined;
  }
}

function factsOf(explanation: Explanation, text: string, line: number): FlagFacts {
  const { record_id, decision_id, score, threshold, rules, contributions } = explanation;
  const hits = rules.map((rule) => `${rule.id} (${rule.severity}): ${rule.words}`).join(' | ');
  const tail = csvLine([score, threshold, hits, topReasons(contributions).join(' | '), decision_id]);
  const hitLines = rules.map(({ id, severity, words }) =>
    csvLine([decision_id, record_id, id, severity, words, score, true]),
  );
  return {
    line,
    recordId: record_id,
    decisionId: decision_id,
    score,
    severity: severityRank(rules),
    ruleIds: rules.map(({ id }) => id),
    sha256: hash('sha256', text),
    csvTail: digest(tail),
    hitLines: digest(hitLines.join('')),
  };
}

type Add = (kind: 'mismatch' | 'sum' | 'threshold', message: string) => void;

/** base + Σ contributions (+ unexplained) = score, in whole billionths. */
function checkSum({ score, base, contributions, unexplained = 0 }: Explanation, add: Add): void {
  const parts = [base, ...contributions.map(({ contribution }) => contribution), unexplained];
  const billionths = parts.map(toBillionths);
  const total = billionths.reduce<number>((sum, part) => sum + (part ?? Number.NaN), 0);
  if (total === toBillionths(score)) return;
  add('sum', `base + contributions = ${total / 1e9}; its score is ${score}`);
}

function checkRun(explanation: Explanation, started: StartedRun, add: Add): void {
  const { score, threshold, model, rules } = explanation;
  if (model !== started.model) add('mismatch', `by model ${model}; ${LOG} says ${started.model}`);
  if (started.threshold !== undefined && threshold !== started.threshold)
    add('mismatch', `its threshold is ${threshold}; ${LOG} says ${started.threshold}`);
  const flagging = started.rules_flag;
  // Earlier logs do not say which rules flag by themselves.
  if (score >= threshold || flagging === undefined || rules.some(({ id }) => flagging.includes(id))) return;
  add('threshold', `its score ${score} is below the threshold ${threshold}, and it hits no rule that flags`);
}

function checkLogged(explanation: Explanation, flag: FlagFacts, entry: LoggedFlag, add: Add): void {
  const where = `${LOG} line ${entry.line}`;
  if (flag.decisionId !== entry.decisionId || flag.recordId !== entry.recordId) {
    add('mismatch', `the explanation of ${flag.recordId}; ${where} records the flag of ${entry.recordId}`);
    return;
  }
  if (flag.score !== entry.score) add('mismatch', `its score is ${flag.score}; ${where} says ${entry.score}`);
  if (flag.sha256 !== entry.sha256)
    add('mismatch', `its sha256 is ${flag.sha256}; ${where} says ${entry.sha256}`);
  if ((explanation.unexplained !== undefined) !== entry.isUnexplained)
    add('mismatch', `${where} says that it is ${entry.isUnexplained ? 'unexplained' : 'explained'}`);
}
