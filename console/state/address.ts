/** The address of the page at hand. */
import { computed, signal } from '@preact/signals';
import { readAddress } from './read-address.ts';

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
