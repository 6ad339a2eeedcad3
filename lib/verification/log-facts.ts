/**
 * The facts that the log of a run states, with which its files must agree. The chain is checked elsewhere; here it is whether the
 * entries are those of a run, in the order that a run has.
 */
import { z } from 'zod';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Findings } from './finding.ts';

const LOG = 'audit.jsonl';
const RUN_FORMAT = 'assay-run/2';

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in hex was expected');
const Count = z.number().int().nonnegative();

const Started = z.object({
  format: z.literal(RUN_FORMAT).optional(),
  run: z.literal('score'),
  domain: z.string(),
  pack: Hash,
  model: z.string(),
  card: Hash.optional(),
  threshold: z.number().optional(),
  card_threshold: z.number().optional(),
  rules_flag: z.array(z.string()).optional(),
  files: z.array(z.object({ name: z.string(), sha256: Hash })),
  drop: z.string().optional(),
  past: z.object({ drops: Count, sha256: Hash }).optional(),
  erasable: z
    .object({ register: z.string(), subjects: z.array(z.string()).min(1), sealed: z.array(z.string()) })
    .optional(),
});
const Change = z.object({ model: z.string(), from: z.number(), to: z.number() });
const Counted = z.object({ count: Count, sha256: Hash });
const Rejected = z.object({ count: Count, history: Count.optional(), sha256: Hash });
const Flagged = z.object({
  decision_id: z.string(),
  record_id: z.string(),
  score: z.number(),
  sha256: Hash,
});
const Unexplained = z.object({ decision_id: z.string(), record_id: z.string() });
const Sealed = z.object({ entries: Count, files: z.record(z.string(), Hash) });

export type StartedRun = z.output<typeof Started>;

export interface LoggedFlag {
  readonly line: number;
  readonly decisionId: string;
  readonly recordId: string;
  readonly score: number;
  readonly sha256: string;
  isUnexplained: boolean;
}

/** What the entries of a run may say, from format 2 on. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  run_started: [
    ...['format', 'run', 'domain', 'pack', 'model', 'card', 'threshold', 'card_threshold', 'rules_flag'],
    ...['files', 'drop', 'object', 'past', 'averages', 'erasable'],
  ],
  threshold_changed: ['model', 'from', 'to'],
  rejected: ['count', 'history', 'sha256'],
  scored: ['count', 'sha256'],
  flagged: ['decision_id', 'record_id', 'score', 'sha256'],
  unexplained: ['decision_id', 'record_id'],
  sealed: ['entries', 'files'],
};

/** The events of a run by their place in its order; `flagged` and `unexplained` alternate. */
const ORDER: readonly string[] = [
  'run_started',
  'threshold_changed',
  'rejected',
  'scored',
  'flagged',
  'sealed',
];

export class LogFacts {
  started: StartedRun | undefined;
  change: z.output<typeof Change> | undefined;
  rejected: z.output<typeof Rejected> | undefined;
  scored: z.output<typeof Counted> | undefined;
  sealed: z.output<typeof Sealed> | undefined;
  readonly flags: LoggedFlag[] = [];
  readonly #findings: Findings;
  #line = 0;
  #stage = -1;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Of the last entry. */
  get lastLine(): number {
    return this.#line;
  }

  add(entry: AuditEntry): void {
    this.#line++;
    const stage = ORDER.indexOf(entry.event === 'unexplained' ? 'flagged' : entry.event);
    if (stage < 0) {
      this.#add('unknown', `the log of a run has no event "${entry.event}"`);
      return;
    }
    const isRepeatable = ORDER[stage] === 'flagged';
    if (stage < this.#stage || (stage === this.#stage && !isRepeatable))
      this.#add('mismatch', `a second or late "${entry.event}": a run has it once, and earlier`);
    this.#stage = Math.max(stage, this.#stage);
    this.#read(entry);
    if (this.started?.format !== undefined) this.#checkWriting(entry, this.started.domain);
  }

  /** A run is the work of Assay alone, and its entries have the members of their event and no others. */
  #checkWriting({ event, actor, actor_name, at, subject, data }: AuditEntry, domain: string): void {
    for (const name of Object.keys(data))
      if (!MEMBERS[event]!.includes(name)) this.#add('unknown', `"${event}" has no member "${name}"`);
    if (actor !== 'assay' || actor_name !== undefined || at !== undefined)
      this.#add(
        'mismatch',
        `by ${JSON.stringify(actor)}: the entries of a run are by "assay", without a time`,
      );
    const isOfRecord = event === 'flagged' || event === 'unexplained';
    if (!isOfRecord && subject !== `run of ${domain}`)
      this.#add('mismatch', `its subject is ${JSON.stringify(subject)}, not "run of ${domain}"`);
    if (event === 'unexplained' && subject !== data.record_id)
      this.#add('mismatch', `its subject is ${JSON.stringify(subject)}, not its record`);
  }

  /** What every run's log has. */
  finish(): void {
    for (const [event, found] of Object.entries({
      run_started: this.started,
      rejected: this.rejected,
      scored: this.scored,
    })) {
      if (found === undefined)
        this.#findings.add('mismatch', LOG, `no sound entry "${event}": a run has one`);
    }
  }

  #read({ event, data, subject }: AuditEntry): void {
    if (event === 'run_started') this.started = this.#parse(Started, data);
    else if (event === 'threshold_changed') this.change = this.#parse(Change, data);
    else if (event === 'rejected') this.rejected = this.#parse(Rejected, data);
    else if (event === 'scored') this.scored = this.#parse(Counted, data);
    else if (event === 'sealed') this.sealed = this.#parse(Sealed, data);
    else if (event === 'flagged') this.#readFlag(data, subject);
    else this.#readUnexplained(data);
  }

  #readFlag(data: unknown, subject: string): void {
    const flag = this.#parse(Flagged, data);
    if (flag === undefined) return;
    const { decision_id: decisionId, record_id: recordId, score, sha256 } = flag;
    if (subject !== recordId) this.#add('mismatch', `its subject is "${subject}", its record "${recordId}"`);
    this.flags.push({ line: this.#line, decisionId, recordId, score, sha256, isUnexplained: false });
  }

  #readUnexplained(data: unknown): void {
    const of = this.#parse(Unexplained, data);
    const last = this.flags.at(-1);
    if (of === undefined) return;
    if (last?.decisionId === of.decision_id && last.recordId === of.record_id) last.isUnexplained = true;
    else this.#add('mismatch', `"unexplained" of ${of.record_id} does not follow its flag`);
  }

  #parse<Output>(schema: z.ZodType<Output>, data: unknown): Output | undefined {
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    this.#add('malformed', `data.${issue?.path.join('.')}: ${issue?.message}`);
    return undefined;
  }

  #add(kind: 'unknown' | 'mismatch' | 'malformed', message: string): void {
    this.#findings.add(kind, LOG, message, this.#line);
  }
}
