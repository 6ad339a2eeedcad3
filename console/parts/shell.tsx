/** What is around every page: where to go, which domain, who is here. */
import type { ComponentChildren } from 'preact';
import { LANGUAGES } from '../../lib/console/languages.ts';
import { PLACES } from '../../lib/console/places.ts';
import { signOut } from '../session/session.ts';
import { address } from '../state/address.ts';
import { helpOpen } from '../state/help.ts';
import { titleOr } from '../state/pack-texts.ts';
import { domains, initials, may, personName, rolesHere, sayRole } from '../state/person.ts';
import { choose, language, t } from '../words/words.ts';
import { alarm } from './live.tsx';

const DAILY = ['queue', 'blind', 'drops', 'models', 'monitoring', 'audit'] as const;
/** In the bar where there is room, and always under the person's initials. */
const RARE = ['packs', 'admin'] as const;
const rare = () => RARE.filter((one) => one !== 'admin' || may('administer'));
const LANGUAGE_NAMES = { en: 'English', de: 'Deutsch' } as const;

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { domain, page } = address.value;
  const place = page === 'cases' ? 'queue' : page;
  return (
    <>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <header class="top">
        <a class="brand" href={domain === null ? '/' : `/${domain}/queue`}>
          Assay
        </a>
        {domain !== null && (
          <nav class="nav" aria-label={t('nav')}>
            <ul>
              {DAILY.map((one) => (
                <li key={one}>
                  <a href={`/${domain}/${one}`} aria-current={one === place ? 'page' : undefined}>
                    <span class="wide">{t(`nav.${one}`)}</span>
                    <span class="narrow">{t(`nav.${one}.short`)}</span>
                  </a>
                </li>
              ))}
              {rare().map((one) => (
                <li key={one} class="rare">
                  <a href={`/${domain}/${one}`} aria-current={one === place ? 'page' : undefined}>
                    {t(`nav.${one}`)}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <div class="tools">
          <DomainMenu />
          <button
            type="button"
            class="quiet wide"
            aria-label={t('keys.title')}
            onClick={() => (helpOpen.value = true)}
          >
            <kbd>?</kbd>
          </button>
          <PersonMenu />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <div class="page">{children}</div>
      </main>
    </>
  );
}

function DomainMenu() {
  const { domain, page } = address.value;
  const here = domains.value.find(({ name }) => name === domain);
  const place = page === 'cases' || !PLACES.some((one) => one === page) ? 'queue' : page;
  return (
    <>
      <button type="button" popoverTarget="domains" class="menu-button">
        <span class="vh">{t('domain')} </span>
        <span class="cut">{here === undefined ? (domain ?? t('domain.choose')) : titleOr(here.title)}</span>
        <span aria-hidden="true">▾</span>
      </button>
      <div id="domains" popover="auto" class="menu">
        <ul>
          {domains.value.map(({ name, title }) => (
            <li key={name}>
              <a
                href={`/${name}/${place}`}
                aria-current={name === domain ? 'true' : undefined}
                onClick={() => document.getElementById('domains')?.hidePopover()}
              >
                {name === domain ? titleOr(title) : title}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function PersonMenu() {
  const { domain, page } = address.value;
  const name = personName.value;
  const roles = rolesHere.value.map(sayRole).join(', ');
  return (
    <>
      <button type="button" class="who quiet" popoverTarget="person">
        <span class="initials" aria-hidden="true">
          {initials(name)}
        </span>
        <span class="name">
          {name} <span class="muted">{roles}</span>
        </span>
      </button>
      <div id="person" popover="auto" class="menu">
        <p class="strong">{name}</p>
        <p class="muted small">{roles}</p>
        {domain !== null && (
          <ul>
            {rare().map((one) => (
              <li key={one}>
                <a
                  href={`/${domain}/${one}`}
                  aria-current={one === page ? 'page' : undefined}
                  onClick={() => document.getElementById('person')?.hidePopover()}
                >
                  {t(`nav.${one}`)}
                </a>
              </li>
            ))}
          </ul>
        )}
        <div class="field">
          <label for="language">{t('language')}</label>
          <select
            id="language"
            value={language.value}
            onChange={({ currentTarget }) => {
              const chosen = LANGUAGES.find((one) => one === currentTarget.value);
              const select = currentTarget;
              if (chosen === undefined) return;
              choose(chosen).catch(() => {
                select.value = language.value;
                alarm(t('offline'));
              });
            }}
          >
            {LANGUAGES.map((one) => (
              <option key={one} value={one} lang={one}>
                {LANGUAGE_NAMES[one]}
              </option>
            ))}
          </select>
        </div>
        <button
          type="button"
          onClick={() => {
            document.getElementById('person')?.hidePopover();
            helpOpen.value = true;
          }}
        >
          {t('keys.title')}
        </button>
        <button type="button" onClick={() => void signOut()}>
          {t('sign-out')}
        </button>
      </div>
    </>
  );
}
