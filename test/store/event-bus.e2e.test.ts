import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { makeEvent } from '../../lib/events/event-schemas.ts';
import { EventBus } from '../../lib/store/event-bus.ts';
import { clientSettings } from '../helpers/local-aws.ts';
import { makeBus } from '../helpers/local-events.ts';

const flagRaised = (n: number) =>
  makeEvent('FlagRaised', {
    ...{ at: '2026-03-01T00:00:00.000Z', domain: 'finance', flag: `f${n}`, drop: 'd-1', score: 0.9 },
    ...{ threshold: 0.5, severity: 'high', rules: ['structuring'], model: 'a'.repeat(12) },
  });

describe('EventBus', () => {
  it('tells twenty-five events, in batches, to whoever listens', async () => {
    const bus = await makeBus();
    const events = Array.from({ length: 25 }, (_, n) => flagRaised(n));
    await new EventBus(bus.client, bus.name).publish(events);
    const heard = await bus.heard(25);
    const byId = (one: { id?: unknown }, other: { id?: unknown }) =>
      String(one.id) < String(other.id) ? -1 : 1;
    expect(heard.map(({ detail }) => detail).toSorted(byId)).toEqual(
      events.map(({ detail }) => detail).toSorted(byId),
    );
    expect(new Set(heard.map(({ type, source }) => `${source} ${type}`))).toEqual(
      new Set(['assay FlagRaised']),
    );
  }, 60_000);

  it('tells nothing without an event', async () => {
    await new EventBus(new EventBridgeClient(clientSettings('http://127.0.0.1:1')), 'none').publish([]);
  });

  it('tells again what was turned down, and only that', async () => {
    const told: string[][] = [];
    const server = await answering((flags, call) => {
      told.push(flags);
      return call === 0 ? flags.map((flag) => flag === 'f1' || flag === 'f7') : flags.map(() => false);
    });
    await new EventBus(server.client, 'bus').publish(Array.from({ length: 9 }, (_, n) => flagRaised(n)));
    server.close();
    expect(told).toEqual([Array.from({ length: 9 }, (_, n) => `f${n}`), ['f1', 'f7']]);
  });

  it('says so where nothing helps', async () => {
    const server = await answering((flags) => flags.map(() => true));
    await expect(new EventBus(server.client, 'bus').publish([flagRaised(1)])).rejects.toThrow(
      /1 events were refused: ThrottlingException/,
    );
    server.close();
  }, 30_000);
});

/** A bus that turns down what `refuses` says, by the number of the call. */
async function answering(refuses: (flags: string[], call: number) => boolean[]) {
  let calls = 0;
  const server = createServer(async (incoming, outgoing) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(incoming)).toString()) as {
      Entries: { Detail: string }[];
    };
    const refused = refuses(
      body.Entries.map(({ Detail }) => JSON.parse(Detail).flag),
      calls++,
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
