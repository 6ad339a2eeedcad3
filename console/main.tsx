/** The console begins here. */
import { render } from 'preact';
import { watchConnection } from './api/client.ts';
import { App } from './app.tsx';
import { followLinks } from './state/address.ts';
import { listenToKeys } from './state/listen-keys.ts';
import { guardLeaving } from './state/outbox.ts';

watchConnection();
followLinks();
listenToKeys();
guardLeaving();
render(<App />, document.getElementById('app')!);
