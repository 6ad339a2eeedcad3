/** An event of the bus goes in; it is posted, signed, to the address that the stack was deployed with. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EventBridgeEvent } from 'aws-lambda';
import { signMessage } from '../lib/events/sign-webhook.ts';
import { observe } from '../lib/observe/observe.ts';
import { readEnvironment } from '../lib/store/environment.ts';

/** Beyond it the function fails, and the event is told again. */
const LONGEST_WAIT_MS = 10_000;

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

export const handler = observe(
  async ({ 'detail-type': type, detail }: EventBridgeEvent<string, { readonly id: string }>) => {
    const text = JSON.stringify({ type, detail });
    const { body, headers } = signMessage(await knownSecret(), text, {
      ...{ seconds: Date.now() / 1000, id: detail.id },
    });
    const answer = await fetch(environment.ASSAY_WEBHOOK_URL, {
      ...{ method: 'POST', body, headers, redirect: 'error' },
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
    return {};
  },
  () => ({ stage: 'webhook' }),
);
