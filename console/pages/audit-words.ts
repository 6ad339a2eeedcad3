/** An entry of the log as a sentence; of an event that is not known here, its name. */
import { score } from '../words/format.ts';
import { type Key, t, type Values } from '../words/words.ts';

interface Entry {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const EVENTS: Readonly<Record<string, Key>> = {
  run_started: 'event.run_started',
  scored: 'event.scored',
  rejected: 'event.rejected',
  flagged: 'event.flagged',
  unexplained: 'event.unexplained',
  trained: 'event.trained',
  reviewed: 'event.reviewed',
  case_reviewed: 'event.case_reviewed',
  case_claimed: 'event.case_claimed',
  case_released: 'event.case_released',
  case_assigned: 'event.case_assigned',
  case_escalated: 'event.case_escalated',
  case_snoozed: 'event.case_snoozed',
  case_reopened: 'event.case_reopened',
  review_withdrawn: 'event.review_withdrawn',
  labels_taken: 'event.labels_taken',
  proposed: 'event.proposed',
  retraining_ended: 'event.retraining_ended',
  approved: 'event.approved',
  model_rejected: 'event.model_rejected',
  approval_expired: 'event.approval_expired',
  promoted: 'event.promoted',
  rolled_back: 'event.rolled_back',
  threshold_changed: 'event.threshold_changed',
  stopped: 'event.stopped',
  resumed: 'event.resumed',
  subject_exported: 'event.subject_exported',
  dossier_made: 'event.dossier_made',
  file_fetched: 'event.file_fetched',
  drop_sealed: 'event.drop_sealed',
  denied: 'event.denied',
  pii_read: 'event.pii_read',
  sealed: 'event.sealed',
};

export function sayEvent({ event, data }: Entry): string {
  const key = EVENTS[event];
  if (key === undefined) return event.replaceAll('_', ' ');
  return t(key, valuesOf(data));
}

function valuesOf(data: Entry['data']): Values {
  const { count, score: value, verdict, model, file, columns, entries, reason, run, flags } = data;
  const verdicts = ['true_positive', 'false_positive', 'inconclusive'] as const;
  const known = verdicts.find((one) => one === verdict);
  return {
    ...(typeof count === 'number' && { n: count }),
    ...(typeof entries === 'number' && { n: entries }),
    ...(Array.isArray(flags) && { n: flags.length }),
    ...(typeof flags === 'number' && { n: flags }),
    ...(typeof value === 'number' && { score: score(value) }),
    verdict: known === undefined ? String(verdict ?? '') : t(`status.${known}`),
    model: String(model ?? ''),
    file: String(file ?? ''),
    run: String(run ?? ''),
    reason: String(reason ?? ''),
    columns: Array.isArray(columns) ? columns.join(', ') : '',
  };
}

/** Who signed it and what for; null: it is not signed. */
export function saySignature({ data }: Pick<Entry, 'data'>): string | null {
  const { signature } = data as { signature?: { name?: string; meaning?: string } };
  return signature === undefined
    ? null
    : t('audit.signed', { who: signature.name ?? '', meaning: signature.meaning ?? '' });
}
