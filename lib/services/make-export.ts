/**
 * Makes what someone asked the API for: the dossier or the subject's export as a folder, the folder as one file in the bucket of data.
 * That it was made is an act, written in one transaction with that it is done: before, no one is given the file.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { AuditChain } from '../aws/audit-chain.ts';
import type { ExportTable } from '../aws/export-table.ts';
import { dossierAct } from '../dossier/dossier.ts';
import { type ExportJob, type ExportRequest, exportKey } from '../dossier/export-job.ts';
import { writeDossier } from '../dossier/write-dossier.ts';
import { temporaryFolder } from '../engine/temporary-folder.ts';
import { InputError } from '../errors.ts';
import type { ObjectStore } from '../object-store.ts';
import { noProgress } from '../progress.ts';
import { writeSubject } from '../subjects/subject-export.ts';
import { type DossierStack, stackDossier } from './stack-dossier.ts';
import { type SubjectSource, storedSubject, subjectAct, subjectOfStack } from './subject-of-stack.ts';
import { zipFolder } from './zip-folder.ts';

export interface ExportDeps {
  readonly exports: Pick<ExportTable, 'begin' | 'failed' | 'doneWrite'>;
  readonly dossiers: DossierStack;
  readonly subjects: Omit<SubjectSource, 'progress'>;
  readonly data: Pick<ObjectStore, 'upload'>;
  readonly audit: Pick<AuditChain, 'appendWith'>;
  /** Of Assay. */
  readonly version: string;
  readonly now: () => Date;
}

const ROUTE = 'POST /v1/exports/dossier';

/** How it ended; null: it had before. Throws what may be another time. */
export async function makeExport(deps: ExportDeps, id: string): Promise<'done' | 'failed' | null> {
  const job = await deps.exports.begin(id);
  if (job === null) return null;
  const folder = await temporaryFolder('work');
  try {
    const [content, file] = [join(folder, 'content'), join(folder, 'export.zip')];
    await mkdir(content);
    const acts = await writeContent(deps, job, content);
    const bytes = await zipFolder(content, file);
    const key = exportKey(id, randomUUID());
    await deps.data.upload(file, key);
    const isDone = await deps.audit.appendWith(job.domain, acts, [
      deps.exports.doneWrite(id, { file: key, bytes }),
    ]);
    return isDone ? 'done' : null;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await deps.exports.failed(id, error.message);
    return 'failed';
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The acts of what it made. */
async function writeContent(deps: ExportDeps, job: ExportJob, folder: string): Promise<AuditAct[]> {
  const { request } = job;
  return request.kind === 'dossier'
    ? await writeEvidence(deps, job, request, folder)
    : [await writeStored(deps, job, request, folder)];
}

async function writeEvidence(
  { dossiers, version, now }: ExportDeps,
  { by }: ExportJob,
  { selection, pii }: Extract<ExportRequest, { kind: 'dossier' }>,
  folder: string,
): Promise<AuditAct[]> {
  const at = now().toISOString();
  const reads: AuditAct[] = [];
  // No one sees it before it is done: the read is written then, and once, however often it is made.
  const personal = {
    ...dossiers.learning.personal,
    recordRead: async (_: string, act: AuditAct) => void reads.push(act),
  };
  const learning = { ...dossiers.learning, personal };
  const reading = { actor: pii ? by : null, route: ROUTE, now: at };
  const content = await stackDossier({ ...dossiers, learning }, selection, reading);
  const { manifest } = await writeDossier(folder, content, { made_at: at, made_by: by, version });
  return [...reads, dossierAct(content, { manifest, actor: by, at })];
}

async function writeStored(
  { subjects, now }: ExportDeps,
  { domain, by }: ExportJob,
  { subject, basis }: Extract<ExportRequest, { kind: 'subject' }>,
  folder: string,
): Promise<AuditAct> {
  const asked = { domain, subject, now: now().toISOString() };
  const exported = await subjectOfStack({ ...subjects, progress: noProgress }, asked);
  await writeSubject(folder, exported);
  const stored = await storedSubject(subjects, domain, subject);
  return subjectAct(exported, { actor: by, basis, stored });
}
