/**
 * What a drop uses on AWS, as JSON for operations/cost/measured.json: how long each function ran for it, as its execution's history says. The
 * drop is one that a local AWS has finished, where invocations of one function run one after another: how long at least one of them
 * was under way is then how long they ran. `npm run cost` multiplies it by the list prices.
 *
 *     AWS_ENDPOINT_URL=… node test/bench/cost.ts --drop d-… [--stage dev]
 */
import { parseArgs } from 'node:util';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { readStackOutputs } from '../../lib/aws/stack-outputs.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { openStack } from '../../lib/services/deployed-stack.ts';
import type { HandlerName } from '../../lib/stack/handlers.ts';

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
await print();

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

async function countObjects(): Promise<number> {
  const { results, records, decided, rows } = dropKeys(drop!);
  const history = rows(0, 0, 0).split('/rows/')[0]!;
  const prefixes = [`work/${id}/`, `${history}/`, `${results}/`, records, decided];
  const listed = await Promise.all(prefixes.map((prefix) => stack.data.list(prefix)));
  return listed.flat().length;
}

/** As operations/cost/measured.json has it, beside the sizes of flags. */
async function print(): Promise<void> {
  const { received, flagged } = drop!.summary!;
  const entered = events.filter(({ type }) => type?.endsWith('StateEntered') === true).length;
  // A child of a map is an execution of its own: it starts, runs its function, and ends.
  const children = events.filter(({ type }) => type === 'TaskScheduled').length;
  const measured = {
    on: new Date().toISOString().slice(0, 10),
    records: received,
    flags: flagged,
    functions: Object.fromEntries(timesByFunction(events)),
    transitions: entered + 2 * children,
    objects: await countObjects(),
  };
  process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
}
