/** Everything that a deployed stack stores on a subject: its drops and recorded requests, flags, cases, reviews, labels, acts. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { SubjectTable } from '../aws/subject-table.ts';
import { caseIdOf } from '../cases/case.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { inParallel } from '../in-parallel.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { type DomainKeys, keyedRecordId } from '../privacy/domain-keys.ts';
import { erasableColumns } from '../privacy/erasable-columns.ts';
import { openRecords, readErasable } from '../privacy/open-run.ts';
import { openStored } from '../privacy/open-stored.ts';
import { isPseudonym, revealValue } from '../privacy/reveal.ts';
import type { SubjectKey } from '../privacy/subject-keys.ts';
import type { Progress } from '../progress.ts';
import { keyedLabels } from '../reviews/labels-status.ts';
import { MAX_LABELS_BYTES, readLabels } from '../reviews/read-labels.ts';
import { FoundInRuns } from '../subjects/gather-runs.ts';
import { openFound } from '../subjects/open-found.ts';
import { countFound, type SubjectExport } from '../subjects/subject-export.ts';
import { type SubjectFiles, subjectColumn } from '../subjects/subject-of-run.ts';
import type { DeployedStack } from './deployed-stack.ts';
import type { LearningStack } from './learning-stack.ts';

type Document = Readonly<Record<string, unknown>>;

export interface SubjectSource {
  readonly stack: Pick<DeployedStack, 'models' | 'drops' | 'flags' | 'data' | 'audit' | 'dropped' | 'acts'>;
  readonly learning: Pick<LearningStack, 'cases' | 'attachments' | 'reviews' | 'blind' | 'labels'>;
  /** Of the subjects of erasable domains; absent: there are none. */
  readonly subjects?: Pick<SubjectTable, 'find'> | undefined;
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
  const { pack } = await stack.models.champion(domain);
  const column = subjectColumn(pack);
  const own = await findSubject(source, domain, subject);
  const stored = own?.key.pseudonym ?? subject;
  const { runs, sources } = await readDrops(source, domain, { column, subject: stored, own });
  progress.stage('reading flags, cases, reviews, labels and acts');
  const { records: trueIds, decisions } = runs.ids();
  const keyedIds = own === null ? [] : [...trueIds].map((id) => keyedRecordId(own.keys, id));
  const records = new Set([...trueIds, ...keyedIds]);
  const found = await readCase(source, domain, stored);
  const { cases, caseActs, attachments } = found;
  const open = await openerOf(own, pack, trueIds);
  const flags = await open(found.flags);
  const ids = new Set([
    ...[...records, ...decisions, ...flags.map(({ flag }) => flag)],
    ...cases.map(({ id }) => String(id)),
  ]);
  const reviews = await source.learning.reviews.reviewedSince(domain, BEGINNING);
  return {
    ...({ format: 'assay-subject/1', domain, subject: own?.key.id ?? subject } as const),
    ...{ exported_at: now, sources },
    found: {
      ...runs.found,
      ...{ flags, case_acts: caseActs, attachments },
      cases: await open(cases),
      reviews: await open(
        reviews.filter(({ recordId, flag }) => records.has(recordId) || ids.has(flag)).map(plain),
      ),
      blind: (await open(await readBlind(source, domain, column, stored))).map(
        ({ record_id: _, ...item }) => item,
      ),
      labels: await readLabelsOf(source, domain, records),
      acts: await readActs(source, domain, ids),
    },
  };
}

interface KeyedSubject {
  readonly key: SubjectKey;
  readonly keys: DomainKeys;
}

/** By its id or its pseudonym; null: the domain's records are stored as they are, or it has no key. */
async function findSubject(
  { subjects }: Pick<SubjectSource, 'subjects'>,
  domain: string,
  subject: string,
): Promise<KeyedSubject | null> {
  const keys = (await subjects?.find(domain)) ?? null;
  if (keys === null) return null;
  const found = isPseudonym(subject) ? await keys.findByPseudonym([subject]) : await keys.find([subject]);
  const key = found.get(subject);
  return key === undefined ? null : { key, keys };
}

/** As the tables have the subject. */
export async function storedSubject(
  source: Pick<SubjectSource, 'subjects'>,
  domain: string,
  subject: string,
): Promise<string> {
  return (await findSubject(source, domain, subject))?.key.pseudonym ?? subject;
}

/** Puts the subject's true values into what tables hold of it. */
async function openerOf(
  own: KeyedSubject | null,
  pack: Pack,
  trueIds: ReadonlySet<string>,
): Promise<<Body extends object>(bodies: readonly Body[]) => Promise<Body[]>> {
  if (own === null) return async (bodies) => [...bodies];
  const { keys, key } = own;
  const { sealed } = erasableColumns(pack, keys.register.columns);
  const names = new Map([
    [key.pseudonym, key.id],
    ...[...trueIds].map((id) => [keyedRecordId(keys, id), id] as const),
  ]);
  return async (bodies) =>
    revealValue(
      await openStored(
        keys,
        bodies.map((body) => ({ body, sealed })),
      ),
      names,
    );
}

/** The act of it: the subject is named by its case. `basis`: why it was exported. `stored`: as `storedSubject` says. */
export function subjectAct(
  exported: SubjectExport,
  { actor, basis, stored }: { readonly actor: string; readonly basis: string; readonly stored: string },
): AuditAct {
  const { domain, exported_at: at } = exported;
  return {
    ...({ event: 'subject_exported', actor, at } as const),
    subject: caseIdOf(domain, stored, ''),
    data: { basis, found: countFound(exported) },
  };
}

async function readDrops(
  { stack, progress }: SubjectSource,
  domain: string,
  {
    own,
    ...subject
  }: { readonly column: string; readonly subject: string; readonly own: KeyedSubject | null },
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
        const files = await fetchFiles(stack, drop, folder);
        const isThere =
          own === null
            ? await runs.add(session, drop.id, files, subject)
            : await addSealed(session, runs, { drop: drop.id, files, column: subject.column, own });
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

/** By its pseudonym; what is found is put back to true values. */
async function addSealed(
  session: Session,
  runs: FoundInRuns,
  {
    drop,
    files,
    column,
    own: { key, keys },
  }: {
    readonly drop: string;
    readonly files: SubjectFiles;
    readonly column: string;
    readonly own: KeyedSubject;
  },
): Promise<boolean> {
  const erasable = await readErasable(files.audit);
  if (erasable === null) return false;
  const condition = `${quoteIdentifier(column)} = ${quoteText(key.pseudonym)}`;
  const opened = await openRecords(session, { records: files.records, erasable }, keys, condition);
  const rejects = (await keys.findRejectsKey()) ?? key;
  const rejectTexts = [key.pseudonym, rejects.pseudonym];
  return await runs.add(session, drop, files, { column, subject: key.pseudonym, rejectTexts }, (found) =>
    openFound(found, opened, { own: key, rejects }),
  );
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
