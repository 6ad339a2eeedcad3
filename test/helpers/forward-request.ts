import { type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Sends a request on as it came; where that cannot be done, its caller loses the connection. */
export function forwardRequest(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  onAnswer: (answer: IncomingMessage) => void,
): void {
  const { hostname, port } = new URL(target);
  const { method, url: path, headers } = incoming;
  const onward = request({ hostname, port, method, path, headers }, onAnswer);
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
