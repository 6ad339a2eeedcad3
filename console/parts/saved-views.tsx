/** Named views of the queue: open one, or go to where they are saved, renamed, shared and deleted. */
import { useEffect, useState } from 'preact/hooks';
import { address } from '../state/address.ts';
import { filterOf } from '../state/first-requests.ts';
import { loadViews, queryOf, savedViews } from '../state/views.ts';
import { t } from '../words/words.ts';
import { laterPart } from './later.tsx';

const ViewsDialog = laterPart('views');

/** `isReady`: what the page is about has been shown, and this may be asked for. */
export function SavedViews({ isReady }: { readonly isReady: boolean }) {
  const { domain, query } = address.value;
  const [isManaged, setManaged] = useState(false);
  useEffect(() => {
    if (isReady) loadViews(domain!).catch(() => undefined);
  }, [isReady, domain]);
  const views = savedViews.value?.domain === domain ? savedViews.value!.items : [];
  const here = queryOf(filterOf(query));
  const current = query.get('q') ? undefined : views.find((one) => queryOf(one.filter) === here);
  return (
    <>
      <button type="button" popoverTarget="views" aria-pressed={current !== undefined}>
        <bdi>{current?.name ?? t('views.title')}</bdi> <span aria-hidden="true">▾</span>
      </button>
      <div id="views" popover="auto" class="menu">
        {views.length === 0 && <p class="muted small">{t('views.none')}</p>}
        {[false, true].map((shared) => {
          const some = views.filter((one) => one.shared === shared);
          return (
            some.length > 0 && (
              <div key={String(shared)}>
                <p id={`views-${shared}`} class="muted small">
                  {t(shared ? 'views.shared' : 'views.own')}
                </p>
                <ul aria-labelledby={`views-${shared}`}>
                  {some.map((view) => (
                    <li key={view.id}>
                      <a
                        href={`/${domain}/queue?${queryOf(view.filter)}`.replace(/\?$/, '')}
                        aria-current={view === current ? 'true' : undefined}
                        onClick={hide}
                      >
                        <bdi>{view.name}</bdi>
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            )
          );
        })}
        <button
          type="button"
          onClick={() => {
            hide();
            setManaged(true);
          }}
        >
          {t('views.manage')}…
        </button>
      </div>
      {isManaged && <ViewsDialog close={() => setManaged(false)} />}
    </>
  );
}

function hide(): void {
  document.getElementById('views')?.hidePopover();
}
