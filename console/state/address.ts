/** The address: which page, of which domain, and all that a colleague who opens the link should see. */
import { computed, signal } from '@preact/signals';
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

const here = signal(typeof location === 'undefined' ? { path: '/', search: '' } : current());
export const address = computed(() => readAddress(here.value.path, here.value.search));

function current() {
  return { path: location.pathname, search: location.search };
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  here.value = current();
}

/** The same page with other words in its query; null takes one out. */
export function withQueryOf(changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(here.value.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? here.value.path : `${here.value.path}?${text}`;
}

export function caseHref(domain: string, id: string, flag?: string): string {
  const path = `/${domain}/cases/${encodeURIComponent(id)}`;
  return flag === undefined ? path : `${path}?flag=${encodeURIComponent(flag)}`;
}

/** Links of the console change the page without loading it again. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    here.value = current();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    // A link in a drawing has no address of its own to read, and leads nowhere else.
    if (link instanceof SVGAElement) {
      event.preventDefault();
      go(link.href.baseVal);
      return;
    }
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.hash !== '') return;
    event.preventDefault();
    go(`${link.pathname}${link.search}`);
  });
}

export function auditHref(domain: string, record: string): string {
  return `/${domain}/audit?about=${encodeURIComponent(record)}`;
}
