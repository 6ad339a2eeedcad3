/** Posts the events of a queue, each signed, to the address that the stack was deployed with; those not taken stay in the queue. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnvironment } from '../lib/aws/environment.ts';
import { signMessage } from '../lib/events/sign-webhook.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';

/** For an answer; a whole batch waits at once. */
const MAX_WAIT_MS = 10_000;

const environment = readEnvironment(['ASSAY_WEBHOOK_URL', 'ASSAY_WEBHOOK_SECRET'], process.env);
const secrets = new SecretsManagerClient({});

let secret: Promise<string> | undefined;
/** Asked for once in a process; a failure is asked again. */
function knownSecret(): Promise<string> {
  secret ??= secrets
    .send(new GetSecretValueCommand({ SecretId: environment.ASSAY_WEBHOOK_SECRET }))
    .then(({ SecretString }) => SecretString ?? '')
    .catch((error: unknown) => {
      secret = undefined;
      throw error;
    });
  return secret;
}

interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly id: string };
}

async function post(text: string): Promise<void> {
  const { 'detail-type': type, detail } = JSON.parse(text) as BusEvent;
  const { body, headers } = signMessage(await knownSecret(), JSON.stringify({ type, detail }), {
    seconds: Date.now() / 1000,
    id: detail.id,
  });
  const answer = await fetch(environment.ASSAY_WEBHOOK_URL, {
    ...{ method: 'POST', body, headers, redirect: 'error' },
    signal: AbortSignal.timeout(MAX_WAIT_MS),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
}

export const handler = observe(
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = await inParallel(Records, Records.length, async ({ messageId, body }) => {
      try {
        await post(body);
        return [];
      } catch (error) {
        log.warn('an event was not delivered to the webhook', { stage: 'webhook', ...errorFields(error) });
        return [{ itemIdentifier: messageId }];
      }
    });
    return { batchItemFailures: failed.flat() };
  },
  () => ({ stage: 'webhook' }),
);
