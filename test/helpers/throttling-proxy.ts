/**
 * A proxy before the local AWS that answers some requests as a throttled AWS does, and passes the rest on: which is decided
 * by a function of the request's number, so that a test knows what it gets.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forwardRequest } from './forward-request.ts';

export type Fate = 'pass' | 'throughput exceeded' | 'slow down' | 'lost answer' | 'broken body';

const ANSWERS = {
  'throughput exceeded': {
    status: 400,
    type: 'application/x-amz-json-1.0',
    body: JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      message:
        'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    }),
  },
  'slow down': {
    status: 503,
    type: 'application/xml',
    body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message><RequestId>TEST</RequestId><HostId>TEST</HostId></Error>',
  },
} as const;

export interface ThrottlingProxy {
  readonly endpoint: string;
  /** How many requests met each fate. */
  readonly counts: Record<Fate, number>;
  close(): Promise<void>;
}

export async function startThrottlingProxy(
  target: string,
  fateOf: (number: number, incoming: IncomingMessage) => Fate,
): Promise<ThrottlingProxy> {
  const counts: Record<Fate, number> = {
    pass: 0,
    'throughput exceeded': 0,
    'slow down': 0,
    'lost answer': 0,
    'broken body': 0,
  };
  let number = 0;
  const server = createServer((incoming, outgoing) => {
    const fate = fateOf(number++, incoming);
    counts[fate] += 1;
    if (fate === 'throughput exceeded' || fate === 'slow down') refuse(incoming, outgoing, fate);
    else pass(target, incoming, outgoing, fate);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, counts, close: () => closeServer(server) };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, fate: keyof typeof ANSWERS): void {
  const { status, type, body } = ANSWERS[fate];
  incoming.resume();
  incoming.on('end', () => outgoing.writeHead(status, { 'content-type': type }).end(body));
}

/** A lost answer: the request is done, its caller never hears of it. A broken body: the answer stops half-way. */
function pass(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fate: Fate): void {
  forwardRequest(target, incoming, outgoing, (answer) => {
    if (fate === 'lost answer') {
      answer.resume();
      answer.on('end', () => outgoing.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fate !== 'broken body') return void answer.pipe(outgoing);
    answer.once('data', (chunk: Buffer) => {
      outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => outgoing.destroy());
      answer.destroy();
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
