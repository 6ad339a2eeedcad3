/**
 * Cursors: a place in a list as a text that only we can make and read. A cursor belongs to the list and the filter that it was made
 * for; changed, made up, or used with another filter, it is refused.
 *
 *     base64url( 16 bytes of HMAC-SHA-256 over list and place | place )
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from './problem.ts';

const macBytes = 16;
const longest = 2_048;

/** `list` names the list and its filter. */
export function sealCursor(secret: Uint8Array, list: string, place: string): string {
  return Buffer.concat([mac(secret, list, place), Buffer.from(place, 'utf8')]).toString('base64url');
}

/** Throws a Problem unless it was sealed for this list. */
export function openCursor(secret: Uint8Array, list: string, cursor: string): string {
  const bytes = cursor.length > longest ? Buffer.alloc(0) : Buffer.from(cursor, 'base64url');
  const place = bytes.subarray(macBytes).toString('utf8');
  const isOurs =
    bytes.length > macBytes &&
    // Other texts decode to the same bytes: only the one we made is ours.
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(bytes.subarray(0, macBytes), mac(secret, list, place));
  if (!isOurs) throw invalidCursor();
  return place;
}

/** What a cursor is answered with that is not ours, or of a version that wrote the places of this list otherwise. */
export function invalidCursor(): Problem {
  const detail = 'not a cursor of this list with these filters: take it from "next" of the page before';
  return new Problem(422, 'The cursor is not valid.', { faults: [{ at: 'cursor', detail }] });
}

/** A filter as the text that its cursors are bound to: the same whatever the order of its parts. */
export function listName(list: string, filter: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(filter).filter(([, value]) => value !== undefined);
  return JSON.stringify([list, parts.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function mac(secret: Uint8Array, list: string, place: string): Buffer {
  const whole = `${Buffer.byteLength(list)}:${list}${place}`;
  return createHmac('sha256', secret).update(whole).digest().subarray(0, macBytes);
}
