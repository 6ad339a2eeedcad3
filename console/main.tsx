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
await speak(wantedLanguage());
render(<App />, document.getElementById('app')!);
