/** What answers for attachments: an address to upload to, the check of what came, an address to download from. */
import { createHash } from 'node:crypto';
import type { AuditAct } from '../audit/audit-entry.ts';
import { type Attachment, MAX_ATTACHMENTS } from '../cases/attachment.ts';
import { checkAttachment, declaredType, expectSize } from '../cases/check-attachment.ts';
import { expectPersonalRight } from './authorize.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';
import { type Caller, isAllowed } from './roles.ts';
import { DOWNLOAD_SECONDS, expiryOf, UPLOAD_SECONDS } from './signed-address.ts';

export interface AttachmentServices {
  readonly attachments: {
    of(caseId: string): Promise<readonly Attachment[]>;
    get(caseId: string, id: string): Promise<Attachment | null>;
    /** With its act. False: it is there already, or the case has as many as it may. */
    add(attachment: Attachment): Promise<boolean>;
  };
  readonly uploads: {
    /** The key of an upload to come below the folder, which is that person's. */
    expect(folder: string, name: string, by: string): Promise<string>;
    uploaderOf(key: string): Promise<string | null>;
  };
  readonly files: {
    signUpload(key: string, bytes: number, seconds: number): Promise<string>;
    readQuarantined(key: string, maxBytes: number): Promise<Uint8Array | null>;
    store(place: Attachment, content: Uint8Array): Promise<void>;
    signDownload(attachment: Attachment, seconds: number): Promise<string>;
  };
  readonly folderOf: (place: { domain: string; caseId: string }) => string;
  readonly recordAct: (domain: string, act: AuditAct) => Promise<void>;
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Names = 'listAttachments' | 'uploadAttachment' | 'addAttachment' | 'getAttachment';

/** The last part of an upload's key. */
const FILE = 'file';

export function attachmentHandlers(services: AttachmentServices): Required<Pick<Handlers, Names>> {
  return {
    listAttachments: async ({ params: { id }, caller }) => ({
      body: { items: (await services.attachments.of(id)).map((one) => shown(one, caller)) },
    }),
    uploadAttachment: (call) => upload(services, call),
    addAttachment: (call) => add(services, call),
    getAttachment: (call) => download(services, call),
  };
}

async function upload(
  services: AttachmentServices,
  { params: { id }, body: { name, bytes }, caller, scope }: Call<'uploadAttachment'>,
): Promise<Reply<'uploadAttachment'>> {
  declaredType(name);
  expectSize(bytes, services.maxBytes);
  expectRoom(await services.attachments.of(id));
  const folder = services.folderOf({ domain: String(scope[0]), caseId: id });
  const key = await services.uploads.expect(folder, FILE, caller.sub);
  const url = await services.files.signUpload(key, bytes, UPLOAD_SECONDS);
  const expires_at = expiryOf(services.now(), UPLOAD_SECONDS);
  const attachment = key.slice(folder.length + 1, -(FILE.length + 1));
  return { body: { attachment, url, method: 'PUT', expires_at } };
}

async function add(
  services: AttachmentServices,
  { params: { id: caseId, attachment: id }, body: { name }, caller, scope }: Call<'addAttachment'>,
): Promise<Reply<'addAttachment'>> {
  const { attachments, uploads, files, maxBytes } = services;
  const domain = String(scope[0]);
  const key = `${services.folderOf({ domain, caseId })}/${id}/${FILE}`;
  const [there, uploader] = await Promise.all([attachments.of(caseId), uploads.uploaderOf(key)]);
  const known = there.find((one) => one.id === id);
  if (known !== undefined) return { body: shown(known, caller) };
  if (uploader !== caller.sub)
    throw new Problem(404, `There is no upload ${id} of yours for this case within the last hour.`);
  const content = await files.readQuarantined(key, maxBytes);
  if (content === null)
    throw new Problem(409, 'The file has not arrived: PUT it to the address of the upload first.');
  const type = checkAttachment(name, content, maxBytes);
  expectRoom(there);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const at = new Date(services.now()).toISOString();
  const attachment = { id, caseId, domain, name, type, bytes: content.length, sha256, by: caller.sub, at };
  // Before the row: an attachment that is listed is there.
  await files.store(attachment, content);
  const added = (await attachments.add(attachment)) ? attachment : await attachments.get(caseId, id);
  if (added === null) throw noRoom();
  return { body: shown(added, caller) };
}

async function download(
  services: AttachmentServices,
  { params: { id: caseId, attachment: id }, caller, scope }: Call<'getAttachment'>,
): Promise<Reply<'getAttachment'>> {
  const domain = String(scope[0]);
  // No one knows what a file holds.
  expectPersonalRight(caller, domain, 'An attachment may hold');
  const found = await services.attachments.get(caseId, id);
  if (found === null) throw new Problem(404, `There is no attachment ${id} of case ${caseId}.`);
  const at = new Date(services.now()).toISOString();
  const data = { case: caseId, attachment: id };
  const act = { event: 'attachment_fetched', actor: caller.sub, subject: caseId, at, data } as const;
  await services.recordAct(domain, act);
  const url = await services.files.signDownload(found, DOWNLOAD_SECONDS);
  const { name, sha256 } = found;
  const expires_at = expiryOf(services.now(), DOWNLOAD_SECONDS);
  return { body: { id, name, sha256, url, method: 'GET', expires_at } };
}

function expectRoom(there: readonly Attachment[]): void {
  if (there.length >= MAX_ATTACHMENTS) throw noRoom();
}

function noRoom(): Problem {
  return new Problem(409, `The case has ${MAX_ATTACHMENTS} attachments already, and no more fit.`);
}

/** A name is free text, and may name a person. */
function shown(
  { id, domain, name, type, bytes, sha256, by, at }: Attachment,
  caller: Caller,
): Reply<'addAttachment'>['body'] {
  return { id, name: isAllowed(caller, 'read_pii', domain) ? name : null, type, bytes, sha256, by, at };
}
