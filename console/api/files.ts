/** Files go to and come from the buckets themselves, by addresses that the API signs. */
import type { z } from 'zod';
import type { AttachmentFile, AttachmentUpload } from '../../lib/api/attachment-schemas.ts';
import type { DropFile, Upload } from '../../lib/api/schemas.ts';
import { get, post } from './client.ts';

type ResultFile = z.output<typeof DropFile>;

/** Sends a file as a new drop and resolves to its key; `progress` receives the share that is sent. */
export async function uploadDrop(
  domain: string,
  file: File,
  progress: (share: number) => void,
): Promise<string> {
  const name = safeName(file.name);
  const { key, url } = await post<z.output<typeof Upload>>('/v1/drops', { domain, name });
  await put(url, file, progress);
  return key;
}

/** As the API takes names: what it does not take becomes a hyphen. */
export function safeName(name: string): string {
  const ascii = name.normalize('NFKD').replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  const trimmed = ascii.replace(/^[^A-Za-z0-9]+/, '').slice(-128);
  return trimmed === '' ? 'file' : trimmed;
}

/** XMLHttpRequest: of a fetch no one learns how far it is. */
function put(url: string, file: File, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.upload.onprogress = ({ loaded, total }) => progress(total === 0 ? 1 : loaded / total);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(`The bucket answered ${request.status}.`));
    request.onerror = () => reject(new Error('The bucket was not reached.'));
    // Without a type, which would be a header that was not signed.
    request.send(file.slice(0, file.size, ''));
  });
}

export async function readDropFile(drop: string, name: string): Promise<string> {
  const { url } = await dropFileUrl(drop, name);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The bucket answered ${answer.status}.`);
  return await answer.text();
}

export async function saveDropFile(drop: string, name: string): Promise<void> {
  save(await dropFileUrl(drop, name));
}

function save({ url, name }: { readonly url: string; readonly name: string }): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

/** `path` is that of the attachments of a case. Resolves once the file is checked and listed there. */
export async function attachFile(path: string, file: File, progress: (share: number) => void): Promise<void> {
  const { name, size } = file;
  const { url, attachment } = await post<z.output<typeof AttachmentUpload>>(path, { name, bytes: size });
  await put(url, file, progress);
  await post(`${path}/${attachment}`, { name });
}

/** `path` is that of one attachment. */
export async function saveAttachment(path: string): Promise<void> {
  save(await get<z.output<typeof AttachmentFile>>(path));
}

function dropFileUrl(drop: string, name: string): Promise<ResultFile> {
  return get<ResultFile>(`/v1/drops/${drop}/files/${name}`);
}
