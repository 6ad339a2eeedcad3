import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { EventBus } from '../../lib/aws/event-bus.ts';
import { makeEvent } from '../../lib/events/event-schemas.ts';
import { flagsRaised } from '../../lib/events/flags-raised.ts';
import { flagOf } from '../helpers/flags.ts';
import { clientSettings } from '../helpers/local-aws.ts';
import { makeBus } from '../helpers/local-events.ts';

const dropDone = (n: number) =>
  makeEvent('DropDone', {
    ...{ at: '2026-03-01T00:00:00.000Z', domain: 'finance', drop: `d${n}`, model: 'a'.repeat(12) },
    ...{ received: 1, scored: 1, rejected: 0, flagged: 0, mostly_rejected: false },
  });

describe('EventBus', () => {
  it('publishes twenty-five events, in batches, to anyone who listens', async () => {
    const bus = await makeBus();
    const events = Array.from({ length: 25 }, (_, n) => dropDone(n));
    await new EventBus(bus.client, bus.name).publish(events);
    const heard = await bus.heard(25);
    const byId = (one: { id?: unknown }, other: { id?: unknown }) =>
      String(one.id) < String(other.id) ? -1 : 1;
    expect(heard.map(({ detail }) => detail).toSorted(byId)).toEqual(
      events.map(({ detail }) => detail).toSorted(byId),
    );
    expect(new Set(heard.map(({ type, source }) => `${source} ${type}`))).toEqual(
      new Set(['assay DropDone']),
    );
  });

  it('says nothing without an event', async () => {
    await new EventBus(new EventBridgeClient(clientSettings('http://127.0.0.1:1')), 'none').publish([]);
  });

  it('publishes again what was turned down, and only that', async () => {
    const published: string[][] = [];
    const server = await answering((flags, call) => {
      published.push(flags);
      return call === 0 ? flags.map((drop) => drop === 'd1' || drop === 'd7') : flags.map(() => false);
    });
    await new EventBus(server.client, 'bus').publish(Array.from({ length: 9 }, (_, n) => dropDone(n)));
    server.close();
    expect(published).toEqual([Array.from({ length: 9 }, (_, n) => `d${n}`), ['d1', 'd7']]);
  });

  it('sends no more in a request than the bus takes: 256 KB, however many events', async () => {
    const sizes: number[] = [];
    const server = await answering((drops, _, bytes) => {
      sizes.push(bytes);
      return drops.map(() => false);
    });
    const items = Array.from({ length: 6_000 }, (_, n) => flagOf(n, { severity: 'high' }));
    const events = flagsRaised(items, 'none');
    expect(events.length).toBeGreaterThan(2);
    await new EventBus(server.client, 'bus').publish([
      ...events,
      ...Array.from({ length: 12 }, (_, n) => dropDone(n)),
    ]);
    server.close();
    expect(sizes.length).toBeGreaterThanOrEqual(events.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
  });

  it('says so where nothing helps', async () => {
    const server = await answering((flags) => flags.map(() => true));
    await expect(new EventBus(server.client, 'bus').publish([dropDone(1)])).rejects.toThrow(
      /1 events were refused: ThrottlingException/,
    );
    server.close();
  });
});

/** A bus that turns down what `refuses` says, by the number of the call and the bytes of its details. */
async function answering(refuses: (drops: string[], call: number, bytes: number) => boolean[]) {
  let calls = 0;
  const server = createServer(async (incoming, outgoing) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(incoming)).toString()) as {
      Entries: { Detail: string }[];
    };
    const refused = refuses(
      body.Entries.map(({ Detail }) => JSON.parse(Detail).drop),
      calls++,
      body.Entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0),
    );
    const Entries = refused.map((one) =>
      one ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' } : { EventId: 'e' },
    );
    outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    outgoing.end(JSON.stringify({ FailedEntryCount: refused.filter(Boolean).length, Entries }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new EventBridgeClient(clientSettings(endpoint));
  return {
    client,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
