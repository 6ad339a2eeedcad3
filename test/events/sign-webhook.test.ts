import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { signMessage } from '../../lib/events/sign-webhook.ts';

test('a message says when it was sent, and is signed together with that moment', () => {
  const { body, headers } = signMessage('key', '{"type":"Drift"}', { seconds: 1_772_323_200.9, id: 'e1' });
  const expected = createHmac('sha256', 'key').update('1772323200.{"type":"Drift"}').digest('hex');
  expect(body).toBe('{"type":"Drift"}');
  expect(headers).toMatchObject({
    'x-assay-event': 'e1',
    'x-assay-timestamp': '1772323200',
    'x-assay-signature': `v1=${expected}`,
  });
});

test('another key, body or time is another signature', () => {
  const at = { seconds: 1, id: 'e' };
  const signed = [
    signMessage('key', 'body', at),
    signMessage('other', 'body', at),
    signMessage('key', 'bodies', at),
    signMessage('key', 'body', { ...at, seconds: 2 }),
  ];
  expect(new Set(signed.map(({ headers }) => headers['x-assay-signature'])).size).toBe(4);
});
