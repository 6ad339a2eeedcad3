/**
 * The console begins here. There is no session when a page is opened: the way to the issuer and back begins at once, and what the page asks
 * for first is asked for before anything is drawn.
 */
import { render } from 'preact';
import { askAhead } from './api/ahead.ts';
import { messageOf, watchConnection } from './api/client.ts';
import { App } from './app.tsx';
import { Door } from './pages/door.tsx';
import { enter, type Way } from './session/enter.ts';
import { bearer, takeTokens } from './session/session.ts';
import { address, followLinks, go } from './state/address.ts';
import { readCase } from './state/case-list.ts';
import { firstRequests } from './state/first-requests.ts';
import { listenToKeys } from './state/listen-keys.ts';
import { guardLeaving } from './state/outbox.ts';
import { meet } from './state/person.ts';
import { warmFormats } from './words/format.ts';
import { speak, t, wantedLanguage } from './words/words.ts';

/** A page that is whole is drawn once; so long it is waited for, with what the server has drawn. */
const SKELETON_MS = 300;

const app = document.getElementById('app')!;
const spoken = speak(wantedLanguage());
try {
  const page = address.value.page === 'signed-out' ? await signedOut() : await pageOf(enter(location));
  if (page !== null) {
    app.textContent = '';
    render(page, app);
  }
} catch {
  // There are no words yet.
  app.textContent = 'Assay could not be loaded: reload the page. Bitte laden Sie die Seite neu.';
}

async function signedOut() {
  await spoken;
  return <Door title={t('signed-out')} text={t('signed-out.text')} action={t('sign-in')} />;
}

/** Null: on the way to the issuer nothing is drawn that would be taken away at once. */
async function pageOf(entering: Promise<Way>) {
  try {
    const way = await entering;
    if (way.kind === 'leaving') return null;
    if (way.kind === 'entered') {
      takeTokens(way.tokens);
      go(way.returnTo, 'replace');
      askAhead(bearer()!, firstRequests(address.value));
    }
    await spoken;
    if (way.kind === 'beside') return <Door title={t('sign-in.done')} text={t('sign-in.close')} />;
  } catch (error) {
    await spoken;
    return <Door title={t('sign-in.failed')} text={messageOf(error)} action={t('again')} />;
  }
  watchConnection();
  followLinks();
  listenToKeys();
  guardLeaving();
  // While the first answers are under way.
  warmFormats();
  await Promise.race([firstAnswers(), new Promise((resolve) => setTimeout(resolve, SKELETON_MS))]);
  return <App />;
}

async function firstAnswers(): Promise<void> {
  const { page, id } = address.value;
  // What fails is said by the page.
  await Promise.allSettled([meet(), ...(page === 'cases' && id !== null ? [readCase(id)] : [])]);
}
