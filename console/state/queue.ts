/** Where the list is, and the next case of it. */
import { signal } from '@preact/signals';
import { ApiError, post } from '../api/client.ts';
import { alarm, showToast } from '../parts/live.tsx';
import { t } from '../words/words.ts';
import { caseHref, go } from './address.ts';
import { type CaseSummary, currentId, listError, listed, readCase } from './case-list.ts';

/** Locks the most urgent case that is free, and opens it. */
export async function takeNext(domain: string): Promise<void> {
  try {
    const { case: taken } = await post<{ case: CaseSummary | null }>('/v1/cases/next', { domain });
    if (taken === null) {
      showToast(t('queue.no-next'));
      return;
    }
    currentId.value = taken.id;
    await readCase(taken.id).catch(() => undefined);
    go(caseHref(domain, taken.id));
  } catch (error) {
    const text = error instanceof ApiError ? error.message : t('offline');
    alarm(text);
    listError.value = error;
  }
}

export function queueHref(domain: string): string {
  const view = listed.value?.query.view;
  return view === undefined || view === 'act' ? `/${domain}/queue` : `/${domain}/queue?view=${view}`;
}

/** Rows that are picked for one verdict on all. */
export const picked = signal<ReadonlySet<string>>(new Set());

/** With the id in it, or without. */
export function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}
