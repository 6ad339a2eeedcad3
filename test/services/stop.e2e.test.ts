/** The stop switch on a local AWS: drops that arrive, a machine whose executions stay under way, and people who stop and resume. */
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { StopTable, WaitingDrops } from '../../lib/aws/stop-table.ts';
import { dropId, readArrival } from '../../lib/drops/arrival.ts';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import { resumeScoring, type Stop, stopScoring } from '../../lib/oversight/stop.ts';
import { failDrop, failStoppedDrop } from '../../lib/services/fail-drop.ts';
import { type DropStarter, startDrop, startWaiting } from '../../lib/services/start-drop.ts';
import { clientSettings, dropTable, localDocuments } from '../helpers/local-aws.ts';
import { type LocalArrivals, makeArrivals, runningOf, stopAll } from './local-arrivals.ts';

const executions = new SFNClient(clientSettings());
const queues = new SQSClient({ ...clientSettings(), useQueueUrlAsEndpoint: false });
const name = `stop-${process.pid}`;
const documents = localDocuments();
const MAX_DROPS = 40;

let tables: readonly [drops: string, models: string];
let stateMachineArn: string;
let QueueUrl: string;
let handler: LocalArrivals['handler'];
let stops: StopTable;
let waiting: WaitingDrops;
let drops: DropTable;
const published: AssayEvent[] = [];

beforeAll(async () => {
  const made = await makeArrivals({ executions, queues }, name, MAX_DROPS);
  ({ tables, stateMachineArn, QueueUrl, handler } = made);
  stops = new StopTable(documents, tables[0], new AuditChain(documents, tables[0]));
  waiting = new WaitingDrops(documents, tables[0]);
  drops = new DropTable(documents, tables[0], Date.now);
});
beforeEach(() => {
  for (const level of ['info', 'log'] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(async () => {
  await stopAll(executions, stateMachineArn);
});
afterAll(async () => {
  for (const table of tables) await dropTable(table);
});

const running = () => runningOf(executions, stateMachineArn);

/** Every attempt of the domain's drops that was ever started, in the order in which they were started. */
async function started(domain: string): Promise<string[]> {
  const listed = await executions.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1000 }));
  const described = await Promise.all(
    (listed.executions ?? []).map(async ({ executionArn, startDate }) => {
      const { input } = await executions.send(new DescribeExecutionCommand({ executionArn }));
      return {
        at: startDate!.getTime(),
        ...(JSON.parse(input!) as { drop: { key: string; domain: string } }),
      };
    }),
  );
  return described
    .filter(({ drop }) => drop.domain === domain)
    .sort((a, b) => a.at - b.at)
    .map(({ drop }) => drop.key.replace(/^.*\//, ''));
}

const keyOf = (domain: string, n: number) => `drops/${domain}/${n}`;
const idOf = (domain: string, n: number) => dropId({ bucket: 'drops', key: keyOf(domain, n), version: 'v' });
const arrived = (domain: string, n: number): string =>
  JSON.stringify({
    time: new Date(Date.UTC(2026, 2, 1, 10, 0, n)).toISOString(),
    detail: { bucket: { name: 'drops' }, object: { key: keyOf(domain, n), size: 1, 'version-id': 'v' } },
  });
const resumedMessage = (domain: string): string =>
  JSON.stringify({ source: 'assay', 'detail-type': 'DomainResumed', detail: { domain } });

const receive = async (...bodies: string[]): Promise<void> => {
  const event = { Records: bodies.map((body, at) => ({ messageId: String(at), body })) } as SQSEvent;
  expect(await handler(event, { functionName: 'receive' } as Context)).toEqual({ batchItemFailures: [] });
};

const deps = () => ({ stops, publish: async (event: AssayEvent) => void published.push(event) });
const by = (domain: string, model: string | null = null): Stop => ({
  ...{ domain, model, by: 'ann', at: new Date().toISOString(), reason: 'odd scores' },
});

test('drops that arrive while their domain is stopped wait, each once, and are started in order of arrival', async () => {
  await receive(arrived('order', 1));
  await stopScoring(deps(), by('order'));
  // Not in order, and some twice.
  await receive(...[4, 2, 3, 2, 5, 4].map((n) => arrived('order', n)), arrived('other', 9));
  expect(await started('order')).toEqual(['1']);
  expect(await started('other')).toEqual(['9']);
  expect(await waiting.count('order')).toBe(4);
  expect(await drops.get(idOf('order', 3))).toMatchObject({ state: 'received', waiting: 'stopped' });
  expect(await drops.get(idOf('order', 1))).toMatchObject({ waiting: null });

  await resumeScoring(deps(), by('order'));
  expect(published.slice(-2)).toMatchObject([
    { type: 'DomainStopped', detail: { domain: 'order', model: null } },
    { type: 'DomainResumed', detail: { domain: 'order', model: null } },
  ]);
  await receive(resumedMessage('order'), resumedMessage('order'), arrived('order', 3));
  expect(await started('order')).toEqual(['1', '2', '3', '4', '5']);
  expect(await waiting.count('order')).toBe(0);
  expect(await drops.get(idOf('order', 3))).toMatchObject({ state: 'received', waiting: null });
});

test('a stop and a resumption are acts, each once, and refused where there is nothing to stop or to resume', async () => {
  await expect(resumeScoring(deps(), by('acts'))).rejects.toThrow('acts is not stopped');
  await stopScoring(deps(), by('acts'));
  await expect(stopScoring(deps(), by('acts'))).rejects.toThrow('acts is stopped already');
  await stopScoring(deps(), by('acts', 'a'.repeat(12)));
  expect((await stops.active('acts')).map(({ model }) => model)).toEqual([null, 'a'.repeat(12)]);
  await resumeScoring(deps(), by('acts'));
  await resumeScoring(deps(), by('acts', 'a'.repeat(12)));
  expect(await stops.active('acts')).toEqual([]);
  const lines = await new AuditChain(documents, tables[0]).lines('acts');
  expect(lines.map(({ line }) => JSON.parse(line))).toMatchObject([
    { event: 'stopped', actor: 'ann', subject: 'acts', data: { model: null, reason: 'odd scores' } },
    { event: 'stopped', subject: 'a'.repeat(12), data: { model: 'a'.repeat(12) } },
    { event: 'resumed', actor: 'ann', subject: 'acts' },
    { event: 'resumed', subject: 'a'.repeat(12) },
  ]);
});

test('a drop that is under way when its domain is stopped waits before the others, and fails in no one’s eyes', async () => {
  await receive(arrived('running', 1));
  const drop = {
    ...{ id: idOf('running', 1), domain: 'running', bucket: 'drops', key: keyOf('running', 1), version: 'v' },
    ...{ bytes: 1, receivedAt: new Date(Date.UTC(2026, 2, 1, 10, 0, 1)).toISOString() },
  };
  await drops.state(drop.id, 'scoring');
  await stopScoring(deps(), by('running'));
  await receive(arrived('running', 2));
  const error = { Error: 'DomainStopped', Cause: 'running is stopped' };
  const failing = {
    ...{ drops, queue: queues, deadLettersUrl: 'http://none', arrivalsUrl: QueueUrl },
    publish: deps().publish,
    now: () => new Date().toISOString(),
  };
  published.length = 0;
  expect(await failDrop(failing, { drop, attempt: 1, error })).toBe(false);
  const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  await receive(Messages[0]!.Body!);
  expect(published).toEqual([]);
  expect(await drops.get(drop.id)).toMatchObject({ state: 'received', attempt: 2, waiting: 'stopped' });
  // The rule for executions that stopped comes late, and the event of the file comes again.
  const input = JSON.stringify({ drop, attempt: 1 });
  expect(await failStoppedDrop(failing, { detail: { status: 'FAILED', input } })).toBeNull();
  await receive(arrived('running', 1));
  expect(await waiting.oldest('running', 9)).toMatchObject([{ attempt: 2 }, { attempt: 1 }]);
  await resumeScoring(deps(), by('running'));
  await receive(resumedMessage('running'));
  expect(await started('running')).toEqual(['1', '1', '2']);
});

test('a stopped model keeps drops waiting while it serves, and another one that serves does not', async () => {
  const version = 'b'.repeat(12);
  const serve = (model: string) =>
    documents.send(
      new PutCommand({ TableName: tables[1], Item: { domain: 'rolled', version: 'champion', model } }),
    );
  await serve(version);
  await stopScoring(deps(), by('rolled', version));
  await receive(arrived('rolled', 1), arrived('rolled', 2));
  expect(await started('rolled')).toEqual([]);
  await serve('c'.repeat(12));
  const rolledBack = { source: 'assay', 'detail-type': 'ModelRolledBack', detail: { domain: 'rolled' } };
  await receive(JSON.stringify(rolledBack));
  expect(await started('rolled')).toEqual(['1', '2']);
});

test('a drop that reads that its domain is stopped, while it is being resumed, is started all the same', async () => {
  const domain = 'overtaken';
  await stopScoring(deps(), by(domain));
  let asked = 0;
  const starter: DropStarter = {
    ...{ drops, waiting, executions, machineArn: stateMachineArn, maxDrops: MAX_DROPS },
    uploads: { uploaderOf: async () => null },
    keysOf: async () => null,
    stopOf: async () => {
      const [stop = null] = await stops.active(domain);
      if (asked++ > 0) return stop;
      await resumeScoring(deps(), by(domain));
      await startWaiting(starter, domain);
      return stop;
    },
  };
  const arrival = await readArrival(arrived(domain, 1), async () => 'v');
  expect(await startDrop(starter, arrival)).toBe('queued');
  expect(await started(domain)).toEqual(['1']);
  expect(await waiting.count(domain)).toBe(0);
});

test('whatever people and events do at once, each drop is started exactly once in the end', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('arrive' as const), n: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'resume' as const) }) },
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
      async (rounds) => {
        const domain = `race${runs++}`;
        const turn = async (work: Promise<void>) => await work.catch(() => {});
        // The steps of a round at once.
        for (const round of rounds) {
          await Promise.all(
            round.map(async (one) => {
              if (one.kind === 'arrive') await receive(arrived(domain, one.n));
              else if (one.kind === 'stop') await turn(stopScoring(deps(), by(domain)));
              else {
                await turn(resumeScoring(deps(), by(domain)));
                await receive(resumedMessage(domain));
              }
            }),
          );
        }
        // Not stopped any more, nothing is left for anyone to do.
        if ((await stops.active(domain)).length > 0) {
          await resumeScoring(deps(), by(domain));
          await receive(resumedMessage(domain));
        }
        const sent = rounds.flat().flatMap((one) => (one.kind === 'arrive' ? [String(one.n)] : []));
        expect((await started(domain)).toSorted()).toEqual([...new Set(sent)].toSorted());
        expect(await waiting.count(domain)).toBe(0);
        for (const executionArn of await running())
          await executions.send(new StopExecutionCommand({ executionArn }));
      },
    ),
    { numRuns: 8, seed: 14 },
  );
});
