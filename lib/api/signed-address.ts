/** Addresses by which a caller sends a file to a bucket, or fetches one, without a token: how long they are good for. */
export const UPLOAD_SECONDS = 15 * 60;
export const DOWNLOAD_SECONDS = 5 * 60;

/** ISO 8601. `nowMs`: milliseconds since 1970. */
export function expiryOf(nowMs: number, seconds: number): string {
  return new Date(nowMs + seconds * 1_000).toISOString();
}
