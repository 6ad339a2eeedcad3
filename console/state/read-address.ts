/** What an address of the console says: which page, of which domain, and all that a colleague who opens the link should see. */
import { PLACES, type Place } from '../../lib/console/places.ts';

export interface Address {
  readonly page: 'home' | 'sign-in' | 'signed-out' | 'cases' | Place | 'unknown';
  readonly domain: string | null;
  /** Of a case, a drop, a model version. */
  readonly id: string | null;
  readonly query: URLSearchParams;
}

const DOMAIN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export function readAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter((part) => part !== '');
  const [first, second, third] = parts;
  if (first === undefined) return { page: 'home', domain: null, id: null, query };
  if (parts.length === 1 && (first === 'sign-in' || first === 'signed-out')) {
    return { page: first, domain: null, id: null, query };
  }
  if (!DOMAIN.test(first) || parts.length > 3) return { page: 'unknown', domain: null, id: null, query };
  if (second === undefined) return { page: 'queue', domain: first, id: null, query };
  const page = second === 'cases' ? second : PLACES.find((one) => one === second);
  const id = third === undefined ? null : decode(third);
  if (page === undefined || (page === 'cases' && id === null))
    return { page: 'unknown', domain: first, id, query };
  return { page, domain: first, id, query };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
