import { UploadRequest } from '../../lib/api/schemas.ts';

export function requestNameOf(name: string): boolean {
  return UploadRequest.safeParse({ domain: 'finance', name }).success;
}
