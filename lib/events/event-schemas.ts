/**
 * What Assay publishes to other systems, as schemas: each event's name and what its detail holds. Never in it: what a record says, who
 * it is about, who did something. Each is published at least once; `id` is made of what the event is about, so that the same event
 * has the same id however often it is published.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SEVERITIES } from '../decisions/flag-item.ts';
import { VERDICTS } from '../reviews/review.ts';

const severities = SEVERITIES.filter((severity) => severity !== null);
const count = z.number().int().nonnegative();
const at = z.string().describe('When it happened, ISO 8601');
const head = {
  id: z.string().describe('The same for the same event: what to deduplicate by'),
  at,
  domain: z.string(),
};

const FlagsRaised = z.strictObject({
  ...head,
  drop: z.string(),
  batch: z
    .string()
    .describe('Of the flags listed: a drop with many has several events, each with other flags'),
  model: z.string(),
  threshold: z.number(),
  count: count.describe('Of the flags listed'),
  by_severity: z.strictObject({ critical: count, high: count, medium: count, low: count, none: count }),
  flags: z
    .array(
      z.strictObject({
        flag: z.string().describe('The decision id: GET /v1/flags/{flag} has the rest'),
        score: z.number(),
        severity: z.enum(severities).nullable().describe('Of the most severe rule met'),
        rules: z.array(z.string()).describe('Ids of the rules met'),
      }),
    )
    .describe('The most urgent first'),
});

const DropDone = z.strictObject({
  ...head,
  drop: z.string(),
  model: z.string(),
  received: count,
  scored: count,
  rejected: count,
  flagged: count,
  mostly_rejected: z
    .boolean()
    .describe('More than half of the records were rejected; the warnings of the drop say why'),
});

const DropFailed = z.strictObject({
  ...head,
  drop: z.string(),
  attempt: z.number().int().positive(),
  fault: z.enum(['sender', 'system']).describe('Whose it is; GET /v1/drops/{drop} gives the reason'),
});

const ReviewMade = z.strictObject({
  ...head,
  flag: z.string().describe('The decision id; of a blind review the id in the blind queue'),
  version: z.number().int().positive().describe('Of the flag, with this review'),
  kind: z.enum(['open', 'blind']),
  verdict: z.enum(VERDICTS),
});

const ReviewWithdrawn = z.strictObject({
  ...head,
  flag: z.string().describe('The decision id'),
  version: z.number().int().positive().describe('Of the flag, without this review'),
  review: z.string().describe('The id of what was withdrawn'),
});

const CaseChanged = z.strictObject({
  ...head,
  case: z.string().describe('GET /v1/cases/{case} has the rest'),
  act: z.enum(['claim', 'release', 'assign', 'escalate', 'snooze', 'reopen', 'close']),
  version: z.number().int().positive().describe('Of the case, with this act'),
});

const PersonMentioned = z.strictObject({
  ...head,
  case: z.string().describe('GET /v1/cases/{case} has the rest, for those who may read it'),
  person: z.string().describe('Who is to be notified: the subject of their token, no name'),
});

const ExportAsked = z.strictObject({
  ...head,
  export: z.string().describe('GET /v1/exports/{export} says how far it is'),
  kind: z.enum(['dossier', 'subject']),
});

const ModelProposed = z.strictObject({
  ...head,
  model: z.string(),
  retraining: z.string(),
  compared_with: z.string().nullable().describe('The champion; null: there is none'),
  expires_at: z.string().describe('Two people must approve before'),
});

const ModelPromoted = z.strictObject({
  ...head,
  model: z.string(),
  from: z.string().nullable().describe('The champion before; null: there was none'),
  retraining: z.string().nullable(),
});

const ModelRolledBack = z.strictObject({
  ...head,
  model: z.string().describe('The champion now'),
  from: z.string().describe('The champion before'),
});

const ThresholdProposed = z.strictObject({
  ...head,
  model: z.string().describe('The champion'),
  from: z.number().describe('The threshold in force'),
  to: z.number().describe('The proposed one; a second person must approve it'),
});

const ThresholdChanged = z.strictObject({
  ...head,
  model: z.string().describe('The champion'),
  from: z.number().describe('The threshold before'),
  to: z.number().describe('The threshold in force'),
});

const RetrainingEnded = z.strictObject({
  ...head,
  retraining: z.string(),
  outcome: z.string().describe('See docs/retraining.md; all but "promoted" leave the champion in place'),
  model: z.string().nullable().describe('What it made; null: it did not come so far'),
});

const Stopped = z.strictObject({
  ...head,
  model: z.string().nullable().describe('The version that is stopped; null: the domain as a whole'),
});

const Resumed = z.strictObject({
  ...head,
  model: z.string().nullable().describe('The version that may score again; null: the domain as a whole'),
});

const Drift = z.strictObject({
  ...head,
  model: z.string(),
  day: z.string().describe('YYYY-MM-DD'),
  figure: z.string(),
  input: z.string().nullable().describe('The input concerned; null: the model as a whole'),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  limit: z.number(),
  sentence: z.string(),
});

export const EVENT_SCHEMAS = {
  FlagsRaised,
  DropDone,
  DropFailed,
  ReviewMade,
  ReviewWithdrawn,
  CaseChanged,
  PersonMentioned,
  ExportAsked,
  ModelProposed,
  ModelPromoted,
  ModelRolledBack,
  ThresholdProposed,
  ThresholdChanged,
  RetrainingEnded,
  Drift,
  DomainStopped: Stopped,
  DomainResumed: Resumed,
} as const;

type Schemas = typeof EVENT_SCHEMAS;
export type EventType = keyof Schemas;
export type EventDetail<Type extends EventType> = z.output<Schemas[Type]>;

export type AssayEvent = {
  readonly [Type in EventType]: { readonly type: Type; readonly detail: EventDetail<Type> };
}[EventType];

/** Those of one act: at least one. */
export type Events = readonly [AssayEvent, ...AssayEvent[]];

/** What makes an event the one that it is, beside its type and domain. */
const IDENTITY: { readonly [Type in EventType]: readonly (keyof EventDetail<Type>)[] } = {
  FlagsRaised: ['drop', 'batch'],
  DropDone: ['drop'],
  DropFailed: ['drop', 'attempt'],
  ReviewMade: ['flag', 'version'],
  ReviewWithdrawn: ['flag', 'version'],
  CaseChanged: ['case', 'version'],
  PersonMentioned: ['case', 'person', 'at'],
  ExportAsked: ['export'],
  ModelProposed: ['model', 'retraining'],
  ModelPromoted: ['model', 'at'],
  ModelRolledBack: ['model', 'from', 'at'],
  ThresholdProposed: ['model', 'to', 'at'],
  ThresholdChanged: ['model', 'to', 'at'],
  RetrainingEnded: ['retraining'],
  Drift: ['model', 'day', 'figure', 'input'],
  DomainStopped: ['model', 'at'],
  DomainResumed: ['model', 'at'],
};

/** Throws where the detail is not what its schema says. */
export function makeEvent<Type extends EventType>(
  type: Type,
  detail: Omit<EventDetail<Type>, 'id'>,
): AssayEvent {
  const known = detail as Readonly<Record<string, unknown>>;
  const identity = [type, known.domain, ...IDENTITY[type].map((name) => known[name as string])];
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  return { type, detail: EVENT_SCHEMAS[type].parse({ ...detail, id }) } as AssayEvent;
}
