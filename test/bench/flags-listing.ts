/**
 * What a page of flags costs in a table of many: fills a table of a local AWS (AWS_ENDPOINT_URL), lists pages of 100 through
 * the API's own handler, and prints times, queries, items read and capacity. No scan is among the calls, or it fails.
 *
 *     AWS_ENDPOINT_URL=http://127.0.0.1:4566 node test/bench/flags-listing.ts [--flags 100000]
 */

import { parseArgs } from 'node:util';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { flagKeys } from '../../lib/aws/flag-keys.ts';
import { type FlagQuery, FlagTable } from '../../lib/aws/flag-table.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import type { Severity } from '../../lib/packs/pack.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const { values } = parseArgs({ options: { flags: { type: 'string', default: '100000' } } });
const count = Number(values.flags);
const LEVELS: readonly (Severity | null)[] = [null, null, null, 'low', 'medium', 'high', 'critical'];
/** Of the table and the index, with their names. */
const keyBytes = 150;
/** Of the last page that had flags: a page of none is read from flags of the same size. */
let itemBytes = 0;
const client = localDocuments();
const calls = new Map<string, number>();
client.middlewareStack.add(
  (next, context) => async (args) => {
    const name = String(context.commandName);
    calls.set(name, (calls.get(name) ?? 0) + 1);
    return await next(args);
  },
  { step: 'initialize' },
);

const { drop } = flagOf(2);
const table = await makeTable('Flags');
try {
  await fill();
  await list(
    'open flags of finance, first ten pages',
    { scope: ['finance'], status: 'open', limit: 100 },
    10,
  );
  await list('all flags, first ten pages', { scope: 'all', limit: 100 }, 10);
  await list(
    'low severity, 0.6 to 0.7',
    { scope: ['finance'], severity: 'low', minScore: 0.6, maxScore: 0.7, limit: 100 },
    3,
  );
  await list('one entity', { entity: 'A3', scope: ['finance'], limit: 100 }, 3);
  await list('a time at which nothing was', { scope: ['finance'], from: '2099-01-01', limit: 100 }, 3);
  await list(
    'a state that no flag of the drop has',
    { scope: 'all', drop, status: 'true_positive', limit: 100 },
    3,
  );
  console.log(`calls: ${[...calls].map(([name, times]) => `${name} ${times}`).join(', ')}`);
  if (calls.has('ScanCommand')) throw new Error('a list scanned the table');
} finally {
  await dropTable(table);
}

async function fill(): Promise<void> {
  const began = performance.now();
  const flags = new FlagTable(client, table);
  await flags.putFlags([flagOf(0, { domain: 'finance' }), flagOf(1, { domain: 'pharma' })]);
  const starts = Array.from({ length: Math.ceil(count / 25) }, (_, batch) => batch * 25);
  await inParallel(starts, 16, async (start) => {
    const requests = Array.from({ length: Math.min(25, count - start) }, (_, index) => {
      const n = start + index;
      const flag = flagOf(n, { domain: n % 4 === 0 ? 'pharma' : 'finance', severity: LEVELS[n % 7]! });
      return { PutRequest: { Item: { ...flag, ...flagKeys(flag) } } };
    });
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  });
  console.log(`${count} flags written in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function list(name: string, query: FlagQuery, pages: number): Promise<void> {
  const flags = new FlagTable(client, table);
  let before: string | undefined;
  for (let page = 1; page <= pages; page++) {
    const began = performance.now();
    const { items, next, cost } = await flags.query({ ...query, ...(before !== undefined && { before }) });
    const ms = (performance.now() - began).toFixed(0);
    // The local AWS counts half a unit a query, whatever it reads. DynamoDB counts half a unit for each 4 KB begun.
    if (items.length > 0) itemBytes = Buffer.byteLength(JSON.stringify(items)) / items.length + keyBytes;
    const units = 0.5 * Math.max(cost.queries, Math.ceil((itemBytes * cost.evaluated) / 4096));
    console.log(
      `${name}: page ${page}, ${items.length} flags, ${ms} ms, ${cost.queries} queries, ${cost.evaluated} items read of ${itemBytes.toFixed(0)} B, ${cost.units} units counted here, ${units} by DynamoDB's rule`,
    );
    if (next === null) break;
    before = next;
  }
}
