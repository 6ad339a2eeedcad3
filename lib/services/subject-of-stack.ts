/** Everything that a deployed stack stores on a subject: its drops and recorded requests, flags, cases, reviews, labels, acts. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAct } from '../audit/audit-entry.ts';
import { caseIdOf } from '../cases/case.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { Session } from '../engine/session.ts';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { inParallel } from '../in-parallel.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import type { Progress } from '../progress.ts';
import { keyedLabels } from '../reviews/labels-status.ts';
import { MAX_LABELS_BYTES, readLabels } from '../reviews/read-labels.ts';
import { FoundInRuns } from '../subjects/gather-runs.ts';
import { countFound, type SubjectExport } from '../subjects/subject-export.ts';
import { subjectColumn } from '../subjects/subject-of-run.ts';
import type { DeployedStack } from './deployed-stack.ts';
import type { LearningStack } from './learning-stack.ts';

type Document = Readonly<Record<string, unknown>>;

export interface SubjectSource {
  readonly stack: Pick<DeployedStack, 'models' | 'drops' | 'flags' | 'data' | 'audit' | 'dropped' | 'acts'>;
  readonly learning: Pick<LearningStack, 'cases' | 'attachments' | 'reviews' | 'blind' | 'labels'>;
  readonly progress: Progress;
}

const PAGE = 100;
const CONCURRENCY = 8;
const BEGINNING = '1970';

export async function subjectOfStack(
  source: SubjectSource,
  { domain, subject, now }: { readonly domain: string; readonly subject: string; readonly now: string },
): Promise<SubjectExport> {
  const { stack, progress } = source;
  const column = subjectColumn((await stack.models.champion(domain)).pack);
  const { runs, sources } = await readDrops(source, domain, { column, subject });
  progress.stage('reading flags, cases, reviews, labels and acts');
  const { records, decisions } = runs.ids();
  const { flags, cases, caseActs, attachments } = await readCase(source, domain, subject);
  const ids = new Set([
    ...[...records, ...decisions, ...flags.map(({ flag }) => flag)],
    ...cases.map(({ id }) => String(id)),
  ]);
  const reviews = await source.learning.reviews.reviewedSince(domain, BEGINNING);
  return {
    ...{ format: 'assay-subject/1', domain, subject, exported_at: now, sources },
    found: {
      ...runs.found,
      ...{ flags, cases, case_acts: caseActs, attachments },
      reviews: reviews.filter(({ recordId, flag }) => records.has(recordId) || ids.has(flag)).map(plain),
      blind: await readBlind(source, domain, column, subject),
      labels: await readLabelsOf(source, domain, records),
      acts: await readActs(source, domain, ids),
    },
  };
}

/** The act of it: the subject is named by its case. `basis`: why it was exported. */
export function subjectAct(
  exported: SubjectExport,
  { actor, basis }: { readonly actor: string; readonly basis: string },
): AuditAct {
  const { domain, subject, exported_at: at } = exported;
  return {
    ...({ event: 'subject_exported', actor, at } as const),
    subject: caseIdOf(domain, subject, ''),
    data: { basis, found: countFound(exported) },
  };
}

async function readDrops(
  { stack, progress }: SubjectSource,
  domain: string,
  subject: { readonly column: string; readonly subject: string },
): Promise<{ readonly runs: FoundInRuns; readonly sources: Document[] }> {
  const drops = (
    await allPages((before) => stack.drops.list({ scope: [domain], limit: PAGE, ...before }))
  ).filter(({ results }) => results !== null);
  const runs = new FoundInRuns();
  const sources: Document[] = [];
  const session = await Session.open();
  try {
    progress.stage(`reading ${drops.length} drops`);
    for (const [at, drop] of drops.entries()) {
      const folder = await temporaryFolder('work');
      try {
        const isThere = await runs.add(session, drop.id, await fetchFiles(stack, drop, folder), subject);
        const { id, key, version, receivedAt, by } = drop;
        if (isThere) sources.push({ drop: id, file: key, version, received_at: receivedAt, by });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      progress.share((at + 1) / drops.length);
    }
  } finally {
    await session.close();
  }
  return { runs, sources };
}

async function fetchFiles({ data, audit }: SubjectSource['stack'], drop: DropStatus, folder: string) {
  const keys = dropKeys(drop);
  const fetch = async (
    store: Pick<ObjectStore, 'download'>,
    key: string,
    isOptional = false,
  ): Promise<string> => {
    const path = join(folder, key.replaceAll('/', '-'));
    await store.download(key, path).catch((error: unknown) => {
      if (!isOptional || !(error instanceof MissingObject)) throw error;
    });
    return path;
  };
  return {
    records: await fetch(data, keys.records),
    decisions: await fetch(data, keys.decided),
    explanations: await fetch(data, `${keys.results}/explanations.jsonl`),
    ruleHits: await fetch(data, `${keys.results}/rule_hits.csv`, true),
    rejects: await fetch(data, `${keys.results}/rejects.csv`),
    audit: await fetch(audit, `${keys.audit}/audit.jsonl`),
  };
}

/** The subject is one case; its flags with all that is stored with them. */
async function readCase({ stack, learning }: SubjectSource, domain: string, subject: string) {
  const summaries = await allPages((before) =>
    stack.flags.query({ scope: [domain], entity: subject, limit: PAGE, ...before }),
  );
  const flags = (await stack.flags.getAll(summaries.map(({ flag }) => flag))).map(
    ({ explanation, record, ...flag }) => ({
      ...flag,
      explanation: explanation === null ? null : (JSON.parse(explanation) as unknown),
      record: record === null ? null : (JSON.parse(record) as unknown),
    }),
  );
  const id = caseIdOf(domain, subject, '');
  const found = await learning.cases.get(id);
  const caseActs = found === null ? [] : await learning.cases.history(id);
  const attachments = found === null ? [] : await learning.attachments.of(id);
  const cases = found === null ? [] : [plain(found)];
  return { flags, cases, caseActs: caseActs.map(plain), attachments: attachments.map(plain) };
}

/** What waits to be reviewed blind. */
async function readBlind(
  { learning }: SubjectSource,
  domain: string,
  column: string,
  subject: string,
): Promise<Document[]> {
  const found: Document[] = [];
  let after: string | undefined;
  do {
    const page = await learning.blind.list({
      domain,
      by: '',
      limit: 50,
      ...(after !== undefined && { after }),
    });
    found.push(...page.items.filter(({ record }) => String(record[column]) === subject).map(plain));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return found;
}

/** Claims about its records, of the labels files that were taken. */
async function readLabelsOf(
  { stack, learning }: SubjectSource,
  domain: string,
  records: ReadonlySet<string>,
): Promise<Document[]> {
  const files = await allPages((before) => learning.labels.list({ scope: [domain], limit: PAGE, ...before }));
  const taken = files.filter(({ state }) => state === 'done');
  const claims = await inParallel(taken, CONCURRENCY, async (status) => {
    const { id, key, version, received_at, keyed } = status;
    const chunks = [];
    const range = { from: 0, to: MAX_LABELS_BYTES };
    const file = keyed
      ? await stack.data.read(keyedLabels(status), range)
      : await stack.dropped.read(key, range, version);
    for await (const chunk of file) chunks.push(chunk);
    const labels = readLabels({ bytes: Buffer.concat(chunks), name: key, receivedAt: received_at });
    return labels
      .filter(({ recordId }) => records.has(recordId))
      .map((claim) => ({ file: id, key, ...claim }));
  });
  return claims.flat();
}

/** Entries of the log of acts whose subject or content is any of these. */
async function readActs(
  { stack }: SubjectSource,
  domain: string,
  ids: ReadonlySet<string>,
): Promise<Document[]> {
  const { live } = await stack.acts(domain);
  const lines = live === null ? [] : Buffer.from(live.lines).toString('utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as { subject: string; data: unknown })
    .filter(({ subject, data }) => ids.has(subject) || valuesOf(data).some((value) => ids.has(value)));
}

/** Every text in it, however deep. */
function valuesOf(data: unknown): string[] {
  if (typeof data === 'string') return [data];
  if (typeof data !== 'object' || data === null) return [];
  return Object.values(data).flatMap(valuesOf);
}

async function allPages<Item>(
  read: (before: {
    before?: string;
  }) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const page: { readonly items: readonly Item[]; readonly next: string | null } = await read(
      next === null ? {} : { before: next },
    );
    items.push(...page.items);
    next = page.next;
  } while (next !== null);
  return items;
}

/** Without its salt: by it, what the log has the hash of could be tried once the row is gone (`lib/audit/row-hash.ts`). */
const plain = ({ salt: _, ...item }: object & { readonly salt?: string }): Document => item;
