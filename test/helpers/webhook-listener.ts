/** What a stack is to post its events to: keeps what comes, and gives it to who asks. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookListener {
  readonly url: string;
  close(): Promise<void>;
}

/** POST keeps; GET answers all that was kept, the oldest first, as JSON. */
export async function listenForWebhook(): Promise<WebhookListener> {
  const kept: Posted[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(kept));
      return;
    }
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    kept.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Anyone who forgets to close it is not kept waiting.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/assay`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
