/**
 * Files that people attach to a case: see check-attachment.ts for what is taken. Nothing is opened or run here, and nothing is shown in
 * a page: a file is downloaded.
 */
export interface Attachment {
  /** 24 hex digits. */
  readonly id: string;
  readonly caseId: string;
  readonly domain: string;
  readonly name: string;
  readonly type: AttachmentType;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** Of its row, whose hash is in the log (`lib/audit/row-hash.ts`). */
  readonly salt?: string;
}

export type AttachmentType = 'pdf' | 'png' | 'jpeg' | 'csv' | 'txt' | 'xlsx';

/** Of one case. */
export const MAX_ATTACHMENTS = 20;

export const TYPE_OF_ENDING: ReadonlyMap<string, AttachmentType> = new Map([
  ['pdf', 'pdf'],
  ['png', 'png'],
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['csv', 'csv'],
  ['txt', 'txt'],
  ['xlsx', 'xlsx'],
]);
/** Of names: .pdf, … */
export const ATTACHMENT_ENDINGS: readonly string[] = [...TYPE_OF_ENDING.keys()].map((one) => `.${one}`);
