/** `npm run stop`: ends the local AWS that `npm start` started. What was in it is gone. */
import { stopEngine } from '../local/engine.ts';

const ended = await stopEngine();
process.stdout.write(ended === null ? 'nothing to stop\n' : `stopped ${ended.url}\n`);
