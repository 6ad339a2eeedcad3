/** Who did what with a case, the latest first; and what was decided about its flags before. */
import type { CaseDetail } from '../state/case-list.ts';
import { t } from '../words/words.ts';
import { Time } from './time.tsx';

type Entry = CaseDetail['history'][number];

export function History({ detail }: { readonly detail: CaseDetail }) {
  return (
    <section aria-labelledby="history">
      <h2 id="history">{t('history')}</h2>
      <ol class="events">
        {detail.history.map((entry) => (
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
