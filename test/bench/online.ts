/**
 * How long one record takes to be scored online, warm: through the API of the stack that `npm start` deployed, after its samples
 * were dropped, one request after the other. Prints p50 and p99 of the whole round trip and of each part that the answer says.
 *
 *     npm start && node test/bench/online.ts [--requests 300] [--domain finance] [--record]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outputs } from '../../local/deploy.ts';
import { findEngine } from '../../local/engine.ts';
import { useEngine } from '../../local/environment.ts';
import { createUsers, signIn } from '../../local/users.ts';
import { places, root } from '../../operations/places.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '300' },
    domain: { type: 'string', default: 'finance' },
    record: { type: 'boolean', default: false },
  },
});
const requests = Number(values.requests);
const engine = await findEngine((stage) => process.stderr.write(`${stage}\n`));
useEngine(engine);
const [outputs] = Object.values(JSON.parse(readFileSync(places.outputs, 'utf8')) as Record<string, Outputs>);
const { password } = await createUsers(outputs!);
const token = await signIn(outputs!, 'officer', password);
const api = `${engine.url}/_aws/execute-api/${new URL(outputs!.ApiUrl).hostname.split('.')[0]}/$default`;

const [header, ...lines] = readFileSync(join(root, 'samples', values.domain, 'new.csv'), 'utf8')
  .trimEnd()
  .split('\n');
const names = header!.split(',');
const rows = lines
  .filter((line) => !line.includes('"') && line.split(',').length === names.length)
  .map((line) => {
    const cells = line.split(',').map((cell, at) => [names[at]!, cell] as const);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
  });

const parts = new Map<string, number[]>();
const note = (part: string, milliseconds: number) => {
  parts.set(part, [...(parts.get(part) ?? []), milliseconds]);
};
const warmUp = 20;
for (let n = -warmUp; n < requests; n++) {
  const row = rows[(n + warmUp) % rows.length]!;
  const began = performance.now();
  const answer = await fetch(`${api}/v1/score`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ domain: values.domain, records: [row], record: values.record }),
  });
  const body = (await answer.json()) as { timings?: Record<string, number> };
  const took = performance.now() - began;
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
  if (n < 0) continue;
  note('round trip', took);
  for (const [part, milliseconds] of Object.entries(body.timings!)) note(part, milliseconds);
}
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
process.stdout.write(
  `${requests} requests of one ${values.domain} record${values.record ? ', each recorded' : ''}, ms\n`,
);
for (const [part, all] of parts) {
  const sorted = all.toSorted((a, b) => a - b);
  process.stdout.write(
    `${part.padEnd(12)} p50 ${at(sorted, 0.5).padStart(8)}   p99 ${at(sorted, 0.99).padStart(8)}\n`,
  );
}
