/**
 * A message to a webhook, signed so that its receiver knows who sent it and when: HMAC-SHA256 over `<timestamp>.<body>`. What the
 * receiver has to do stands in docs/events.md.
 */
import { createHmac } from 'node:crypto';

export interface SignedMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `seconds` since 1970; `id` is the event's, by which a receiver knows a message again. */
export function signMessage(
  secret: string,
  body: string,
  { seconds, id }: { readonly seconds: number; readonly id: string },
): SignedMessage {
  const timestamp = String(Math.floor(seconds));
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-assay-event': id,
      'x-assay-timestamp': timestamp,
      'x-assay-signature': `v1=${signature}`,
    },
  };
}
