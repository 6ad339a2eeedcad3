/**
 * Run by native-dependencies.test.ts in a process of its own: loads each native library as the product does, works with it,
 * lives on for as long as a delayed upload would take to begin, and prints which sockets it had open at any time.
 *
 *     node test/privacy/load-native.ts MODEL INPUTS LIVE_MS
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Session } from '../../lib/engine/session.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';

const POLL_MS = 5;
const sockets = new Set<string>();

function openSockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith('socket:') ? [target] : [];
    } catch {
      return []; // closed between the two calls
    }
  });
}

const timer = setInterval(() => {
  for (const socket of openSockets()) sockets.add(socket);
}, POLL_MS);

const session = await Session.open();
const [row] = await session.rows<{ answer: number }>('SELECT 42 AS answer');
const scorer = await OnnxScorer.open(readFileSync(process.argv[2]!));
const width = Number(process.argv[3]);
const scores = await scorer.score(new Float32Array(width).fill(Number.NaN), 1);
await wait(Number(process.argv[4]));
await scorer.close();
await session.close();
clearInterval(timer);
process.stdout.write(JSON.stringify({ answer: row!.answer, score: scores[0], sockets: [...sockets] }));
