/** A drop whose functions meet an AWS that turns requests down: through a proxy before tables and buckets. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { type Fate, startThrottlingProxy, type ThrottlingProxy } from '../helpers/throttling-proxy.ts';
import { setVariables } from './deployed-functions.ts';
import { dropFile, flags, follow, resultOf } from './deployed-stack.ts';

const sample = join(import.meta.dirname, '..', '..', 'samples', 'pharma', 'new.csv');
/** Every second of the first requests: clients that go on so long slow down so far that the test would take minutes. */
const TURNED_DOWN = 12;
const throttled = ['plan', 'whole', 'publish', 'finish'];

let proxy: ThrottlingProxy;
let undo: (() => Promise<void>)[];
beforeAll(async () => {
  proxy = await startThrottlingProxy(process.env.AWS_ENDPOINT_URL!, (number, { headers }): Fate => {
    if (number >= 2 * TURNED_DOWN || number % 2 === 0) return 'pass';
    return headers['x-amz-target']?.includes('DynamoDB') === true ? 'throughput exceeded' : 'slow down';
  });
  const variables = { AWS_ENDPOINT_URL_S3: proxy.endpoint, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
  undo = await Promise.all(throttled.map((name) => setVariables(name, variables)));
});
afterAll(async () => {
  for (const step of undo) await step();
  await proxy.close();
});

test('a drop of which many requests are turned down ends as if nothing had been', async () => {
  const domain = 'pharma';
  const content = Buffer.from((await readFile(sample, 'utf8')).split('\n').slice(0, 601).join('\n'));
  const status = await follow(await dropFile(domain, 'throttled.csv', content));
  expect(status).toMatchObject({ state: 'done', attempt: 1, reason: null });
  expect(proxy.counts['slow down'] + proxy.counts['throughput exceeded']).toBe(TURNED_DOWN);
  expect(proxy.counts['throughput exceeded']).toBeGreaterThan(0);

  for (const step of undo.splice(0)) await step();
  const { pass } = proxy.counts;
  const calm = await follow(await dropFile(domain, 'throttled.csv', content));
  expect(calm.state).toBe('done');
  expect(proxy.counts.pass).toBe(pass);
  const lines = await resultOf(status, 'explanations.jsonl');
  expect(await resultOf(calm, 'explanations.jsonl')).toBe(lines);
  const flagged = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Explanation);
  expect(flagged).toHaveLength(status.summary!.flagged);
  for (const { decision_id } of flagged) expect(await flags.get(decision_id)).not.toBeNull();
});
