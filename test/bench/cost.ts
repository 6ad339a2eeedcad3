/**
 * What a drop costs on AWS: how long each function ran for it, as its execution's history says, times the list prices. The
 * drop is one that a local AWS has finished, where invocations of one function run one after another: how long at least one of them
 * was under way is then how long they ran.
 *
 *     AWS_ENDPOINT_URL=… node test/bench/cost.ts --drop d-… [--stage dev]
 */
import { parseArgs } from 'node:util';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import type { HandlerName } from '../../lib/stack/handlers.ts';
import { openStack } from '../../lib/store/deployed-stack.ts';
import { readStackOutputs } from '../../lib/store/stack-outputs.ts';

/** US dollars, us-east-1, arm64, the first tier, without any free tier: AWS's list of November 2026. */
const PRICES = {
  gbSecond: 0.0000133334,
  /** Of a function's own disk above 512 MB. */
  diskGbSecond: 0.0000000309,
  invocation: 0.2 / 1e6,
  transition: 0.025 / 1e3,
  writeUnit: 0.625 / 1e6,
  put: 0.005 / 1e3,
  get: 0.0004 / 1e3,
};
/** Objects are read about so often: a stage reads what the ones before it left, in ranges of 8 MB. */
const GETS_PER_OBJECT = 5;
const FLAG_INDEXES = 3;

interface Used {
  invocations: number;
  seconds: number;
}

const { values } = parseArgs({
  options: { drop: { type: 'string' }, stage: { type: 'string', default: 'dev' } },
});
const id = values.drop ?? '';
const name = `Assay-${values.stage}`;
const stack = await openStack(name, Date.now);
const drop = await stack.drops.get(id);
if (drop?.summary === undefined || drop.summary === null)
  throw new Error(`--drop: ${id} is no finished drop`);
const events = await historyOf((await readStackOutputs(name)).DropMachineArn, `${id}-${drop.attempt}`);
const lines = [...functionLines(timesByFunction(events)), ...(await otherLines())];
const total = lines.reduce((sum, line) => sum + line.dollars, 0);
const { received } = drop.summary;
print();

async function historyOf(machineArn: string, execution: string): Promise<HistoryEvent[]> {
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
  const found: HistoryEvent[] = [];
  const client = new SFNClient({});
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }),
    );
    found.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

function timesByFunction(history: readonly HistoryEvent[]): Map<HandlerName, Used> {
  const running = new Map<HandlerName, { count: number; since: number }>();
  const used = new Map<HandlerName, Used>();
  for (const { type, timestamp, ...details } of history) {
    const { resource = '' } =
      details.taskScheduledEventDetails ??
      details.taskSucceededEventDetails ??
      details.taskFailedEventDetails ??
      {};
    const [, found] = /Functions(\w+?)Function[0-9A-F]{8}/.exec(resource) ?? [];
    if (found === undefined) continue;
    const handler = found as HandlerName;
    const now = running.get(handler) ?? { count: 0, since: 0 };
    const sum = used.get(handler) ?? { invocations: 0, seconds: 0 };
    used.set(handler, sum);
    const at = timestamp!.getTime();
    if (type === 'TaskScheduled') {
      running.set(handler, { count: now.count + 1, since: now.count === 0 ? at : now.since });
      sum.invocations++;
    } else {
      if (now.count === 1) sum.seconds += (at - now.since) / 1000;
      running.set(handler, { ...now, count: now.count - 1 });
    }
  }
  return used;
}

interface Line {
  readonly what: string;
  readonly sum: string;
  readonly dollars: number;
}

function functionLines(used: ReadonlyMap<HandlerName, Used>): Line[] {
  const lines: Line[] = [];
  let invocations = 0;
  let disk = 0;
  for (const [handler, { invocations: times, seconds }] of used) {
    const { memoryMb, ephemeralStorage } = FUNCTION_PLANS[handler];
    const gb = memoryMb / 1024;
    invocations += times;
    disk += seconds * Math.max(0, ephemeralStorage.toMebibytes() / 1024 - 0.5);
    lines.push({
      what: `\`${handler}\``,
      sum: `${times} × ${(seconds / times).toFixed(1)} s × ${gb.toFixed(2)} GB = ${(seconds * gb).toFixed(1)} GB-s`,
      dollars: seconds * gb * PRICES.gbSecond,
    });
  }
  lines.push({
    what: 'disks of functions',
    sum: `${disk.toFixed(0)} GB-s above 512 MB`,
    dollars: disk * PRICES.diskGbSecond,
  });
  lines.push({ what: 'invocations', sum: String(invocations), dollars: invocations * PRICES.invocation });
  return lines;
}

async function otherLines(): Promise<Line[]> {
  const entered = events.filter(({ type }) => type?.endsWith('StateEntered') === true).length;
  // A child of a map is an execution of its own: it starts, runs its function, and ends.
  const children = events.filter(({ type }) => type === 'TaskScheduled').length;
  const transitions = entered + 2 * children;
  const objects = await countObjects();
  const { flagged } = drop!.summary!;
  const units = await writeUnits();
  return [
    { what: 'Step Functions', sum: `${transitions} transitions`, dollars: transitions * PRICES.transition },
    {
      what: 'S3',
      sum: `${objects} objects written, ${GETS_PER_OBJECT * objects} reads (taken as ${GETS_PER_OBJECT} each)`,
      dollars: objects * (PRICES.put + GETS_PER_OBJECT * PRICES.get),
    },
    {
      what: 'DynamoDB',
      sum: `${flagged} flags × ${units.toFixed(1)} write units`,
      dollars: flagged * units * PRICES.writeUnit,
    },
  ];
}

async function countObjects(): Promise<number> {
  const { results, records, decided, rows } = dropKeys(drop!);
  const history = rows(0, 0, 0).split('/rows/')[0]!;
  const prefixes = [`work/${id}/`, `${history}/`, `${results}/`, records, decided];
  const listed = await Promise.all(prefixes.map((prefix) => stack.data.list(prefix)));
  return listed.flat().length;
}

/** Of a flag's item and of its summaries in the indexes, in kilobytes begun. */
async function writeUnits(): Promise<number> {
  const { items } = await stack.flags.query({ drop: id, limit: 50 });
  const sizes = await Promise.all(
    items.map(async (summary) => {
      const whole = Buffer.byteLength(JSON.stringify(await stack.flags.get(summary.flag)));
      const index = Buffer.byteLength(JSON.stringify(summary));
      return Math.ceil(whole / 1024) + FLAG_INDEXES * Math.ceil(index / 1024);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
}

function print(): void {
  const rows = lines.map(({ what, sum, dollars }) => `| ${what} | ${sum} | ${dollars.toFixed(5)} |`);
  const text = [
    `${received.toLocaleString('en-US')} records, ${(drop!.bytes / 1e6).toFixed(0)} MB, ${drop!.summary!.flagged.toLocaleString('en-US')} flagged, ${drop!.progress?.of} parts`,
    '',
    '| | | US$ |',
    '| --- | --- | ---: |',
    ...rows,
    `| **together** | | **${total.toFixed(5)}** |`,
    `| per million records | | **${((1e6 * total) / received).toFixed(4)}** |`,
  ];
  process.stdout.write(`${text.join('\n')}\n`);
}
