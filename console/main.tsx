/** The console begins here. */
import { render } from 'preact';
import { watchConnection } from './api/client.ts';
import { App } from './app.tsx';
import { followLinks } from './state/address.ts';
import { listenToKeys } from './state/listen-keys.ts';
import { guardLeaving } from './state/outbox.ts';
import { speak, wantedLanguage } from './words/words.ts';

watchConnection();
followLinks();
listenToKeys();
guardLeaving();
const app = document.getElementById('app')!;
try {
  await speak(wantedLanguage());
  render(<App />, app);
} catch {
  // There are no words yet.
  app.textContent = 'Assay could not be loaded: reload the page. Bitte laden Sie die Seite neu.';
}
