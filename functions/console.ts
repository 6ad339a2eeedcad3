/** The console: its page and files, for the one who asks. Who may do what is decided by the API, by the token of who signed in. */

import { readEnvironment } from '../lib/aws/environment.ts';
import { readConsole } from '../lib/console/console-files.ts';
import { type ConsoleRequest, serveConsole } from '../lib/console/serve-console.ts';
import { observe } from '../lib/observe/observe.ts';

const environment = readEnvironment(
  ['ASSAY_CONSOLE_ISSUER', 'ASSAY_CONSOLE_CLIENT', 'ASSAY_CONSOLE_ORIGINS'],
  process.env,
);
const built = readConsole();
const settings = {
  issuer: environment.ASSAY_CONSOLE_ISSUER,
  client: environment.ASSAY_CONSOLE_CLIENT,
  origins: environment.ASSAY_CONSOLE_ORIGINS,
};

export const handler = observe(async (event: ConsoleRequest) => serveConsole(built, settings, event));
