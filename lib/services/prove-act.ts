/** The proof of an act, or of a flag, out of a deployed stack: from the log of its domain as it was last signed. */
import { type AuditEntry, parseEntry } from '../audit/audit-entry.ts';
import { formatEntryProof, type ProvenLine } from '../audit/entry-proof.ts';
import { lastCheckpoint, type StoredCheckpoint, tileReader } from '../audit/stored-log.ts';
import { InputError } from '../errors.ts';
import { proveLine } from '../scoring/prove-entry.ts';
import { readEntry, readInclusion } from '../tlog/tile-reader.ts';
import type { DeployedStack } from './deployed-stack.ts';

export type ProvingStack = Pick<DeployedStack, 'about'> & {
  readonly audit: Pick<DeployedStack['audit'], 'list' | 'readBytes' | 'readText'>;
};

export interface WantedAct {
  readonly domain: string;
  /** A record, a model, a decision, a drop, … */
  readonly subject: string;
  /** Absent: the last of any kind. */
  readonly event?: string;
  /** A checkpoint to prove it by, with the cosignatures of witnesses; absent: the last in the bucket. */
  readonly checkpoint?: StoredCheckpoint;
}

export async function proveAct(
  stack: ProvingStack,
  { domain, subject, event, checkpoint }: WantedAct,
): Promise<string> {
  const head = await headOf(stack, domain, checkpoint);
  const found = await actsOn(stack, domain, subject);
  const act = found.findLast((entry) => event === undefined || entry.event === event);
  if (act === undefined) {
    const events = [...new Set(found.map((entry) => entry.event))].join(', ') || 'nothing';
    throw new InputError(`the log of ${domain} has no ${event ?? 'entry'} of ${subject}; it has ${events}`);
  }
  return formatEntryProof(await proveSeq(stack, domain, { seq: act.seq, head }), head.note);
}

/** The last verdict on a flag by people who saw it, on it alone or on several at once; not a blind one on its record. */
export async function proveReview(
  stack: ProvingStack,
  { domain, record, flag }: { readonly domain: string; readonly record: string; readonly flag: string },
): Promise<string> {
  const head = await headOf(stack, domain, undefined);
  const act = (await actsOn(stack, domain, record)).findLast((entry) => isReviewOf(entry, flag));
  if (act === undefined) throw new InputError(`the log of ${domain} has no review of flag ${flag}`);
  return formatEntryProof(await proveSeq(stack, domain, { seq: act.seq, head }), head.note);
}

const REVIEWS: ReadonlySet<string> = new Set(['reviewed', 'case_reviewed']);

/** By people who saw it; not a blind one of its record. */
export function isReviewOf(entry: AuditEntry, flag: string): boolean {
  return REVIEWS.has(entry.event) && entry.data.kind !== 'blind' && isAboutFlag(entry, flag);
}

async function actsOn(stack: ProvingStack, domain: string, subject: string): Promise<AuditEntry[]> {
  const found = await stack.about(subject);
  return found.filter((one) => one.domain === domain).map(({ entry }) => entry);
}

/** Of the flag of a record, in the log of its drop, which the log of the domain names. */
export async function proveFlag(
  stack: ProvingStack,
  {
    domain,
    drop,
    record,
    checkpoint,
  }: Omit<WantedAct, 'subject'> & { readonly drop: string; readonly record: string },
): Promise<string> {
  const head = await headOf(stack, domain, checkpoint);
  const key = `${domain}/${drop}/audit.jsonl`;
  const text = await stack.audit.readText(key);
  if (text === null) throw new InputError(`there is no log of the drop ${drop} in the audit bucket (${key})`);
  const inner = proveLine(text.split('\n').slice(0, -1), { record }, key);
  const sealed = (await stack.about(drop)).find(
    (one) => one.domain === domain && one.entry.event === 'drop_sealed',
  );
  if (sealed === undefined)
    throw new InputError(`the drop ${drop} is not in the log of ${domain} yet: wait five minutes`);
  const outer = await proveSeq(stack, domain, { seq: sealed.entry.seq, head });
  return formatEntryProof(outer, head.note, inner);
}

async function headOf(
  stack: ProvingStack,
  domain: string,
  given: StoredCheckpoint | undefined,
): Promise<StoredCheckpoint> {
  const head = given ?? (await lastCheckpoint(stack.audit, domain));
  if (head === null)
    throw new InputError(`the log of ${domain} has no checkpoint yet: one is signed every five minutes`);
  return head;
}

export async function proveSeq(
  { audit }: Pick<ProvingStack, 'audit'>,
  domain: string,
  { seq, head }: { readonly seq: number; readonly head: StoredCheckpoint },
): Promise<ProvenLine> {
  if (seq >= head.size)
    throw new InputError(
      `the act is entry ${seq}; the checkpoint has ${head.size} entries: wait for the next one`,
    );
  const read = tileReader(audit, domain);
  const line = Buffer.from(await readEntry(read, seq, head.size)).toString('utf8');
  if (parseEntry(line).entry?.seq !== seq)
    throw new InputError(`entry ${seq} of the log of ${domain} is too long for a proof`);
  return { line, index: seq, hashes: await readInclusion(read, seq, head.size) };
}

/** An entry about one flag, or about several at once. */
export function isAboutFlag({ data }: AuditEntry, flag: string): boolean {
  if (data.decision_id === flag) return true;
  const { flags, decisions } = data as {
    flags?: readonly { decision_id?: string }[];
    decisions?: readonly string[];
  };
  return flags?.some?.((one) => one.decision_id === flag) === true || decisions?.includes?.(flag) === true;
}
