/** Named views of the queue: open one, save the present one, forget one. */
import { useState } from 'preact/hooks';
import { address } from '../state/address.ts';
import { forgetView, MAX_NAME, savedViews, saveView } from '../state/views.ts';
import { t } from '../words/words.ts';

export function SavedViews() {
  const { domain, query } = address.value;
  const [name, setName] = useState('');
  const views = savedViews.value[domain!] ?? [];
  const here = query.toString();
  const current = views.find((one) => one.query === here);
  return (
    <>
      <button type="button" popoverTarget="views" aria-pressed={current !== undefined}>
        {current?.name ?? t('views.title')} <span aria-hidden="true">▾</span>
      </button>
      <div id="views" popover="auto" class="menu">
        {views.length === 0 && <p class="muted small">{t('views.none')}</p>}
        <ul>
          {views.map((view) => (
            <li key={view.name} class="saved-view">
              <a
                href={`/${domain}/queue${view.query === '' ? '' : `?${view.query}`}`}
                aria-current={view === current ? 'true' : undefined}
                onClick={() => document.getElementById('views')?.hidePopover()}
              >
                <bdi>{view.name}</bdi>
              </a>
              <button
                type="button"
                class="quiet"
                aria-label={t('views.forget', { name: view.name })}
                onClick={() => forgetView(domain!, view.name)}
              >
                ✕
              </button>
            </li>
          ))}
        </ul>
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            saveView(domain!, { name: name.trim(), query: here });
            setName('');
          }}
        >
          <label for="view-name">{t('views.name')}</label>
          <input
            id="view-name"
            type="text"
            maxLength={MAX_NAME}
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <button type="submit" aria-disabled={name.trim() === ''}>
            {t('views.save')}
          </button>
        </form>
      </div>
    </>
  );
}
