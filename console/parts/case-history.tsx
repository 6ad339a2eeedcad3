/** Who did what with a case, the latest first; and what was decided about its flags before. */
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import type { CaseActList } from '../../lib/api/case-schemas.ts';
import { get, messageOf } from '../api/client.ts';
import type { CaseDetail } from '../state/case-list.ts';
import { t } from '../words/words.ts';
import { alarm } from './live.tsx';
import { Time } from './time.tsx';

type Acts = z.output<typeof CaseActList>;
type Entry = Acts['items'][number];

export function History({ detail }: { readonly detail: CaseDetail }) {
  const first = { items: detail.history, next: detail.history_next };
  const [{ items, next }, show] = useState<Acts>(first);
  const readMore = () => {
    get<Acts>(`/v1/cases/${detail.id}/acts`, { cursor: next ?? '', limit: 500 }).then(
      (more) => show({ ...more, items: [...items, ...more.items] }),
      (error: unknown) => alarm(messageOf(error)),
    );
  };
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t('history')}</h2>
      <ol class="events">
        {items.map((entry) => (
          <li key={`${entry.version} ${entry.act}`}>
            <Time at={entry.at} />
            <span>
              {sayAct(entry)}
              {(entry.reason ?? entry.reason_code) !== null && (
                <span class="muted small block">
                  <bdi>{entry.reason ?? entry.reason_code}</bdi>
                </span>
              )}
            </span>
          </li>
        ))}
        {next !== null && (
          <li>
            <button type="button" class="quiet small" onClick={readMore}>
              {t('history.more')}
            </button>
          </li>
        )}
        <li>
          <Time at={detail.opened_at} />
          <span>
            {t('history.flagged')} <span class="code">{detail.top_flag.model}</span>
          </span>
        </li>
      </ol>
    </section>
  );
}

function sayAct({ act, by, by_name, assignee, assignee_name, verdict, flags }: Entry): string {
  const who = by_name ?? by;
  if (act === 'review' && verdict !== null) {
    return t('history.review', { who, verdict: t(`status.${verdict}`), n: flags.length });
  }
  if (act === 'assign') {
    return assignee === null
      ? t('history.unassign', { who })
      : t('history.assign', { who, whom: assignee_name ?? assignee });
  }
  return t(`history.${act}`, { who });
}
