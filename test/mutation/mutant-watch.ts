/** Ends the process whose mutant does not come to an end: beside it, because a loop lets no timer run. */
import { appendFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const LONGEST_MS = 40_000;

const { beat, file } = workerData as { readonly beat: Int32Array; readonly file: string };
let count = beat[1];
let since = Date.now();
setInterval(() => {
  if (beat[0]! < 0 || beat[1] !== count) {
    count = beat[1];
    since = Date.now();
  } else if (Date.now() - since > LONGEST_MS) {
    appendFileSync(file, `${JSON.stringify({ seen: String(beat[0]), by: 'it does not come to an end' })}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}, 500);
